/** The command of sets beside ipset, in one namespace: the same sets, the same words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

  test('tells what each type takes', () => {
    expect(ours(['help']).stdout).toContain('hash:net,iface');
    expect(ours(['help', 'hash:net']).stdout).toMatch(/timeout VALUE[\s\S]*nomatch/);
    expect(ours(['help', 'nothing'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Unknown settype: `nothing'"),
    });
  });
});
