import fc from 'fast-check';
import { anyKernel } from '../../../lib/codec/kernel';
import { LITTLE, Memory } from '../../../lib/codec/struct';
import { IptcError } from '../../../lib/errors';
import { formatRuleset, parseRuleset } from '../../../lib/file/ruleset';
import { maskOf } from '../../../lib/rule/compare';
import { EntryCodec } from '../../../lib/rule/entry';
import { SHAPES } from '../../../lib/rule/layout';
import type { Rule } from '../../../lib/rule/rule';
import { RulePrinter } from '../../../lib/text/print';
import { formatRule, parseRule } from '../../../lib/text/rule';
import { describe, expect, test } from '../../harness';

const families = ['ipv4', 'ipv6'] as const;
const codecs = { ipv4: new EntryCodec(anyKernel('ipv4')), ipv6: new EntryCodec(anyKernel('ipv6')) };

function encode(family: 'ipv4' | 'ipv6', rule: Rule): Uint8Array {
  return codecs[family].encode(rule).slice();
}
function decode(family: 'ipv4' | 'ipv6', bytes: Uint8Array): Rule {
  const { counters, ...rule } = codecs[family].decode(new Memory(bytes, 0, codecs[family].kernel), 0);
  return rule as Rule;
}
function error(attempt: () => unknown): IptcError {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof IptcError) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

