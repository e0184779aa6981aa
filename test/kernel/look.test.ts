import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describeWith, expect, test, testWith } from '../harness';
import { MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { Screen } from '../harness/screen';
import { temporaryFolder } from '../harness/temporary';

const RULES = `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:guests - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -s 192.0.2.0/24 -p tcp -m multiport --dports 22,80,443,8080 -m conntrack --ctstate NEW -m comment --comment "the office" -j guests
-A guests -m comment --comment "家の中" -j REJECT --reject-with icmp-admin-prohibited
COMMIT
`;

describeWith(['netns', 'addon'], 'the commands that only look', () => {
  const folder = temporaryFolder('look');
  const env = { XTABLES_LOCKFILE: join(folder, 'lock') };
  const file = join(folder, 'rules');
  let netns: Netns;
  let screen: Screen | undefined;
  const iptc = (...words: readonly string[]) => netns.execSync('node', [MULTI, 'iptc', ...words], { env });
  const show = (command: string, columns: number, rows: number, more: Record<string, string> = {}) => {
    screen = new Screen(netns, `node ${MULTI} iptc ${command}`, { columns, rows, env: { ...env, ...more } });
    return screen;
  };
  beforeAll(() => {
    netns = new Netns();
    writeFileSync(file, RULES);
    const { status, stderr } = netns.execSync('node', [MULTI, 'iptc-restore', file], { env });
    expect([status, stderr]).toEqual([0, '']);
  });
  afterAll(() => netns.close());
  afterEach(() => {
    screen?.close();
    screen = undefined;
  });

  test('list rules, plain where there is no terminal', () => {
    const { stdout, status, stderr } = iptc('list', 'guests', 'INPUT');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'filter',
      '',
      expect.stringMatching(/^INPUT: 2 rules, policy DROP/),
      '#  packets  bytes  target  protocol  in  source',
      '1        0      0  ACCEPT            lo',
      '-- the office',
      '2        0      0  guests  tcp           192.0.2.0/24  -m multiport --dports 22,80,443,8080 -m conntrack --ctstate NEW',
      '',
      'guests: 1 rule',
      '#  packets  bytes  target',
      '-- 家の中',
      '1        0      0  REJECT  --reject-with icmp-admin-prohibited',
      '',
    ]);
    expect(iptc('list', '-f', file).stdout).toBe(iptc('list', '-t', 'filter').stdout);
  });
  test('draw chains, of the kernel or of a file', () => {
    const { stdout, status } = iptc('graph', '--format', 'dot', '-t', 'filter');
    expect(status).toBe(0);
    expect(stdout).toContain('t0n0 -> t0n3 [label=""];');
    expect(iptc('graph', '--format=dot', file).stdout).toBe(stdout);
    const out = join(folder, 'picture.svg');
    expect(iptc('graph', '-o', out, file)).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(out, 'utf8')).toMatch(/^<svg .*>guests<.*<\/svg>\n$/s);
  });
  test('fold what is too much to be drawn, and say so', () => {
    const chains = Array.from({ length: 400 }, (_, i) => `KUBE-SVC-${i}`);
    const many = join(folder, 'many');
    const write = (names: readonly string[]) =>
      writeFileSync(many, `*filter\n${names.map((name) => `:${name} - [0:0]\n`).join('')}COMMIT\n`);
    write(chains);
    expect(iptc('graph', '--format', 'mermaid', many)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('KUBE-SVC-#42;'),
      stderr: 'Table filter has 400 chains: those with names alike are drawn as one (--fold).\n',
    });
    expect(iptc('graph', '--fold', many)).toMatchObject({ status: 0, stderr: '' });
    write(chains.map((name) => name.replace(/-/g, '')));
    expect(iptc('graph', many)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('Cannot draw table filter: 400 of its chains'),
    });
  });
  test('say what is wrong in a sentence', () => {
    for (const [words, sentence] of [
      [['list', 'none'], 'Cannot list chain none: there is none in filter'],
      [['list', '-f', join(folder, 'gone')], 'Cannot read'],
      [['list', '-f', file, '-t', 'nat'], 'Expected one of the tables of'],
      [['list', '--width', 'wide'], 'Usage: iptc list'],
      [['graph', '--format', 'png'], 'Usage: iptc graph'],
      [['top'], 'there is no terminal to draw on'],
      [['top', '--json'], 'Usage: iptc top'],
      [['view'], 'Usage: iptc view'],
      [['report'], 'Usage: iptc report'],
      [['view', '--serve', file], 'Usage: iptc view'],
      [['view', '--out', join(folder, 'no', 'page')], 'Cannot write'],
      [['top', '--once', '-i', '0'], 'Usage: iptc top'],
      [['graph', '-o', folder, file], 'Cannot write'],
      [['graph', join(folder, 'gone')], 'Cannot read'],
    ] as const) {
      const { status, stdout, stderr } = iptc(...words);
      expect([words, status, stdout, stderr]).toEqual([
        words,
        expect.any(Number),
        '',
        expect.stringContaining(sentence),
      ]);
      expect([words, status]).not.toEqual([words, 0]);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
  test('count once, as text and as JSON', () => {
    const { stdout, status, stderr } = iptc('top', '--once', '-i', '0.1', '--search', 'lo accept');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(1)).toEqual([
      'sort packets/s, family both, table all, search lo accept',
      '>packets/s   bytes/s   packets     bytes    rules',
      expect.stringMatching(/^[-\d. ]+filter INPUT 1 {2}-i lo -j ACCEPT$/),
      '',
    ]);
    const { tables, interval } = JSON.parse(iptc('top', '--once', '--json', '-i', '0.1').stdout);
    const [{ family, name, chains }] = tables;
    expect([family, name, interval, chains.map((chain: { name: string }) => chain.name)]).toEqual([
      'ipv4',
      'filter',
      0.1,
      ['INPUT', 'FORWARD', 'OUTPUT', 'guests'],
    ]);
    expect(chains[0]).toMatchObject({
      policy: 'DROP',
      packetRate: 0,
      rules: [{ text: '-i lo -j ACCEPT', packets: 0 }, {}],
    });
  });
  test('make a page of the kernel, or of a file', () => {
    const out = join(folder, 'page.html');
    for (const words of [
      ['view', '--out', out],
      ['view', '-o', out, file],
    ]) {
      expect(iptc(...words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const html = readFileSync(out, 'utf8');
      const { tables } = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]!);
      expect(tables.map((table: { name: string; rules: unknown[] }) => [table.name, table.rules.length])).toEqual([
        ['filter', 3],
      ]);
    }
  });
  test('report the state of the host as a page', () => {
    const out = join(folder, 'report.html');
    for (const words of [[], ['--redact']]) {
      expect(iptc('report', '--out', out, ...words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const html = readFileSync(out, 'utf8');
      expect(html).toContain('>Table filter, IPv4<');
      expect(html).toContain('>guests<');
      expect([html.includes('the office'), html.includes('192.0.2.0')]).toEqual(
        words.length === 0 ? [true, true] : [false, false],
      );
    }
  });
  testWith(['setpriv'], 'say in a sentence what they may not', () => {
    const none = ['--bounding-set', '-all', '--inh-caps', '-all', 'node', MULTI, 'iptc'];
    const out = join(folder, 'none.html');
    for (const words of [['list'], ['graph'], ['top', '--once'], ['view', '--out', out], ['report', '--out', out]]) {
      const { status, stdout, stderr } = netns.execSync('setpriv', [...none, ...words], { env });
      expect([words, status === 0, stdout, stderr]).toEqual([
        words,
        false,
        '',
        expect.stringContaining('Permission denied'),
      ]);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
  testWith(['tmux'], 'list rules as wide as the terminal, in colour unless told otherwise', async () => {
    const narrow = await show('list', 60, 24).until((text) => text.includes('REJECT'));
    expect(narrow.trimEnd().split('\n')).toEqual([
      'filter',
      '',
      'INPUT: 2 rules, policy DROP (0 packets, 0 bytes)',
      '#  packets  bytes  target',
      '1        0      0  ACCEPT  in lo',
      '-- the office',
      '2        0      0  guests  from 192.0.2.0/24 tcp -m',
      '                           multiport --dports 22,80,443,8080',
      '                           -m conntrack --ctstate NEW',
      '',
      'FORWARD: 0 rules, policy ACCEPT (0 packets, 0 bytes)',
      '',
      'OUTPUT: 0 rules, policy ACCEPT (0 packets, 0 bytes)',
      '',
      'guests: 1 rule',
      '#  packets  bytes  target',
      '-- 家の中',
      '1        0      0  REJECT  --reject-with',
      '                           icmp-admin-prohibited',
    ]);
    expect(screen!.text(true)).toContain('\u001b[31mREJECT');
    screen!.close();
    const plain = show('list', 60, 24, { NO_COLOR: '1' });
    expect(await plain.until((text) => text.includes('REJECT'))).toBe(narrow);
    expect(plain.text(true)).not.toContain('\u001b[');
  });
  testWith(['tmux', 'ping'], 'count while one looks, and do what keys say', async () => {
    const top = show('top -i 0.3', 90, 12);
    const first = await top.until((text) => text.includes('1-3 of 3'));
    expect(first).toMatch(/^iptc top {2}\d\d:\d\d:\d\d {2}1 table, 3 rules, /);
    expect(netns.execSync('ping', ['-c', '3', '-i', '0.2', '127.0.0.1']).status).toBe(0);
    const counted = await top.until((text) => /^.* 6 .*INPUT 1 /m.test(text));
    expect(counted).toMatch(/^ +[-\d.K]+ +[-\d.K]+ +6 +504 +filter INPUT 1 +-i lo -j ACCEPT$/m);
    top.keys('c');
    expect(await top.until((text) => /guests +1 rule/.test(text))).toContain('INPUT    2 rules, policy DROP');
    top.keys('c', 'c', '/', 'o', 'f', 'f', 'i', 'c', 'e');
    const found = await top.until((text) => text.includes('office_'));
    expect(found).toContain('search office_');
    expect(found).toContain('filter INPUT 2');
    expect(found).not.toContain('INPUT 1');
    top.resize(50, 6);
    expect(
      (await top.until((text) => text.trimEnd().split('\n').length <= 6)).split('\n')[0]!.length,
    ).toBeLessThanOrEqual(50);
    top.keys('Enter', 'q');
    expect((await top.until((text) => !text.includes('iptc top'))).trim()).toBe('');
  });
});
