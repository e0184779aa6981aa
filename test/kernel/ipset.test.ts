/** The command of sets beside ipset, in one namespace: the same sets, the same words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TYPES } from '../../lib/sets/types';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';
import { LINES, REFUSED } from './sets-cases';

const lacking = lacksCommands();

/** ipset 7.17 leaves `forceadd` out, which would be lost by a restore: not compared here. */
describeWith(lacking ? [] : ['netns', 'addon', 'ipset'], `iptc-ipset${lacking ? ` [${lacking}]` : ''}`, () => {
  let netns: Netns;
  const theirs = (words: readonly string[], input = '') => netns.execSync('ipset', words, { input });
  const ours = (words: readonly string[], input = '') =>
    netns.execSync(process.execPath, [MULTI, 'ipset', ...words], { input });
  beforeAll(() => {
    netns = new Netns();
    expect(ours(['restore'], `# sets\n\n${LINES.join('\n')}\n`)).toEqual({ stdout: '', stderr: '', status: 0 });
  });
  afterAll(() => netns.close());

  for (const words of [
    'list',
    'save',
    '-L hosts',
    'list -t',
    'list -n',
    'list -o xml',
    'list wires -o xml -t',
    '-n -o xml list',
    '-s save',
    '-sorted list ends',
    'list ends6 -s',
    '-o save list nets',
    'list nets -output xml -sorted',
    'test ends 10.0.0.1,80',
    'test ends 10.0.0.1,90',
    '-T nets 10.1.2.3',
    'test nets 10.200.2.3',
    'test nets 10.0.0.0/9 nomatch',
    '-q test ends 10.0.0.1,90',
    'test hosts fe80::1',
    'list nowhere',
    'save nowhere',
    'list -o json',
    'nonsense',
    '',
    'add',
    'add nets',
    'rename hosts masked extra',
    'restore extra',
    '-q nonsense',
    'add ends 10.0.0.1,80 -exist',
    'del nets 99.9.9.9 -!',
    'destroy nowhere -exist',
    'add nets 10.0.0.0/8 timeout',
    'list hosts -f',
    'version',
  ]) // prettier-ignore
    test(`\`${words}\` says what ipset says`, () => {
      const split = words.split(' ').filter((word) => word !== '');
      expect(ours(split)).toEqual(theirs(split));
    });

  test('refuses lines as ipset does, and says which', () => {
    const file = join(temporaryFolder('ipset'), 'sets');
    const before = theirs(['save']).stdout;
    for (const line of REFUSED.filter((_, i) => i % 4 === 0)) {
      const [a, b] = [ours(['restore'], `\n${line}\n`), theirs(['restore'], `\n${line}\n`)];
      // Where ipset makes two attempts at a word, it tells of both.
      expect([line, a.status, a.stderr.split('\n')[0]]).toEqual([line, b.status, b.stderr.split('\n')[0]]);
    }
    expect(ours(['save', '-file', file])).toEqual({ stdout: '', stderr: '', status: 0 });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(ours(['restore', '-exist', '-f', file]).stderr).toBe('');
    expect(theirs(['save']).stdout).toBe(before);
    for (const words of [
      ['save', '-f', '/nowhere/x'],
      ['list', '-file', '/nowhere/x'],
    ])
      expect(ours(words)).toEqual(theirs(words));
    expect(ours(['restore', '-f', '/nowhere/x'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/: Cannot open \/nowhere\/x for reading: No such file or directory\n$/),
    });
  });

  test('knows each revision of each type, and what came with it', () => {
    const told = [...theirs(['help']).stdout.matchAll(/^ {4}([a-z:,]+)\t+(\d+)\t(.*)$/gm)];
    expect(new Set(told.map(([, name]) => name))).toEqual(new Set(TYPES.keys()));
    for (const [name, type] of TYPES) {
      const revisions = told.filter((each) => each[1] === name).map((each) => [Number(each[2]), each[3]!] as const);
      const numbers = revisions.map(([number]) => number).sort((a, b) => a - b);
      expect([name, type.first, type.last]).toEqual([name, numbers[0], numbers.at(-1)]);
      for (const feature of [
        'counters',
        'comment',
        'forceadd',
        'skbinfo',
        'bucketsize',
        'nomatch',
        'wildcard',
        'bitmask',
      ]) {
        const came = revisions.filter(([, text]) => text.split(' ').some((word) => word.startsWith(feature)));
        const since = came.length > 0 ? Math.min(...came.map(([number]) => number)) : type.first;
        expect([name, feature, type.sinceRevision({ feature } as never)]).toEqual([name, feature, since]);
      }
    }
  });

  const HOSTS =
    '127.0.0.1 localhost\n192.0.2.7 myhost\n192.0.2.8 my-host\n192.0.2.9 many\n192.0.2.10 many\n2001:db8::7 six\n';
  /** Both, in namespaces of their own with the same sets and names of hosts: what they say, and the sets afterwards. */
  const both = (words: readonly string[], input: string) => {
    const hosts = join(temporaryFolder('names'), 'hosts');
    writeFileSync(hosts, HOSTS);
    const own = [new Netns(), new Netns()];
    try {
      return own.map((place, i) => {
        const run = (command: readonly string[], given: string) =>
          place.execSync(
            'unshare',
            ['-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts, ...command],
            { input: given },
          );
        run(['ipset', 'restore'], NAMED);
        const command = i === 0 ? [process.execPath, MULTI, 'ipset'] : ['ipset'];
        const { stdout, stderr, status } = run([...command, ...words], input);
        // Numbers by chance.
        const plain = (text: string) =>
          text.replace(/(initval.)0x[0-9a-f]+/g, '$1…').replace(/^Size in memory: .*$/gm, '');
        return { stdout: plain(stdout), stderr, status, saved: plain(run(['ipset', 'save', '-s'], '').stdout) };
      });
    } finally {
      for (const place of own) place.close();
    }
  };
  const NAMED = `create h hash:ip
create six hash:ip family inet6
create n hash:net
create hp hash:ip,port
create np hash:net,port
create p bitmap:port range 0-1000
create b bitmap:ip range 10.0.0.0/24
add h 192.0.2.8
add six 2001:db8::7
add n 192.0.2.7
add p 80
`;
  for (const [words, input] of [
    ['add h myhost'],
    ['add h many'],
    ['-q add h many'],
    ['add h nowhere.invalid'],
    ['add h my-host'],
    ['add h [my-host] -exist'],
    ['add six myhost'],
    ['add n myhost/24'],
    ['add n myhost-[my-host]'],
    ['add hp myhost,udp:53'],
    ['test h my-host'],
    ['test h [my-host]'],
    ['del n myhost'],
    ['list -r'],
    ['save h -resolve'],
    ['list six -r -o xml'],
    ['create x bitmap:ip range myhost-many'],
    ['create x bitmap:ip network myhost/24'],
    ['create x hash:ip --probes 3 --resize 50 probes 4 gc 10'],
    ['create x hash:net gc 4'],
    ['-q create x iphash probes 3'],
    ['create x bitmap:port range udp:53-99'],
    ['create x bitmap:port range 80'],
    ['create x bitmap:port range 70000'],
    ['add p 85-83'],
    ['add p udp:domain'],
    ['add p 6:1'],
    ['add p sctp:1'],
    ['add p tcp:'],
    ['add p 80-'],
    ['add p foo'],
    ['test p 80-90'],
    ['test n 10.0.0.1-10.0.0.5'],
    ['test hp 10.0.0.0/24,80'],
    ['test hp 10.0.0.1,80-81'],
    ['test b 10.0.0.0/30'],
    ['add hp 10.0.0.1,6:foo'],
    [
      'restore',
      'add h myhost\nadd h many\nadd h 1.2.3.4\nadd n myhost/24\nadd h [my-host] -exist\ncreate z hash:ip probes 3 gc 2\n',
    ],
    ['restore', 'add h 1.2.3.4\nadd h nowhere.invalid\nadd h 1.2.3.5\n'],
    ['restore', 'add h 1.2.3.4\nadd h 1.2.3.400\n'],
    ['-', ''],
    ['- extra', 'add h myhost\n\n# c\nnonsense\ntest h 192.0.2.7\nrestore\nversion\nadd\nlist -n\nquit\nflush\n'],
    ['-q -', 'add h 192.0.2.8\nswap h nope\ndel h 192.0.2.8\nlist h\n'],
  ] as const) // prettier-ignore
    test(`\`${words}\` says and does what ipset does, with names of hosts (${input?.length ?? 0})`, () => {
      const [ours, theirs] = both(words.split(' '), input ?? '');
      expect(ours).toEqual(theirs);
    });

  test('tells what each type takes', () => {
    expect(ours(['help']).stdout).toContain('hash:net,iface');
    expect(ours(['help', 'hash:net']).stdout).toMatch(/timeout VALUE[\s\S]*nomatch/);
    expect(ours(['help', 'nothing'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Unknown settype: `nothing'"),
    });
  });
});