for (const family of families) {
  const shape = SHAPES[family];

  describe(`an entry of ${family}`, () => {
    test('with any bytes in its header is either said in words or kept whole', () => {
      // Mostly zero, so that many headers can be said; a few bytes anything.
      const header = fc.array(fc.tuple(fc.nat(shape.headSize - 1), fc.nat(255)), { maxLength: 4 });
      let plain = 0;
      fc.assert(
        fc.property(header, fc.boolean(), (changes, masked) => {
          const bytes = encode(family, { target: 'DROP' });
          if (masked) bytes.fill(255, shape.smsk, shape.smsk + shape.address);
          for (const [at, value] of changes) bytes[at] = value;
          const rule = decode(family, bytes);
          if (!('entry' in rule)) plain++;
          expect(Buffer.compare(encode(family, rule), bytes)).toBe(0);
        }),
        { numRuns: 3000, seed: 1 },
      );
      expect(plain).toBeGreaterThan(300);
    });

    test('with a name that would end its line is kept whole, and never made', () => {
      for (const rule of [{ target: 'a_b' }, { target: { goto: 'a_b' } }, { inInterface: 'a_b' }] as const) {
        const bytes = encode(family, rule);
        bytes[bytes.indexOf(0x5f)] = 10;
        const read = decode(family, bytes);
        expect(read).toEqual({ entry: expect.any(String) });
        expect(Buffer.compare(encode(family, read), bytes)).toBe(0);
        const broken = JSON.parse(JSON.stringify(rule).replace('_', '\\n')) as Rule;
        expect(error(() => encode(family, broken)).code).toBe('ERR_BAD_RULE');
      }
    });

    test('with a protocol that there can not be is printed', () => {
      const bytes = encode(family, { match: [{ conntrack: { ctproto: 253 } }] });
      bytes[bytes.lastIndexOf(253) + 1] = 1;
      const memory = new Memory(bytes, 0, codecs[family].kernel);
      expect(new RulePrinter(codecs[family]).print(memory, 0)).toBe(' -m conntrack [unprintable] --ctproto 509');
    });

    test('with any bytes in a match is either settings or opaque', () => {
      for (const text of [
        '-p tcp -m tcp --dport 22',
        '-m conntrack --ctstate NEW',
        '-m limit --limit 3/hour',
        '-m mark --mark 1',
        '-m state --state NEW',
      ]) {
        const original = encode(family, parseRule(`${text} -j DROP`, { family }));
        const [from, to] = [shape.size + 32, original.length - 40];
        const userspace = maskOf(codecs[family], original);
        fc.assert(
          fc.property(
            fc.array(fc.tuple(fc.integer({ min: from, max: to - 1 }), fc.nat(255)), { maxLength: 3 }),
            (changes) => {
              const bytes = original.slice();
              for (const [at, value] of changes) bytes[at] = value;
              const again = encode(family, decode(family, bytes));
              const same = bytes.every((byte, i) => userspace[i] === 0 || again[i] === byte);
              expect([changes, same]).toEqual([changes, true]);
            },
          ),
          { numRuns: 500, seed: 2 },
        );
      }
    });

    test('whose sizes and offsets are wrong is refused, wherever it goes', () => {
      const good = encode(family, { match: [{ mark: { mark: 1 } }, { mark: { mark: 2 } }], target: 'DROP' });
      const { size: first } = shape;
      const second = first + 48;
      const target = second + 48;
      const wrong: [string, (view: DataView) => void][] = [
        ['next_offset is 0, though its size', (v) => v.setUint16(shape.nextOffset, 0, LITTLE)],
        ['next_offset is 65528, though its size', (v) => v.setUint16(shape.nextOffset, 65528, LITTLE)],
        ['target_offset is 0', (v) => v.setUint16(shape.targetOffset, 0, LITTLE)],
        [`target_offset is ${first - 8}`, (v) => v.setUint16(shape.targetOffset, first - 8, LITTLE)],
        [`target_offset is ${target + 4}`, (v) => v.setUint16(shape.targetOffset, target + 4, LITTLE)],
        [`target_offset is ${target + 16}`, (v) => v.setUint16(shape.targetOffset, target + 16, LITTLE)],
        [`match at byte ${first} is 0 bytes long`, (v) => v.setUint16(first, 0, LITTLE)],
        [`match at byte ${first} is 24 bytes long`, (v) => v.setUint16(first, 24, LITTLE)],
        [`match at byte ${first} is 44 bytes long`, (v) => v.setUint16(first, 44, LITTLE)],
        [`match at byte ${second} is 56 bytes long`, (v) => v.setUint16(second, 56, LITTLE)],
        [`match at byte ${second} has no name`, (v) => v.setUint8(second + 2, 0)],
        ['target is 48 bytes long, though 40', (v) => v.setUint16(target, 48, LITTLE)],
        ['target is 0 bytes long, though 40', (v) => v.setUint16(target, 0, LITTLE)],
        ['verdict is a number', (v) => v.setInt32(target + 32, -1, LITTLE)],
        ['target is DROP of another revision', (v) => v.setUint8(target + 31, 0)],
      ];
      for (const [fault, change] of wrong) {
        const bytes = good.slice();
        change(new DataView(bytes.buffer));
        const rule: Rule = { entry: Buffer.from(bytes).toString('hex') };
        const said = { code: 'ERR_BAD_RULE', path: 'entry', message: expect.stringContaining(`whose ${fault}`) };
        expect(error(() => encode(family, rule))).toMatchObject(said);
        expect(error(() => formatRule(rule, { family }))).toMatchObject(said);
        const tables = [{ name: 'filter', chains: [], rules: [{ chain: 'INPUT', rule }] }];
        expect(error(() => formatRuleset({ family, tables }))).toMatchObject(said);
      }
      for (const length of [0, first, first + 24, first + 36]) {
        const rule: Rule = { entry: Buffer.from(good.subarray(0, length)).toString('hex') };
        expect(error(() => encode(family, rule)).message).toContain(`whose size is ${length}`);
      }
    });

    test('with any bytes is refused or written as it is', () => {
      const good = encode(family, { match: [{ mark: { mark: 1 } }], target: { LOG: {} } });
      let written = 0;
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 }), (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          bytes.fill(0, shape.nextOffset + 2, shape.size); // what the kernel counts and keeps
          const rule: Rule = { entry: Buffer.from(bytes).toString('hex') };
          try {
            expect(Buffer.compare(encode(family, rule), bytes)).toBe(0);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(IptcError);
            return;
          }
          written++;
          formatRule(rule, { family });
          decode(family, bytes);
        }),
        { numRuns: 3000, seed: 3 },
      );
      expect(written).toBeGreaterThan(300);
    });

    test('with a verdict that has no name is kept whole, and not printed as a rule without a target', () => {
      const bytes = encode(family, {});
      new DataView(bytes.buffer).setInt32(bytes.length - 8, -3, LITTLE);
      expect(decode(family, bytes)).toEqual({ entry: expect.any(String) });
      const text = new RulePrinter(codecs[family]).print(new Memory(bytes, 0, codecs[family].kernel), 0);
      expect(text).toBe(' [unprintable]');
      expect(error(() => parseRule(text, { family })).code).toBe('ERR_BAD_RULE');
    });

    test('keeps an extension that nobody knows', () => {
      const rule: Rule = {
        match: [{ martian: { revision: 3, data: '0102030405060708' } }],
        target: { JUPITER: { revision: 0, data: '' } },
      };
      expect(decode(family, encode(family, rule))).toEqual(rule);
      expect(formatRule(rule as Rule<typeof family>, { family })).toBe(
        '-m martian [unsupported revision] -j JUPITER [unsupported revision]',
      );
    });

    test('holds bytes that are not UTF-8, in chains and comments, and tells them apart', () => {
      const names = ['caf\udce9', 'caf\udce8', 'café', '\udcff\udcfe'];
      const entries = names.map((name) => encode(family, { match: [{ comment: { comment: name } }], target: name }));
      expect(entries.map((bytes) => decode(family, bytes))).toEqual(
        names.map((name) => ({ match: [{ comment: { comment: name } }], target: name })),
      );
      expect(new Set(entries.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(4);
    });

    test('is JSON but for its counters', () => {
      const rule = parseRule('-p tcp -m tcp ! --dport 1:9 -m conntrack --ctstate NEW -j LOG --log-prefix "a b"', {
        family,
      });
      expect(JSON.parse(JSON.stringify(rule))).toEqual(rule);
    });
  });
}

