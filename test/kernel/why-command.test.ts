import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const RULES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:office - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -s 192.0.2.0/24 -j office
-A office -p tcp -m tcp --dport 22 -m comment --comment "<ssh>" -j ACCEPT
-A office -m string --string x --algo bm -j ACCEPT
COMMIT
`;

describeWith(['netns', 'addon'], 'the commands that follow a packet', () => {
  const folder = temporaryFolder('why');
  const env = { XTABLES_LOCKFILE: join(folder, 'lock') };
  const [file, svg] = [join(folder, 'rules'), join(folder, 'path.svg')];
  let netns: Netns;
  const iptc = (...words: readonly string[]) => netns.execSync('node', [MULTI, 'iptc', ...words], { env });
  const SSH = ['tcp', '192.0.2.5', '->', ':22', 'in', 'eth0'];
  beforeAll(() => {
    netns = new Netns();
    writeFileSync(file, RULES);
    expect(netns.execSync('node', [MULTI, 'iptc-restore', file], { env })).toMatchObject({ status: 0, stderr: '' });
  });
  afterAll(() => netns.close());

  test('say why it is let in, of the kernel and of a file', () => {
    for (const where of [[], ['-f', file]]) {
      const { status, stdout, stderr } = iptc('why', ...where, ...SSH);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(
        /^ACCEPT\n(?:.*\n)* +filter:INPUT:rule:2 .*-j office\n +filter:office:rule:1 .*--dport 22/,
      );
    }
  });
  test('say why it is not, and what that depends on', () => {
    expect(iptc('why', 'udp', '203.0.113.5', '->', ':53', 'in', 'eth0')).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^DROP\n(?:.*\n)*.*filter:INPUT:policy:3/),
    });
    const { status, stdout } = iptc('why', 'tcp', '192.0.2.5', '->', ':80', 'in', 'eth0');
    expect(status).toBe(1);
    expect(stdout).toMatch(/It depends on data \(filter:office:rule:2/);
  });
  test('give the same as JSON, and as a picture in which names are no markup', () => {
    const packet = { protocol: 'tcp', source: '192.0.2.5', dport: 22, inInterface: 'eth0' };
    const { status, stdout } = iptc('simulate', '--json', '--svg', svg, JSON.stringify(packet));
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'ACCEPT', given: packet });
    const picture = readFileSync(svg, 'utf8');
    expect(picture).toContain('&lt;ssh&gt;');
    expect(picture).not.toContain('<ssh>');
  });
  test('end in a sentence otherwise', () => {
    for (const words of [
      ['why', 'tpc', 'x'],
      ['simulate', '{'],
      ['why', '-f', join(folder, 'gone'), ...SSH],
      ['why'],
      ['why', '--bogus', ...SSH],
      ['simulate', '-x', '{}'],
      ['check', '--bogus'],
      ['who-can', '--bogus', 'tcp/22'],
      ['trace', '--bogus', '22'],
      ['plan', '--bogus', file],
    ]) {
      const { status, stdout, stderr } = iptc(...words);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^\S.+\n/);
      expect(stderr).not.toMatch(/^ +at /m);
    }
    const { status, stderr } = iptc('why', '--svg', join(folder, 'gone', 'x.svg'), ...SSH);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/: Cannot write .*x\.svg: ENOENT/)]);
  });
  test('trace what a rule means', () => {
    expect(iptc('trace', '--for', '1', '-p tcp -s 192.0.2.1')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });
});
