import { spawn } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatRuleset, type Ruleset, rulesFromJson } from '../../lib';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { lacksNetns, Netns } from '../harness/netns';
import { isNftRun, lacksIptables } from '../harness/oracle';
import { temporaryFolder } from '../harness/temporary';

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const lacking = [isNftRun && 'about legacy tables alone', lacksNetns(), lacksIptables(), lacksCommands()]
  .filter(Boolean)
  .join(', ');
const describeCommands = (name: string, body: () => void) =>
  (lacking ? describe.skip : describe)(lacking ? `${name} [skipped: ${lacking}]` : name, body);

/** Each is run by iptables-legacy and by us, in a namespace each, one after the other. */
const SESSION: readonly (readonly string[])[] = [
  ['-N', 'foo'],
  ['-N', 'foo'],
  ['-N', 'a-name-that-is-much-longer-than-any'],
  ['-N', '-x'],
  ['-N', 'REJECT'],
  ['-N', 'a b'],
  ['-E', 'foo', 'a b'],
  ['-E', 'foo', '!a'],
  ['-E', 'foo', 'DNAT'],
  ['-aL'],
  ['-A', 'INPUT', '-zq'],
  ['-A', 'INPUT', '-c', ',5'],
  ['-A', 'INPUT', '!', '-j', 'ACCEPT'],
  ['-L', '-n', '-n'],
  ['-F', '-f'],
  ['-A', 'INPUT', '-p', 'tcp', '--dport', 'ssh', '-j', 'foo'],
  ['-v', '-A', 'INPUT', '-s', '10.0.0.1,10.0.0.2', '-d', '192.168.0.0/16', '-j', 'DROP'],
  ['-v', '-D', 'INPUT', '-s', '10.0.0.1,10.0.0.2', '-d', '192.168.0.0/16', '-j', 'DROP'],
  ['-C', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'foo'],
  ['-C', 'INPUT', '-p', 'tcp', '--dport', '23', '-j', 'foo'],
  [
    '-I',
    'INPUT',
    '2',
    '-i',
    'eth+',
    '!',
    '-s',
    '10.0.0.0/8',
    '-m',
    'conntrack',
    '--ctstate',
    'NEW,RELATED',
    '-j',
    'REJECT',
  ],
  ['-I', 'INPUT', '9', '-j', 'DROP'],
  ['-I', 'INPUT', '0', '-j', 'DROP'],
  ['-R', 'INPUT', '1', '-p', 'udp', '-m', 'multiport', '--ports', '53,123', '-j', 'foo', '-c', '7', '700'],
  ['-R', 'INPUT'],
  ['-A', 'foo', '-m', 'comment', '--comment', 'it\'s "quoted" \\ here', '-j', 'RETURN'],
  ['-A', 'foo', '-g', 'bar'],
  ['-A', 'foo', '-j', 'bar'],
  ['-A', 'foo', '-j', 'ACCEPT', '-o', 'eth0'],
  ['-A', 'INPUT', '-o', 'eth0'],
  ['-P', 'FORWARD', 'DROP', '-c', '5', '6'],
  ['-P', 'foo', 'DROP'],
  ['-P', 'INPUT', 'REJECT'],
  ['-P', 'INPUT'],
  ['-t', 'nat', '-A', 'POSTROUTING', '-j', 'DROP'],
  ['-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE'],
  ['-t', 'nat', '-L', '-n'],
  ['-t', 'none', '-L'],
  ['-S'],
  ['-S', 'INPUT'],
  ['-S', 'INPUT', '1', '-v'],
  ['-S', 'nowhere'],
  ['-L'],
  ['-L', '-n'],
  ['-L', 'INPUT', '2', '-n', '-v'],
  ['-L', 'INPUT', '99', '-n'],
  ['-nvxL', '--line-numbers'],
  ['-L', '-n', '--line'],
  ['-L', '-v', '-n'],
  ['-Z', 'INPUT', '1'],
  ['-Z', 'INPUT', '99'],
  ['-Z', '-v'],
  ['-L', '-p', 'tcp'],
  ['-F', '-n'],
  ['-A', 'INPUT', '-A', 'OUTPUT'],
  ['-A', 'INPUT', '!'],
  ['-A', 'INPUT', 'foo'],
  ['-A', 'INPUT', '-p', 'nothing'],
  ['-A', 'INPUT', '--dport', '22'],
  ['-A', 'INPUT', '-p', 'tcp', '--dport', '70000'],
  ['-A', 'INPUT', '-s', '10.0.0.0/33'],
  ['-A', 'INPUT', '-i', ''],
  ['-D', 'INPUT', '99'],
  ['-D', 'INPUT', '1'],
  ['-D', 'nowhere', '1'],
  ['-E', 'foo', 'baz'],
  ['-E', 'foo', 'other'],
  ['-X', 'baz'],
  ['-X', 'INPUT'],
  ['-w', '-L', '-n'],
  ['-w', '5', '-L', '-n'],
  ['-w', 'x', '-L'],
  ['-W', '100000', '-L', '-n'],
  ['-6', '-L'],
  ['-4', '-L', '-n'],
  ['-F', '-v'],
  ['-X', '-v'],
  ['-L', '-v', '-n'],
  [],
  ['-V'],
  ['!', '-V'],
  ['-L', '-L', '-n'],
  ['-L', 'INPUT', '-L', 'FORWARD'],
  ['-Z', '-Z'],
  ['-N', 'ACCEPT'],
  ['-N', ''],
  ['-N', 'to'],
  ['-E', 'to'],
  ['-P', 'INPUT', 'accept'],
  ['-A', 'INPUT', '-j', 'to'],
  ['-A', 'INPUT', '--j', 'to'],
  ['-A', 'INPUT', '-j', 'DROP', '--'],
  ['-A', 'INPUT', '-j', 'DROP', '--', 'x'],
  ['-A', 'INPUT', '-j', 'DROP', '-j', 'DROP'],
  ['-A', 'INPUT', '-p', 'tcp', '-p', 'udp'],
  ['-A', 'INPUT', '-s'],
  ['-A', 'INPUT', '--nothing'],
  ['-A', 'INPUT', '-m', 'nothing'],
  ['-A', 'INPUT', '-s', 'no-such-host.invalid'],
  ['-A', 'INPUT', '!', '-s', '10.0.0.1,10.0.0.2'],
  ['-A', 'INPUT', '-s', '167837953'],
  ['-A', 'INPUT', '-c', '1x', '-2'],
  ['-A', 'INPUT', '-c', '18446744073709551616', '1'],
  ['-A', 'INPUT', '-c', '1', 'x'],
  ['-A', 'INPUT', '-c', '1'],
  ['-A', 'INPUT', '-c', '1', '2', '-c', '3', '4'],
  ['-A', 'INPUT', '-i', 'eth/0'],
  ['-A', 'INPUT', '-i', 'a-name-beyond-15'],
  ['-A', 'INPUT', '-p', 'ah'],
  ['-w', '-W', '5', '-A', 'INPUT', '-p', 'ah'],
  ['-A', 'INPUT', '-m', 'comment', '--comment', ''],
  ['-A', 'INPUT', '-m', 'comment', '--comment', 'x'.repeat(300)],
  ['-A', 'INPUT', '-m', 'comment'],
  ['-A', 'INPUT', '-m', 'tcp', '--dport', '22'],
  ['-A', 'INPUT', '-m', 'multiport', '--ports', '22'],
  ['-A', 'INPUT', '-m', 'owner', '--uid-owner', '0'],
  ['-D', 'INPUT', '-m', 'owner', '--uid-owner', '0'],
  ['-A', 'INPUT', '-m', 'ipvs', '--ipvs'],
  ['-A', 'INPUT', '-j', 'MASQUERADE'],
  ['-A', 'INPUT', '-j', 'DNAT'],
  ['-A', 'INPUT', '-g', 'DROP'],
  ['-A', 'INPUT', '-g', 'nowhere'],
  ['-D', 'INPUT', '-s', '10.0.0.1', '-j', 'to'],
  ['-D', 'INPUT', '-s', '10.0.0.1', '-j', 'DROP'],
  ['-D', 'INPUT', '-s', '10.0.0.1', '-j', 'LOG'],
  ['-D', 'nowhere', '-j', 'DROP'],
  ['-D', 'nowhere', '-j', 'to'],
  ['-A', 'nowhere', '-j', 'DROP'],
  ['-D', 'INPUT', '+1'],
  ['-D', 'INPUT', ' 1'],
  ['-A', 'INPUT', '-m', 'state', '--state', 'RELA,ESTABLISH', '-j', 'ACCEPT'],
  ['-A', 'INPUT', '-m', 'iprange', '--src-range', '10.0.0.9-10.0.0.1'],
  ['-A', 'INPUT', '-j', 'NFLOG', '--nflog-range', '5'],
  ['-A', 'INPUT', '-m', 'recent', '--set', '--seconds', '5'],
  ['-A', 'INPUT', '-m', 'recent', '--rcheck', '--reap'],
  ['-A', 'INPUT', '-m', 'string', '--algo', 'BM', '--string', 'x'],
  ['-A', 'INPUT', '-m', 'string', '--algo', 'bm', '--from', '10', '--to', '5', '--string', 'x'],
  ['-A', 'INPUT', '-i', 'a/b'],
  ['-S', '-v'],
  ['-nvxL'],
];

