import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const IPTC = join(__dirname, '../../dist/cli/iptc.js');

describeWith(['netns', 'addon'], 'iptc plan and iptc apply', () => {
  const folder = temporaryFolder('plan');
  const file = join(folder, 'rules');
  const env = { XTABLES_LOCKFILE: join(folder, 'lock') };
  let netns: Netns;
  const iptc = (words: readonly string[], input = '') => netns.execSync('node', [IPTC, ...words], { input, env });
  const rules = () =>
    iptc(['-S'])
      .stdout.split('\n')
      .filter((line) => /^-[AN]/.test(line));
  const write = (...lines: readonly string[]) => writeFileSync(file, `*filter\n${lines.join('\n')}\nCOMMIT\n`);
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());
  beforeEach(() => {
    write('-A INPUT -i lo -j ACCEPT', '-A INPUT -s 10.0.0.1/32 -j DROP');
    expect(iptc(['apply', file])).toMatchObject({ status: 0, stderr: '' });
  });

  test('say what changes, and change it', () => {
    write('-A INPUT -i lo -j ACCEPT', '-A INPUT -s 10.0.0.2/32 -j DROP');
    const changes =
      '*filter\n -A INPUT -i lo -j ACCEPT\n--A INPUT -s 10.0.0.1/32 -j DROP\n+-A INPUT -s 10.0.0.2/32 -j DROP\n';
    expect(iptc(['plan', file])).toMatchObject({ status: 1, stdout: changes, stderr: '' });
    expect(JSON.parse(iptc(['plan', '--json', file]).stdout).changes).toMatchObject([{ edit: 'replace', position: 2 }]);
    expect(iptc(['apply', '--dry-run', file])).toMatchObject({ status: 0, stdout: changes });
    expect(rules()).toContain('-A INPUT -s 10.0.0.1/32 -j DROP');
    expect(iptc(['apply', file])).toMatchObject({ status: 0, stdout: changes });
    expect(rules()).toEqual(['-A INPUT -i lo -j ACCEPT', '-A INPUT -s 10.0.0.2/32 -j DROP']);
    expect(iptc(['plan', file])).toMatchObject({ status: 0, stdout: '' });
    expect(iptc(['apply', '--confirm', '5', file])).toMatchObject({ status: 0, stdout: '' });
  });
  test('leave alone what is not owned', () => {
    write(':web -', '-A INPUT -j web', '-A web -p tcp -j ACCEPT');
    expect(iptc(['apply', '--own', 'chains=web*', '--place', 'before=-s 10.0.0.1 -j DROP', file])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(rules()).toEqual([
      '-N web',
      '-A INPUT -i lo -j ACCEPT',
      '-A INPUT -j web',
      '-A INPUT -s 10.0.0.1/32 -j DROP',
      '-A web -p tcp -j ACCEPT',
    ]);
    write('-A INPUT -m comment --comment mine');
    expect(iptc(['apply', '--own=comment=mine', '--place=first', file]).status).toBe(0);
    expect(rules()[1]).toBe('-A INPUT -m comment --comment mine');
  });
  test('take it back where nobody says yes, and keep it where somebody does', () => {
    write('-A INPUT -i lo -j ACCEPT', '-A INPUT -p tcp -j DROP');
    expect(iptc(['apply', '--confirm', '20', file], 'n')).toMatchObject({
      status: 255,
      stdout: expect.stringMatching(/old rules are back\.\n$/),
    });
    expect(rules()).toContain('-A INPUT -s 10.0.0.1/32 -j DROP');
    expect(iptc(['apply', '--confirm', '20', file], 'y')).toMatchObject({ status: 0 });
    expect(rules()).toContain('-A INPUT -p tcp -j DROP');
  });
  test('refuse what would cut loopback, unless forced', () => {
    write(':INPUT DROP');
    expect(iptc(['apply', '--confirm', '20', file], 'y')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('it would cut loopback: :INPUT DROP'),
    });
    expect(iptc(['apply', '--confirm', '20', '--force', file], 'y')).toMatchObject({ status: 0 });
    write(':INPUT ACCEPT');
    expect(iptc(['apply', file])).toMatchObject({ status: 0 });
  });
  test('end with 2 in trouble', () => {
    write('-A INPUT -j nowhere');
    expect(iptc(['plan', file])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(`${file}:2`) });
    for (const [said, ...words] of [
      ['Usage: iptc plan'],
      ['Usage: iptc plan', 'a', 'b'],
      ['for --own but received x', '--own', 'x', file],
      ['Expected --own with --place', '--place', 'first', file],
      ['for --place but received middle', '--own', 'chains=a', '--place', 'middle', file],
      ['Expected no --own with --traffic', '--own', 'chains=a', '--traffic', file],
    ] as const)
      expect([words, iptc(['plan', ...words])]).toMatchObject([
        words,
        { status: 2, stderr: expect.stringMatching(new RegExp(`${said}[\\s\\S]*Usage: iptc plan|^${said}`)) },
      ]);
    expect(iptc(['apply', '--confirm', 'soon', file])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('iptc apply: Expected 1 to 999999 seconds for --confirm but received soon'),
    });
    expect(iptc(['plan', join(folder, 'none')])).toMatchObject({ status: 2 });
  });
});
