# binding.gyp takes this in: the package comes without one, so that nothing is built or asked for
# at its installation (native/build.js).
{
  'variables': {
    # A folder with libip4tc and libip6tc as archives or objects (and include/, if it has it), to link them statically:
    # what prebuilt addons do. Otherwise the system's shared libraries are linked.
    'libiptc_static_dir%': '<!(echo "${libiptc_static_dir:-}")',
  },
  'targets': [
    {
      'target_name': 'libiptc',
      'product_name': 'libiptc', # gyp takes the lib off a target's name
      'sources': [
        'kernel/failure.cc',
        'kernel/file_uses.cc',
        'kernel/kernel_socket.cc',
        'kernel/netlink_socket.cc',
        'kernel/netns.cc',
        'node/addon.cc',
        'node/arguments.cc',
        'node/channel.cc',
        'node/job.cc',
        'node/netlink.cc',
        'node/runner.cc',
        'node/session.cc',
        'node/stream.cc',
        'node/table_jobs.cc',
        'node/values.cc',
        'thread/interrupt.cc',
        'thread/task.cc',
        'thread/task_queue.cc',
        'thread/worker.cc',
        'xtables/look.cc',
        'xtables/queries.cc',
        'xtables/table.cc',
        'xtables/table_edit.cc',
        'xtables/xtables_lock.cc',
      ],
      'include_dirs': ['.', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': [
        'NAPI_VERSION=8',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NAPI_CPP_EXCEPTIONS',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', # those of a worker thread that is being terminated
      ],
      'cflags!': ['-fno-exceptions'],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++14', '-std=gnu++17', '-std=gnu++20'],
      # A warning is an error in a clone; a user's newer compiler may well have new ones.
      'cflags': ['-Wall', '-Wextra', '<!@(test ! -e .git || echo -Werror)', '-fvisibility=hidden'],
      # libiptc's headers aren't all C++ by the letter before Linux 5.
      'cflags_cc': ['-std=gnu++11', '-fexceptions', '-fpermissive', '-fno-strict-aliasing'],
      'ldflags': [
        '-Wl,-z,now', # a symbol that is missing is noticed when the addon is loaded
        '-Wl,--version-script=<(module_root_dir)/native/exports.map',
      ],
      # What takes time is libiptc and the kernel: a third less to load and to carry costs nothing that can be measured.
      'configurations': {
        'Release': {
          'cflags!': ['-O3'],
          'cflags': ['-Os', '-ffunction-sections', '-fdata-sections'],
          'ldflags': ['-Wl,--gc-sections'],
        },
      },
      'conditions': [
        ['libiptc_static_dir==""', {
          'cflags': ['<!@(pkg-config --cflags libip4tc libip6tc)'],
          'libraries': ['<!@(pkg-config --libs libip4tc libip6tc)'],
        }, {
          'cflags': ['-isystem<(libiptc_static_dir)/include'],
          'libraries': ['<!@(find <(libiptc_static_dir) -maxdepth 1 -name "*.[ao]" | LC_ALL=C sort)'],
          'ldflags': ['-static-libstdc++', '-static-libgcc'],
        }],
      ],
    },
  ],
}
