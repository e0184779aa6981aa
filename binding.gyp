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
        'native/kernel/failure.cc',
        'native/kernel/kernel_socket.cc',
        'native/kernel/netlink_socket.cc',
        'native/kernel/netns.cc',
        'native/node/addon.cc',
        'native/node/arguments.cc',
        'native/node/channel.cc',
        'native/node/job.cc',
        'native/node/netlink.cc',
        'native/node/runner.cc',
        'native/node/session.cc',
        'native/node/stream.cc',
        'native/node/table_jobs.cc',
        'native/node/values.cc',
        'native/thread/interrupt.cc',
        'native/thread/task.cc',
        'native/thread/task_queue.cc',
        'native/thread/worker.cc',
        'native/xtables/queries.cc',
        'native/xtables/table.cc',
        'native/xtables/table_edit.cc',
        'native/xtables/xtables_lock.cc',
      ],
      'include_dirs': ['native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
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
      'conditions': [
        ['libiptc_static_dir==""', {
          'cflags': ['<!@(pkg-config --cflags libip4tc libip6tc)'],
          'libraries': ['<!@(pkg-config --libs libip4tc libip6tc)'],
        }, {
          'cflags': ['-isystem<(libiptc_static_dir)/include'],
          'libraries': ['<!@(find <(libiptc_static_dir) -maxdepth 1 -name "*.[ao]")'],
          'ldflags': ['-static-libstdc++', '-static-libgcc'],
        }],
      ],
    },
  ],
}
