import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const rules = (net: string) => `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -s ${net} -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -s 192.0.2.7/32 -p tcp -m tcp --dport 22 -j DROP
COMMIT
`;

describeWith(['netns', 'addon'], 'the commands that ask of traffic', () => {
  const folder = temporaryFolder('check');
  const env = { XTABLES_LOCKFILE: join(folder, 'lock') };
  const [file, other] = [join(folder, 'rules'), join(folder, 'other')];
  let netns: Netns;
  const iptc = (...words: readonly string[]) => netns.execSync('node', [MULTI, 'iptc', ...words], { env });
  beforeAll(() => {
    netns = new Netns();
    writeFileSync(file, rules('192.0.2.0/24'));
    writeFileSync(other, rules('192.0.2.0/25'));
    const { status, stderr } = netns.execSync('node', [MULTI, 'iptc-restore', file], { env });
    expect([status, stderr]).toEqual([0, '']);
  });
  afterAll(() => netns.close());

  test('check a file, and what the kernel has', () => {
    const shadowed =
      'filter INPUT rule 3: warning: never matches: rule 2 takes all of its packets (shadowed)\n  Delete it, or move it before rule 2.\n';
    expect(iptc('check', file)).toMatchObject({ status: 1, stdout: shadowed, stderr: '' });
    // Of IPv6 there are no rules at all.
    const { stdout, status, stderr } = iptc('check', '--json');
    expect([status, stderr]).toEqual([1, '']);
    const { findings } = JSON.parse(stdout) as { findings: { family: string; chain: string; name: string }[] };
    expect(findings.map(({ family, chain, name }) => `${family} ${chain} ${name}`)).toEqual([
      'ipv4 INPUT shadowed',
      'ipv6 INPUT ipv6-open',
      'ipv6 FORWARD ipv6-open',
    ]);
    expect(iptc('check', join(folder, 'gone'))).toMatchObject({ status: 2, stdout: '' });
  });
  test('say who can reach a service', () => {
    expect(iptc('who-can', 'tcp/22')).toMatchObject({ status: 0, stdout: '192.0.2.0/24\n', stderr: '' });
    expect(iptc('who-can', 'tcp/22', '-f', other)).toMatchObject({ status: 0, stdout: '192.0.2.0/25\n' });
    expect(iptc('who-can', 'tcp/80')).toMatchObject({ status: 1, stdout: 'Nobody.\n' });
    expect(iptc('who-can', 'tcp/70000')).toMatchObject({ status: 2, stdout: '' });
  });
  test('say what a plan would change of traffic', () => {
    const { stdout, status, stderr } = iptc('plan', '--traffic', other);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^ACCEPT -> DROP, to this machine: .*source 192\.0\.2\.128\/25/);
    expect(stdout).toContain('before: filter INPUT rule 2; after: filter INPUT policy');
    expect(iptc('plan', '--traffic', file)).toMatchObject({ status: 0, stdout: 'No packet fares otherwise.\n' });
  });
});