/** What programs look for in iptables' words. */
const PHRASES: readonly RegExp[] = [
  /^Warning: .*$/m,
  /^warn: .*$/m,
  /^xt_iprange: .*$/m,
  /Bad argument `.*'/,
  /Bad policy name|Bad rule \(.*\?\)|Chain .*\./,
  /Can't (?:delete|use) .*$/m,
  /Cannot use -. with -./,
  /Couldn't load .* `.*'/,
  /Index of .* too big/,
  /No chain\/target\/match by that name\./,
  /Run `dmesg' for more information\./,
  /(?:can't initialize|goto|host\/network|interface name|invalid mask|multiple|chain name|multiport needs) .*$/m,
  /unknown (?:option|arguments|protocol) .*$/m,
  /option ".*" (?:requires|must|can) .*$/m,
  /-. (?:packet|byte|requires) .*$/m,
  /no command specified/,
];

describeCommands('the commands, beside iptables-legacy', () => {
  const folder = temporaryFolder('commands');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const family of ['ipv4', 'ipv6'] as const) {
    const name = family === 'ipv4' ? 'iptables' : 'ip6tables';
    describe(name, () => {
      let ours: Netns;
      let theirs: Netns;
      beforeAll(() => {
        ours = new Netns();
        theirs = new Netns();
      });
      afterAll(() => {
        ours?.close();
        theirs?.close();
      });
      const six = (word: string) =>
        family === 'ipv4'
          ? word
          : word
              .replace(/^(\d+)\.(\d+)\.(\d+)\.(\d+)/, '$1:$2:$3::$4')
              .replace('/16', '/32')
              .replace(/^-6$/, '-4 ')
              .replace(/^-4$/, '-6')
              .replace('-4 ', '-4')
              .replace(/,(\d+)\.(\d+)\.(\d+)\.(\d+)/, ',$1:$2:$3::$4');
      for (const words of SESSION) {
        const args = words.map(six);
        test(`${name} ${args.join(' ')}`, () => {
          const mine = ours.execSync('node', [MULTI, name, ...args]);
          const its = theirs.execSync(`${name}-legacy`, args);
          // Its -C looks at too little of a rule's matches for IPv6, and finds what isn't there.
          if (family === 'ipv6' && args[0] === '-C') return expect(mine.status).toBe(args.includes('22') ? 0 : 1);
          expect({ status: mine.status, stdout: mine.stdout }, mine.stderr).toEqual({
            status: its.status,
            stdout: its.stdout,
          });
          // Whatever fails says so.
          expect(mine.stderr !== '').toBe(mine.status !== 0 || its.stderr !== '');
          for (const phrase of PHRASES) expect(mine.stderr).toContain(phrase.exec(its.stderr)?.[0] ?? '');
        });
      }
      test('leave the same tables', () => {
        const saved = (netns: Netns) => netns.execSync(`${name}-legacy-save`, ['-c']).stdout.replace(/^#.*\n/gm, '');
        expect(saved(ours)).toContain('-A INPUT -p ah');
        expect(saved(ours)).toBe(saved(theirs));
      });
    });
  }

  test('-restore ends as iptables-restore does', () => {
    const netns = new Netns();
    const files: readonly (readonly [string, readonly string[]])[] = [
      ['*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', []],
      ['*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', ['-v']],
      ['# a remark\n*filter\n:foo - [0:0]\n-A foo -j ACCEPT\nCOMMIT\n', ['-n', '-v']],
      ['*filter\n-A INPUT --nothing\nCOMMIT\n', []],
      ['*filter\n-A nowhere -j ACCEPT\nCOMMIT\n', []],
      ['*filter\n-A INPUT -j nowhere\nCOMMIT\n', []],
      ['*filter\n:INPUT DROP\nCOMMIT\n', ['-c']],
      ['*nat\nrubbish\n-A nonsense --what\nCOMMIT\n*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', ['-T', 'filter']],
      ['rubbish\n*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', ['-T', 'filter']],
      ['*filter\n-A INPUT -j ACCEPT\nCOMMIT\nrubbish\n', ['-T', 'filter']],
      ['*filter\n-A INPUT -m recent --set --seconds 5\nCOMMIT\n', []],
      ['*filter\n-A INPUT -j REJECT --reject-with tcp-reset\n\nCOMMIT\n', []],
      ['*mangle\n-A FORWARD -p tcp -j TCPMSS --set-mss 5\n# a remark\nCOMMIT\n', []],
      ['*filter\n-A INPUT -m iprange --src-range 1.1.1.9-1.1.1.1 -i a/b -j NFLOG --nflog-range 7\nCOMMIT\n', []],
      ['*filter\n:FORWARD ACCEPT bar\nCOMMIT\n', []],
      ['*filter\n:FORWARD ACCEPT [1:2]x\nCOMMIT\n', []],
      ['*filter\n:FORWARD - bar\nCOMMIT\n', []],
      ['*filter\n:foo - bar\nCOMMIT\n', []],
      ['*filter\n-A INPUT -j ACCEPT\n', []],
      ['-A INPUT\n', []],
      ['*\nCOMMIT\n', []],
      ['*filter\n:\nCOMMIT\n', []],
      ['*filter\n:foo\nCOMMIT\n', []],
      ['*filter\n[1:2 -A INPUT\nCOMMIT\n', []],
      ['*filter\n-A INPUT -m comment --comment ""\nCOMMIT\n', []],
      ['*filter\n:INPUT DROP [99999999999999999999:1]\n[99999999999999999999:1] -A INPUT\nCOMMIT\n', ['-c']],
      ['*filter\n[3:4] -A INPUT -c 1 2\nCOMMIT\n', ['-c']],
      ['*nothing\nCOMMIT\n', []],
      ['*filter\n-A INPUT -w -j ACCEPT\nCOMMIT\n', []],
      ['*nat\n-A OUTPUT -j ACCEPT\nCOMMIT\n*filter\n-A OUTPUT -j ACCEPT\nCOMMIT\n', ['-T', 'filter']],
      ['*filter\n-A INPUT -j nowhere\nCOMMIT\n', ['-t']],
      ['*filter\n-6 -A INPUT -j ACCEPT\n-4 -A INPUT -j DROP\nCOMMIT\n', []],
      ['', ['a', 'b']],
      ['', ['/nowhere']],
      ['', ['--nothing']],
      ['', ['-W', '1']],
      ['*filter\n[99999999999999999999:7] -A INPUT -j ACCEPT\n[ 1 : 2 ] -A INPUT -j DROP\nCOMMIT\n', ['-c']],
      ['*filter\n[1:2] -A INPUT -c 3 4 -j ACCEPT\nCOMMIT\n', ['-c']],
      ['*filter\n-A INPUT -j ACCEPT --\nCOMMIT\n', []],
      ['*filter\n-A INPUT -m comment --comment "" -j ACCEPT\nCOMMIT\n', []],
      ['*filter\n-A INPUT -m owner --uid-owner 0\nCOMMIT\n', []],
      ['*filter\n-A INPUT -j MASQUERADE\nCOMMIT\n', []],
      ['*filter\n-A INPUT -m ipvs --ipvs\nCOMMIT\n', []],
      [`*filter\n-A INPUT${' -m comment --comment a'.repeat(300)}\nCOMMIT\n`, []],
    ];
    for (const [input, args] of files) {
      const its = netns.execSync('iptables-legacy-restore', args, { input });
      const saved = netns.execSync('iptables-legacy-save', ['-c']).stdout.replace(/^#.*\n/gm, '');
      netns.execSync('iptables-legacy', ['-F']);
      const mine = netns.execSync('node', [MULTI, 'iptables-restore', ...args], { input });
      expect([input, args, mine.status, mine.stdout], mine.stderr).toEqual([input, args, its.status, its.stdout]);
      for (const warning of its.stderr.match(/^(?:warn|Warning|xt_iprange): .*$/gim) ?? [])
        expect(mine.stderr).toContain(warning);
      // What the kernel lacks, we know before COMMIT.
      if (its.stderr.includes('missing kernel module')) continue;
      const [said] = its.stderr.match(/^.*(?:line \d+ failed|COMMIT expected|invalid|initialize|need ]).*$/m) ?? [''];
      expect(mine.stderr).toContain(said.replace(/^(?:iptables\S* v[\d.]+ \(legacy\): )?(?:iptables\S*: )?/, ''));
      if (mine.status === 0 && !args.includes('-n'))
        expect(netns.execSync('iptables-legacy-save', ['-c']).stdout.replace(/^#.*\n/gm, '')).toBe(saved);
    }
    netns.close();
  });

  test('-xml says what iptables-xml says', () => {
    const netns = new Netns();
    const rules =
      '*filter\n:INPUT DROP [1:2]\n:foo - [0:0]\n[3:4] -A INPUT ! -s 10.0.0.1 -m comment --comment "<a> & b" -j foo\n-A foo -g bar\n';
    const files = [
      `${rules}-A INPUT -s 1.1.1.1 -j LOG\n-A INPUT -s 1.1.1.1 -j DROP\nCOMMIT\n`,
      rules,
      '',
      'x\n',
      '*filter\n:x\nCOMMIT\n',
      '*filter\n:INPUT ACCEPT [0:0]\n*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT\nCOMMIT\n',
      '*filter\n*filter\nCOMMIT\n',
      '*filter\n:foo -\n*nat\n',
      '*filter\n[1:2 -A x\nCOMMIT\n',
    ];
    for (const input of files)
      for (const args of [[], ['-c'], ['-v']]) {
        const its = netns.execSync('iptables-xml', args, { input });
        const mine = netns.execSync('node', [MULTI, 'iptables-xml', ...args], { input });
        expect([input, args, mine.status, mine.stdout]).toEqual([input, args, its.status, its.stdout]);
      }
    netns.close();
  });

  test('-restore shows on a terminal how far it is, and leaves nothing there', () => {
    const netns = new Netns();
    const file = join(folder, 'large');
    writeFileSync(
      file,
      `*filter\n${'-A INPUT -s 10.0.0.1/32 -m comment --comment "a remark" -j DROP\n'.repeat(1_000_000)}`,
    );
    const command = `stty columns 100; exec node ${MULTI} iptables-restore --test ${file}`;
    const { status, stdout } = netns.execSync('script', ['-qec', command, '/dev/null']);
    expect(status).toBe(1);
    const [drawn, told] = stdout.split('\u001b[2K\u001b[1G');
    expect(drawn).toMatch(/\[=+ +\] \d+% {2}[\d,]+ lines, [\d,]+ a second/);
    expect(told).toContain('COMMIT');
    netns.close();
  });

  test('what 1.8.11 alone gets wrong is as in the versions before', () => {
    const netns = new Netns();
    const run = (...args: string[]) => netns.execSync('node', [MULTI, 'iptables', ...args]);
    run('-A', 'INPUT', '-s', '3.3.3.3');
    // It replaces the rule by that of the first address.
    expect(run('-R', 'INPUT', '1', '-s', '1.1.1.1,2.2.2.2')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Replacement rule does not specify a unique address'),
    });
    // It refuses -n, -x and --line-numbers beside -Z.
    expect(run('-L', 'INPUT', '-x', '-Z', '-v', '-n')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('3.3.3.3'),
    });
    netns.close();
  });

  test('counters of policies stay, whatever is done to the rules', () => {
    const netns = new Netns();
    const run = (...args: string[]) => netns.execSync('node', [MULTI, 'iptables', ...args]);
    const policy = () =>
      netns.execSync('iptables-legacy', ['-vS', 'FORWARD', '9']).stdout + run('-vS', 'FORWARD').stdout.split('\n')[0];
    netns.execSync('iptables-legacy', ['-P', 'FORWARD', 'DROP', '-c', '13', '37']);
    for (const words of [
      '-A INPUT',
      '-A FORWARD -s 1.1.1.1',
      '-I FORWARD',
      '-R FORWARD 1 -s 2.2.2.2',
      '-Z FORWARD 1',
      '-D FORWARD 1',
      '-N foo',
      '-F FORWARD',
      '-X',
    ]) {
      expect(run(...words.split(' ')).stderr).toBe('');
      expect(policy(), words).toBe('-P FORWARD DROP -c 13 37');
    }
    expect(netns.execSync('node', [MULTI, 'iptables-restore'], { input: '*filter\n-A FORWARD\nCOMMIT\n' }).stderr).toBe(
      '',
    );
    expect(policy()).toBe('-P FORWARD DROP -c 13 37');
    run('-P', 'FORWARD', 'ACCEPT');
    expect(policy()).toBe('-P FORWARD ACCEPT -c 0 0');
    run('-P', 'FORWARD', 'ACCEPT', '-c', '1', '2');
    run('-Z', 'FORWARD');
    expect(policy()).toBe('-P FORWARD ACCEPT -c 0 0');
    netns.close();
  });

  test('wait for the lock if told, and give up with exit code 4', async () => {
    const netns = new Netns();
    const env = { XTABLES_LOCKFILE: join(folder, 'lock') };
    const holder = spawn('flock', ['--no-fork', env.XTABLES_LOCKFILE, 'sleep', '60'], { stdio: 'ignore' });
    try {
      while (netns.execSync('flock', ['-n', env.XTABLES_LOCKFILE, 'true']).status === 0) await sleep(50);
      expect(netns.execSync('node', [MULTI, 'iptables', '-w', '1', '-N', 'foo'], { env })).toMatchObject({
        status: 4,
        stderr: expect.stringContaining('Another app is currently holding the xtables lock'),
      });
      const input = '*filter\nCOMMIT\n';
      expect(netns.execSync('node', [MULTI, 'iptables-restore', '-w', '1'], { env, input }).status).toBe(4);
      for (const words of [['-N', 'foo'], ['-w', '0', '-N', 'foo'], ['-L'], ['-C', 'INPUT']])
        expect([words, netns.execSync('node', [MULTI, 'iptables', ...words], { env, timeout: 10_000 }).status]).toEqual(
          [words, netns.execSync('iptables-legacy', words, { env }).status],
        );
      expect(netns.execSync('node', [MULTI, 'iptables-restore'], { env, input }).status).toBe(4);
      const waiting = netns.exec('node', [MULTI, 'iptables', '-w', '-N', 'foo'], { env });
      await sleep(500);
      holder.kill();
      expect((await waiting).status).toBe(0);
    } finally {
      holder.kill();
      netns.close();
    }
  });

  test('a full disk is said in a sentence', () => {
    const netns = new Netns();
    const { status, stderr } = netns.execSync('sh', ['-c', `node ${MULTI} iptables -S >/dev/full`]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^iptables: ENOSPC: .*\n$/) });
    netns.close();
  });

  test('--netns, --json, diff and explain', () => {
    const netns = new Netns();
    const run = (...args: string[]) => netns.execSync('node', [MULTI, 'iptables', ...args]);
    const outside = new Netns();
    expect(
      outside.execSync('node', [
        MULTI,
        'iptables',
        '--netns',
        netns.name,
        '-A',
        'INPUT',
        '-s',
        '10.0.0.1',
        '-j',
        'DROP',
      ]).status,
    ).toBe(0);
    expect(JSON.parse(run('-L', 'INPUT', '--json').stdout).tables[0].rules).toEqual([
      { chain: 'INPUT', rule: { source: '10.0.0.1', target: 'DROP', counters: { packets: 0, bytes: 0 } } },
    ]);
    const saved = (...args: string[]) => netns.execSync('node', [MULTI, 'iptables-save', ...args]).stdout;
    expect(formatRuleset(rulesFromJson(JSON.parse(saved('--json')) as Ruleset), { counters: true })).toBe(
      saved('-c').replace(/^#.*\n/gm, ''),
    );
    const file = join(folder, 'rules');
    writeFileSync(file, '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -j DROP\n-A INPUT -j ACCEPT\nCOMMIT\n');
    expect(run('diff', file)).toMatchObject({ status: 1, stdout: '*filter\n+-A INPUT -j ACCEPT\n' });
    // A file may name hosts, as for iptables-restore.
    const named = join(folder, 'named');
    writeFileSync(named, '*filter\n-A INPUT -s localhost -j DROP\nCOMMIT\n');
    expect(run('diff', named)).toMatchObject({
      status: 1,
      stdout: '*filter\n--A INPUT -s 10.0.0.1/32 -j DROP\n+-A INPUT -s 127.0.0.1/32 -j DROP\n',
    });
    expect(netns.execSync('node', [MULTI, 'iptables-restore', file]).status).toBe(0);
    expect(run('diff', file)).toMatchObject({ status: 0, stdout: '' });
    // A table that comes twice in a file is restored twice.
    writeFileSync(file, '*filter\n:INPUT DROP\n:web -\n-A web\nCOMMIT\n*nat\nCOMMIT\n*filter\n-A INPUT\nCOMMIT\n');
    expect(run('diff', file).stdout).toBe(
      '*filter\n-:INPUT ACCEPT\n+:INPUT DROP\n--A INPUT -s 10.0.0.1/32 -j DROP\n--A INPUT -j ACCEPT\n+-A INPUT\n',
    );
    expect(run('diff', '--noflush', file).stdout).toBe(
      '*filter\n-:INPUT ACCEPT\n+:INPUT DROP\n+:web -\n+-A INPUT\n+-A web\n',
    );
    expect(netns.execSync('node', [MULTI, 'iptables-restore', file]).status).toBe(0);
    expect(run('diff', file)).toMatchObject({ status: 0, stdout: '' });
    expect(run('explain', '-p tcp --dport 22 -j DROP').stdout).toContain('thrown away');
    outside.close();
    netns.close();
  });

  test('-apply takes the old rules back, whatever happens to it', async () => {
    const old = '-A INPUT -s 2.2.2.2/32 -j ACCEPT\n';
    const file = join(folder, 'new');
    writeFileSync(file, '*filter\n-A INPUT -s 1.1.1.1/32 -j DROP\nCOMMIT\n');
    const netns = new Netns();
    const rules = () => netns.execSync('iptables-legacy-save').stdout.replace(/^[^-].*\n/gm, '');
    const until = async (wanted: string) => {
      const end = Date.now() + 15_000;
      while (rules() !== wanted && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(rules()).toBe(wanted);
    };
    const apply = (answer: string) =>
      netns.execSync('node', [MULTI, 'iptables-apply', '-t', '5', file], { input: answer });
    netns.execSync('iptables-legacy', ['-A', 'INPUT', '-s', '2.2.2.2', '-j', 'ACCEPT']);

    expect(apply('n').status).toBe(255);
    expect(rules()).toBe(old);
    expect(apply('y').status).toBe(0);
    expect(rules()).toBe('-A INPUT -s 1.1.1.1/32 -j DROP\n');
    netns.execSync('iptables-legacy-restore', [], { input: `*filter\n${old}COMMIT\n` });

    for (const signal of ['SIGKILL', 'SIGHUP'] as const) {
      const child = spawn('nsenter', [`--net=${netns.path}`, '--', 'node', MULTI, 'iptables-apply', '-t', '2', file], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await until('-A INPUT -s 1.1.1.1/32 -j DROP\n');
      child.kill(signal);
      await ended;
      await until(old);
    }
    netns.close();
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('iptables-apply-'))).toEqual([]);
  }, 60_000);
});
