/** What docs/hardening.md says: with no more than that, everything works. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const ROOT = join(__dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/hardening.md'), 'utf8');

const WORK = `
  const at = (path) => require(${JSON.stringify(join(ROOT, 'dist'))} + path);
  const { Firewall } = at('/index.js');
  (async () => {
    for (const backend of ['legacy', 'nft']) {
      const both = await Firewall.openBoth({ backend });
      const input = both.both.table('filter').chain('INPUT');
      await input.append('-i lo -m comment --comment x -j ACCEPT');
      both.ipv4.table('filter').chain('INPUT').appendSync('-s 192.0.2.1 -j DROP');
      await both.transaction((tx) => tx.ipv6.table('filter').chain('INPUT').delete(1));
      const file = process.argv[1];
      await at('/persist/index.js').save({ firewalls: [both.ipv4], files: { ipv4: file } });
      await at('/persist/index.js').load({ firewalls: [both.ipv4], files: { ipv4: file } });
      await both.close();
    }
    const sets = await at('/sets/index.js').Sets.open();
    await sets.names();
    const connections = await at('/conntrack/index.js').Connections.open();
    await connections.count();
    await Promise.all([sets.close(), connections.close()]);
    console.log('all');
  })().catch((error) => console.log(error.code, error.message, error.hint ?? ''));
`;

describeWith(lacksCommands() ? [] : ['netns', 'addon', 'iptables', 'nft', 'gcc'], 'with least privilege', () => {
  let netns: Netns;
  let folder: string;
  beforeAll(() => {
    netns = new Netns();
    folder = temporaryFolder('hardening');
  });
  afterAll(() => netns.close());
  const node = (...before: string[]) => {
    const [command, ...args] = [...before, process.execPath, '-e', WORK, join(folder, 'rules')];
    return netns.execSync(command!, args).stdout.trim();
  };

  /** Runs it with what the profile allows, but for some. */
  function confined(...but: string[]): string {
    const { syscalls } = JSON.parse(readFileSync(join(ROOT, 'docs/seccomp.json'), 'utf8')) as {
      syscalls: { names: string[] }[];
    };
    const names = syscalls.flatMap((each) => each.names).filter((name) => !but.includes(name));
    const [list, program] = [join(folder, 'names.h'), join(folder, 'seccomp')];
    // Not every machine has each of them.
    writeFileSync(list, names.map((name) => `#ifdef SYS_${name}\nSYS_${name},\n#endif\n`).join(''));
    execFileSync('gcc', ['-Wall', '-Werror', `-DNAMES="${list}"`, join(__dirname, 'seccomp.c'), '-o', program]);
    return node(program);
  }
  test('the seccomp profile allows all that is done', () => {
    expect(confined()).toBe('all');
  });
  test('and what it names is needed', () => {
    expect(confined('setsockopt')).toMatch(/^ERR_/);
    expect(confined('flock')).toMatch(/^ERR_PERMISSION .* the xtables lock file/);
    expect(confined('sendmsg')).toMatch(/^ERR_/);
  });

  test('two capabilities are enough for whom they are given', () => {
    const caps = '-all,+net_admin,+net_raw';
    expect(node('setpriv', '--bounding-set', caps, '--inh-caps', caps, '--no-new-privs')).toBe('all');
    for (const [caps, missing] of [
      ['-all,+net_raw', 'CAP_NET_ADMIN'],
      ['-all,+net_admin', 'CAP_NET_RAW'],
    ] as const)
      expect(node('setpriv', '--bounding-set', caps, '--inh-caps', caps)).toMatch(
        new RegExp(`^ERR_PERMISSION .*${missing}`, 's'),
      );
  });

  test("Node's permission model allows it as the page says, and otherwise it is told what is missing", () => {
    const run = (...flags: string[]) =>
      netns
        .execSync(process.execPath, [
          '--experimental-permission',
          '--no-warnings',
          ...flags,
          '-e',
          WORK,
          join(folder, 'rules'),
        ])
        .stdout.trim();
    expect(run('--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons')).toBe('all');
    expect(run('--allow-fs-read=*')).toBe(
      "ERR_NO_ADDON Cannot load the addon: Node's permission model allows no addons. Start it with --allow-addons, too.",
    );
    expect(run(`--allow-fs-read=${ROOT}/*`, '--allow-addons')).toMatch(
      /^ERR_NO_ADDON Cannot load the addon: Node's permission model doesn't let it read \/\S+\. Start it with --allow-fs-read/,
    );
  });

  const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  test.skipIf(analyze('--version').status !== 0)("systemd finds little that the unit doesn't take away", () => {
    const unit = join(folder, 'daemon.service');
    const [, text] = /```ini\n([\s\S]*?)```/.exec(PAGE)!;
    writeFileSync(unit, text!.replace('/usr/bin/node', process.execPath));
    const { status, stdout, stderr } = analyze('security', '--offline=yes', '--threshold=25', unit);
    expect([status, stderr], stdout).toEqual([0, '']);
    expect(analyze('verify', '--man=no', unit)).toMatchObject({ status: 0, stderr: '' });
  });
});
