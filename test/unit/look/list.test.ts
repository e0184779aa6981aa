import { parseRuleset } from '../../../lib/index';
import { amount } from '../../../lib/look/amount';
import { ranges } from '../../../lib/look/folded';
import { type ListLook, listLines } from '../../../lib/look/list';
import { seenRuleset, seenState } from '../../../lib/look/model';
import { visible } from '../../../lib/look/visible';
import { cut, fill, widthOf, wrap } from '../../../lib/look/width';
import { Firewall } from '../../../lib/table/firewall';
import { MemoryBackend } from '../../../lib/testing';
import { describe, expect, test } from '../../harness';

const PLAIN: ListLook = { width: Number.POSITIVE_INFINITY, colour: false, exact: false, all: false };
const listed = (lines: readonly string[], look: Partial<ListLook> = {}): string[] => {
  const [table] = seenRuleset(parseRuleset(`*filter\n:INPUT DROP [1234:5678901]\n${lines.join('\n')}\nCOMMIT\n`));
  return [...listLines(table!, table!.chains, { ...PLAIN, ...look })].slice(2);
};

describe('a list of rules', () => {
  test('has columns for what there is, comments as headings, and the rest as options', () => {
    expect(
      listed([
        '[0:0] -A INPUT -i lo -j ACCEPT',
        '[12:999999] -A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m comment --comment "let \\"us\\" in" -j ACCEPT',
        '[1:40] -A INPUT -d 10.0.0.1/32 -p tcp -m comment --comment "let \\"us\\" in" -j REJECT --reject-with tcp-reset',
        '-A INPUT -m comment --comment -j',
      ]),
    ).toEqual([
      'INPUT: 4 rules, policy DROP (1.2K packets, 5.7M bytes)',
      '#  packets  bytes  target  protocol  in  source       destination',
      '1        0      0  ACCEPT            lo',
      '-- let "us" in',
      '2       12   1.0M  ACCEPT  tcp           !10.0.0.0/8               -m tcp --dport 22',
      '3        1     40  REJECT  tcp                        10.0.0.1     --reject-with tcp-reset',
      '-- -j',
      '4        0      0',
    ]);
  });
  test('folds rules in a row that differ in one address or port', () => {
    const bans = [1, 2, 3, 9, 20].map((n) => `[${n}:10] -A INPUT -s 10.0.0.${n}/32 -j DROP`);
    const ports = [80, 81, 82, 83].map((n) => `-A INPUT -p tcp -m tcp --dport ${n} -j ACCEPT`);
    expect(listed([...bans, ...ports]).slice(2)).toEqual([
      '1-5       35     50  DROP              10.0.0.1-10.0.0.3, 10.0.0.9 +1',
      '6-9        0      0  ACCEPT  tcp                                       -m tcp --dport 80-83',
    ]);
    expect(listed(bans, { all: true })).toHaveLength(7);
    expect(listed(bans.slice(0, 3))).toHaveLength(5);
    expect(listed([...bans.slice(0, 3), '-A INPUT -s 10.0.0.4/32 -j ACCEPT'])).toHaveLength(6);
  });
  test('has lines that fit, and loses nothing by it', () => {
    const rule =
      '-A INPUT -s 192.168.100.0/24 -d 192.168.200.0/24 -i enp0s31f6 -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9 -m comment --comment "家の中" -j LOG --log-prefix "a long prefix: "';
    for (const width of [30, 50, 80, 120]) {
      const lines = listed([rule], { width });
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const text = lines.slice(2).join('').replace(/\s/g, '');
      for (const word of [
        '192.168.100.0/24',
        '192.168.200.0/24',
        'enp0s31f6',
        'tcp',
        '1,2,3,4,5,6,7,8,9',
        '"alongprefix:"',
        '家の中',
        'LOG',
      ])
        expect([width, text]).toEqual([width, expect.stringContaining(word)]);
    }
  });
  test('is coloured if wanted, and never by what the kernel says', () => {
    const comment = '\u001b[31mred\u001b[0m\u202e';
    const rule = { text: `-m comment --comment "${comment}" -j DROP`, packets: 0n, bytes: 0n };
    const seen = { ...rule, rule: { match: [{ comment: { comment } }], target: 'DROP' } };
    const chain = { name: 'a\u009b1m', policy: undefined, packets: 0n, bytes: 0n, rules: [seen] };
    const table = { family: 'ipv4', name: 'filter', chains: [chain] } as const;
    const [plain, coloured] = [false, true].map((colour) =>
      [...listLines(table, [chain], { ...PLAIN, colour })].join(),
    );
    expect(plain).toContain('\\x1b[31mred\\x1b[0m\\u202e');
    expect(plain).toContain('a\\u009b1m');
    expect(coloured).toContain('\u001b[31mDROP\u001b[0m');
    for (const text of [plain, coloured])
      for (const raw of ['\u001b[31mred', '\u202e', '\u009b']) expect(text).not.toContain(raw);
  });
  test('is the same of a table and of its text', async () => {
    const text =
      '*filter\n:INPUT DROP [1:2]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [3:4]\n:a.b - [0:0]\n[5:6] -A INPUT -s 10.0.0.1/32 -g a.b\n[7:8] -A a.b -m limit --limit 5/min -j LOG\n-A a.b\nCOMMIT\n';
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    await firewall.restore(text, { counters: true });
    const state = await firewall.table('filter').state();
    const [fromText] = seenRuleset(parseRuleset(text));
    expect([...listLines(seenState(state), seenState(state).chains, PLAIN)]).toEqual([
      ...listLines(fromText!, fromText!.chains, PLAIN),
    ]);
    expect(seenState(state).chains[3]!.rules.map(({ text }) => text)).toEqual(['-m limit --limit 5/min -j LOG', '']);
    await firewall.close();
  });
});

describe('what is shown', () => {
  test('has no character that moves, hides or turns others', () => {
    expect(visible('a\u0000\n\u007f\u009b\u200b\u2066\ufeff')).toBe('a\\x00\\x0a\\x7f\\u009b\\u200b\\u2066\\ufeff');
    expect(visible('b\udcff\ud800')).toBe('b\\xff\\ud800');
    expect(visible('ünï 家 😀')).toBe('ünï 家 😀');
  });
  test('is as wide as it looks', () => {
    expect([widthOf('家'), widthOf('\u001b[1mab\u001b[0m'), cut('家の中', 5), cut('abc', 3), cut('abc', 0)]).toEqual([
      2,
      2,
      '家の…',
      'abc',
      '',
    ]);
    expect([fill('家', 4), fill('7', 3, true)]).toEqual(['家  ', '  7']);
    expect(wrap('one two three-and-more', 8)).toEqual(['one two', 'three-an', 'd-more']);
  });
  test('is short', () => {
    expect([0, 999, 1000, 9949, 9950, 999_499, 999_500, 10n ** 18n, 0.25].map(amount)).toEqual([
      '0',
      '999',
      '1.0K',
      '9.9K',
      '10K',
      '999K',
      '1.0M',
      '1.0E',
      '0.3',
    ]);
    expect(ranges(['10.0.0.255', '10.0.1.0', 'fe80::ffff', 'fe80::1:0', '5'])).toBe(
      '10.0.0.255-10.0.1.0, fe80::ffff-fe80::1:0 +1',
    );
    expect(ranges(['255.255.255.255', '0.0.0.0'])).toBe('255.255.255.255, 0.0.0.0');
  });
});