describe('a rule', () => {
  const refused: [Rule, Partial<IptcError>][] = [
    [{ protocol: 'tpc' }, { option: 'protocol', path: 'protocol' }],
    [{ protocol: { not: 'all' } }, { option: 'protocol' }],
    [{ source: '1.2.3' as never, destination: 'example.com' }, { option: 'destination' }],
    [{ source: '1.2.3.4,1.2.3.5' }, { option: 'source', hint: 'Several addresses stand for several rules.' }],
    [{ inInterface: 'a-name-too-long-x' }, { option: 'in-interface', path: 'inInterface' }],
    [{ fragment: false as never }, { option: 'fragment' }],
    [{ match: {} as never }, { path: 'match' }],
    [{ match: [{}] as never }, { path: 'match[0]' }],
    [{ match: [{ tpc: {} }] as never }, { path: 'match[0]' }],
    [{ match: [{ comment: { comment: 'x'.repeat(256) } }] }, { option: 'comment', path: 'match[0].comment.comment' }],
    [
      { protocol: 'tcp', match: [{ tcp: { dport: [9, 1] } }] },
      { option: 'dport', path: 'match[0].tcp.dport' },
    ],
    [{ protocol: { not: 'tcp' }, match: [{ tcp: { dport: 1 } }] }, { option: 'protocol' }],
    [{ target: { goto: 'ACCEPT' } }, { option: 'goto', path: 'target.goto' }],
    [{ target: 'x'.repeat(29) }, { option: 'jump', path: 'target' }],
    [{ target: { REJECT: { rejectWith: 'tcp-reset' } } }, { option: 'reject-with', path: 'target.REJECT.rejectWith' }],
    [{ counters: { packets: -1, bytes: 0 } }, { path: 'counters.packets' }],
    [{ sources: '1.2.3.4' } as never, { path: 'sources' }],
    [{ entry: 'zz' }, { path: 'entry' }],
    [{ entry: '00'.repeat(152) }, { path: 'entry' }],
    [{ match: [{ x: { revision: 0, data: '00' } }] }, { path: 'match[0].x' }],
    [null as never, {}],
  ];
  for (const [rule, expected] of refused) {
    test(`is refused: ${JSON.stringify(rule)?.slice(0, 70)}`, () => {
      const thrown = error(() => encode('ipv4', rule));
      expect(thrown).toMatchObject({ code: 'ERR_BAD_RULE', ...expected });
      expect(thrown.message).toMatch(/^Expected .* (but received|:|for)/);
    });
  }

  test('is told the name that was probably meant', () => {
    expect(error(() => encode('ipv4', { match: [{ conntrak: {} }] } as never)).message).toContain(
      'did you mean conntrack?',
    );
    expect(error(() => parseRule('-p tcp --dprt 22')).hint).toBe('Did you mean --dport?');
    expect(error(() => parseRule('--dport 22')).hint).toMatch(/^--dport belongs to .*-m tcp/);
  });
});

describe('the text of a rule', () => {
  const cases: [string, string?][] = [
    ['-s 10.0.0.0/8 -d 1.2.3.4/32 -i eth+ -o lo -p tcp -j ACCEPT'],
    ['! -s 10.0.0.1/255.0.0.255 ! -i eth0 ! -p udp -f -j DROP'],
    ['-s 10/8 -j ACCEPT', '-s 10.0.0.0/8 -j ACCEPT'],
    ['-s 10.1.2.3/255.255.0.0', '-s 10.1.0.0/16'],
    ['-p 6 --sport :1023', '-p tcp -m tcp --sport 0:1023'],
    ['-p TCP --dport ssh', '-p tcp -m tcp --dport 22'],
    ['-ptcp -mtcp --destination-port=22 -jACCEPT', '-p tcp -m tcp --dport 22 -j ACCEPT'],
    ['--protocol tcp --jump ACCEPT', '-p tcp -j ACCEPT'],
    ['-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
    [
      '-m comment --comment "it\'s \\"quoted\\" \\\\" -g chain',
      '-m comment --comment "it\\\'s \\"quoted\\" \\\\" -g chain',
    ],
    ['-j MARK --set-mark 0xf', '-j MARK --set-xmark 0xf/0xffffffff'],
    ['-p 250 -j web', '-p 250 -j web'],
    ['', ''],
  ];
  for (const [text, saved = text] of cases) {
    test(text || '(nothing)', () => {
      const rule = parseRule(text);
      expect(formatRule(rule)).toBe(saved);
      expect(parseRule(saved)).toEqual(rule);
    });
  }

  const wrong: [string, number | undefined][] = [
    ['-p tcp --dport', 8],
    ['-p tcp --dport 22 --dport 23', 19],
    ['! -m tcp', 3],
    ['! ! -p tcp', 3],
    ['-j ACCEPT -g x', 11],
    ['-m nosuch', 1],
    ['ACCEPT', 1],
    ['-p nosuch', 1],
    ['-m comment --comment "unclosed', 22],
    ['-p tcp -m tcp ! --nosuch', 17],
    ['-c 1', 1],
  ];
  for (const [text, column] of wrong) {
    test(`is refused with its column: ${text}`, () => {
      const thrown = error(() => parseRule(text));
      expect(thrown.column).toBe(column);
      expect(thrown.message).toMatch(/^Expected /);
    });
  }
});

describe('a word in the wrong place', () => {
  const cases: [string, number, RegExp][] = [
    ['-s ! 10.0.0.1 -j DROP', 6, /^A ! stands before its option: ! -s 10\.0\.0\.1$/],
    ['-p tcp --dport ! 22', 18, /! --dport 22$/],
    ['-i lo -j ACCEPT # the loopback', 17, /--comment/],
    ['-p tcp \\', 8, /one line/],
    ["-m comment --comment 'two words'", 27, /double quotes/],
    ['iptables -A INPUT -j DROP', 1, /follows iptables/],
  ];
  for (const [text, column, hint] of cases)
    test(`gets a hint: ${text}`, () => {
      for (const attempt of [() => parseRule(text), () => parseRuleset(`*filter\n${text}\nCOMMIT\n`)])
        expect(error(attempt)).toMatchObject({ column, hint: expect.stringMatching(hint) });
    });
  test('gets none where none is known', () => expect(error(() => parseRule('-p tcp 22')).hint).toBeUndefined());
});

describe('-p all', () => {
  const read = {
    alone: parseRule,
    'in a file': (text: string, { family }: { family: 'ipv4' | 'ipv6' }) => {
      const file = `*filter\n-A INPUT ${text}\nCOMMIT\n`;
      return parseRuleset(file, { family }).tables[0]!.rules[0]!.rule;
    },
  };
  for (const [how, parse] of Object.entries(read))
    for (const text of ['-p all -j ACCEPT', '-p 0 -j ACCEPT'])
      test(`is marked in IPv6, as by ip6tables, and printed nowhere: ${text}, ${how}`, () => {
        const rule = parse(text, { family: 'ipv6' });
        expect(rule).toEqual({ protocol: 'all', target: 'ACCEPT' });
        const bytes = encode('ipv6', rule);
        expect(bytes[SHAPES.ipv6.flags]).toBe(1); // IP6T_F_PROTO
        expect(decode('ipv6', bytes)).toEqual(rule);
        expect(formatRule(rule as Rule<'ipv6'>, { family: 'ipv6' })).toBe('-j ACCEPT');
        expect(parse(text, { family: 'ipv4' })).toEqual({ target: 'ACCEPT' });
      });
});

describe('a text in a rule', () => {
  const injections = ['a\n-A INPUT -j ACCEPT', 'a\r', 'a\u0000b', 'a\u007f'];
  for (const text of injections) {
    test(`can't end its line: ${JSON.stringify(text)}`, () => {
      for (const rule of [
        { match: [{ comment: { comment: text } }] },
        { target: { LOG: { logPrefix: text } } },
        { match: [{ recent: { name: text, set: true } }] },
      ] as Rule[]) {
        expect(error(() => encode('ipv4', rule)).code).toBe('ERR_BAD_RULE');
      }
    });
  }

  test("can't end its word where iptables-save doesn't quote", () => {
    for (const name of ['a b', 'a"b', "a'b", 'a\tb', 'a\\b']) {
      expect(error(() => encode('ipv4', { match: [{ recent: { name, set: true } }] })).option).toBe('name');
    }
  });

  test('that is in the kernel already stays as it is, and no newline is printed', () => {
    const bytes = encode('ipv4', { match: [{ comment: { comment: 'a b' } }] });
    bytes[SHAPES.ipv4.size + 32 + 1] = 10;
    const rule = decode('ipv4', bytes);
    expect(rule).toMatchObject({ match: [{ comment: { revision: 0 } }] });
    expect(Buffer.compare(encode('ipv4', rule), bytes)).toBe(0);
    expect(formatRule(rule as Rule<'ipv4'>)).toBe('-m comment [unprintable] --comment "a?b"');
  });
});
