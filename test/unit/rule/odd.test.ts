import { MemoryBackend } from '../../../lib/backend/memory/backend';
import type { AnyExtension, Family } from '../../../lib/codec/extension';
import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { IptcError } from '../../../lib/errors';
import { matches, targets } from '../../../lib/extensions/registry';
import { EntryCodec } from '../../../lib/rule/entry';
import type { Rule } from '../../../lib/rule/rule';
import { Firewall } from '../../../lib/table/firewall';
import { formatRule } from '../../../lib/text/rule';
import { describe, expect, test } from '../../harness';

const all = [...matches, ...targets] as readonly AnyExtension[];
const families: readonly Family[] = ['ipv4', 'ipv6'];

function refusal(attempt: () => unknown): IptcError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
}
/** A list whose first element is missing. */
function holed(second: unknown): unknown[] {
  const list: unknown[] = [];
  list[1] = second;
  return list;
}
class Plain {
  protocol = 'tcp';
}
/** What has no keys, or others than one sees. */
const SHELLS: readonly unknown[] = [
  null,
  [],
  5,
  true,
  () => ({}),
  new Map([['source', '10.0.0.1']]),
  new Date(0),
  Promise.resolve({}),
  /x/,
  new Uint8Array(4),
  new Plain(),
  Object.create({ source: '10.0.0.1' }),
  Object.create(Object.assign(Object.create(null), { source: '10.0.0.1' })),
  new String('x'),
];

describe('a rule', () => {
  test('is a plain object, and so are its matches, its target and their settings', () => {
    for (const odd of SHELLS) {
      for (const rule of [
        odd,
        { match: odd === null || !Array.isArray(odd) ? odd : {} },
        { match: [odd] },
        { match: [{ tcp: odd }], protocol: 'tcp' },
        { source: odd },
        { source: { not: odd } },
        { target: odd === null ? 5 : odd },
        { target: { LOG: odd } },
      ])
        expect(refusal(() => formatRule(rule as Rule))?.code).toBe('ERR_BAD_RULE');
    }
    expect(formatRule(Object.assign(Object.create(null), { target: 'DROP' }))).toBe('-j DROP');
  });

  test('has no key that is inherited, unknown, or beside a whole entry', () => {
    const whole = { entry: '00' };
    for (const rule of [
      JSON.parse('{"__proto__":{"source":"10.0.0.1"}}'),
      { constructor: 1 },
      { ...whole, source: '::' },
    ])
      expect(refusal(() => formatRule(rule as Rule))?.path).toMatch(/^(__proto__|constructor|source)$/);
  });

  test('whose conditions are all undefined is refused, since it would be for all packets', () => {
    for (const rule of [
      { source: undefined, target: 'DROP' },
      { source: undefined, match: [], target: 'DROP' },
      { match: undefined, target: 'DROP' },
      { source: undefined, destination: undefined },
      { fragment: undefined },
      { protocol: 'tcp', match: [{ tcp: { dport: undefined } }], target: 'DROP' },
    ] as unknown as Rule[])
      expect(refusal(() => formatRule(rule))).toMatchObject({
        code: 'ERR_BAD_RULE',
        message: expect.stringContaining('all packets'),
      });
    // A key whose value is undefined is absent.
    const rules: [unknown, string][] = [
      [{ source: undefined, protocol: 'tcp', target: undefined }, '-p tcp'],
      [{ target: 'DROP', counters: undefined, entry: undefined }, '-j DROP'],
      [{ protocol: 'tcp', match: [{ tcp: { dport: 1, sport: undefined } }] }, '-p tcp -m tcp --dport 1'],
      [{ protocol: 'tcp', match: [{ tcp: {} }] }, '-p tcp -m tcp'],
      [{ target: { LOG: { logPrefix: undefined } } }, '-j LOG'],
    ];
    for (const [rule, text] of rules) expect(formatRule(rule as Rule)).toBe(text);
  });

  test('has no holes and no empty lists where they would say everything', () => {
    for (const [path, match] of [
      ['match[0].multiport.dports[0]', { multiport: { dports: holed(80) } }],
      ['match[0].multiport.dports', { multiport: { dports: [] } }],
      ['match[0].addrtype.srcType', { addrtype: { srcType: [] } }],
      ['match[0].conntrack.ctstate', { conntrack: { ctstate: [] } }],
      ['match[0].conntrack.ctstate', { conntrack: { ctstate: { not: [] } } }],
      ['match[0].state.state', { state: { state: [] } }],
      ['match[0].time.weekdays', { time: { weekdays: { not: [] } } }],
    ] as [string, never][])
      expect(refusal(() => formatRule({ protocol: 'tcp', match: [match] }))?.path).toBe(path);
    expect(refusal(() => formatRule({ match: holed({ mark: { mark: 1 } }) as never }))?.path).toBe('match[0]');
  });

  test('that is too deep, too long, goes round in a circle or throws when it is read is refused', () => {
    const circle: Record<string, unknown> = {};
    circle.not = circle;
    const throws = Object.defineProperty({}, 'source', {
      get() {
        throw new Error('no');
      },
    });
    const long: unknown[] = [];
    long.length = 2 ** 32 - 1;
    for (const rule of [{ source: circle }, throws, { match: long }, { match: [{ multiport: { dports: long } }] }])
      expect(refusal(() => formatRule(rule as unknown as Rule))?.code).toBe('ERR_BAD_RULE');
  });
});

/** Values that nobody means. */
// biome-ignore format: a table
const ODD: readonly unknown[] = [
  [[]], [null], [[1]], [['NEW']], {}, { not: undefined }, { not: { not: 1 } }, { not: { not: 'NEW' } }, null, false, ' x',
  Number.NaN, -1, 0.5, 1e21, Number.POSITIVE_INFINITY, -1n, 2n ** 64n, 2 ** 53 + 2, Symbol('x'), () => 1, { value: 1 }, { mask: 1 },
  'a\0', '\n', '\ud800', '__proto__', 'constructor', ['__proto__'], ['toString'], { toString: () => '8' }, ['x'.repeat(300)],
  'x'.repeat(5000), { [Symbol.toPrimitive]: () => '8' }, ...SHELLS.slice(5),
];
/** Options that take a text of any bytes, or of any name. */
const ANY =
  /^(string\.(string|hexString)|comment|helper|LED|recent\.name|hashlimit\.|rateest\.|RATEEST|nfacct|osf|bpf|cgroup\.path|owner\.cmd|SECMARK|CT|TEE|IDLETIMER|NFLOG|LOG|ULOG|physdev|set\.|SET\.|connlabel|realm|devgroup)/;

for (const family of families)
  describe(`an option of ${family}`, () => {
    const codec = new EntryCodec(anyKernel(family));
    test('takes no odd value, but where any text will do, and says which it is', () => {
      const taken: string[] = [];
      for (const extension of all.filter((e) => e.families.includes(family)))
        for (const { key } of new Set(extension.words.values()))
          for (const value of ODD) {
            const element = { [extension.name]: { ...extension.definition.example, [key]: value } };
            const protocol = extension.definition.where?.protocols?.[0];
            const rule = {
              ...(protocol === undefined ? {} : { protocol }),
              ...(extension.kind === 'match' ? { match: [element] } : { target: element }),
            } as Rule;
            let entry: Uint8Array | undefined;
            const error = refusal(() => (entry = codec.encode(rule).slice()));
            const option = `${extension.name}.${key}`;
            if (!entry) expect([option, error?.code]).toEqual([option, 'ERR_BAD_RULE']);
            else if (!ANY.test(option) || typeof value !== 'string' || !said(entry, extension, codec))
              taken.push(`${option}: ${String(typeof value === 'object' ? JSON.stringify(value) : String(value))}`);
          }
      expect(taken).toEqual([]);
    });
  });

/** Whether it isn't read as bytes that nobody understands. */
function said(entry: Uint8Array, { kind, name }: AnyExtension, codec: EntryCodec): boolean {
  const { match, target } = codec.decode(new Memory(entry, 0, codec.kernel), 0) as {
    match?: object[];
    target?: object;
  };
  const element = (kind === 'match' ? match![0] : target) as Record<string, object>;
  return element[name] !== undefined && !('data' in element[name]);
}

describe('what is given', () => {
  const open = () => Firewall.open({ backend: new MemoryBackend('ipv4') });

  test('is read once: a rule is that of one moment', async () => {
    const firewall = await open();
    const chain = firewall.table('filter').chain('INPUT');
    let ports = 1;
    let reads = 0;
    await chain.append({
      protocol: 'tcp',
      match: [
        {
          tcp: {
            get dport() {
              reads++;
              return ports++;
            },
          },
        },
      ],
      get target() {
        reads++;
        return reads > 2 ? 'ACCEPT' : 'DROP';
      },
    });
    expect([reads, firewall.table('filter').stateSync().save().match(/-A.*/)?.[0]]).toEqual([
      2,
      '-A INPUT -p tcp -m tcp --dport 1 -j DROP',
    ]);
    await firewall.close();
  });

  test('may append another rule when it is read', async () => {
    const firewall = await open();
    const chain = firewall.table('filter').chain('INPUT');
    const inner: Promise<void>[] = [];
    await chain.append({
      source: '10.0.0.1',
      get match() {
        inner.push(
          chain.append({ source: '10.0.0.2', protocol: 'udp', match: [{ mark: { mark: 1 } }], target: 'DROP' }),
        );
        return [
          {
            comment: {
              get comment() {
                inner.push(chain.append('-s 10.0.0.3 -j REJECT'));
                return 'outer';
              },
            },
          },
        ];
      },
      target: 'ACCEPT',
    });
    await Promise.all(inner);
    expect(new Set(firewall.table('filter').stateSync().save().match(/-A.*/g))).toEqual(
      new Set([
        '-A INPUT -s 10.0.0.1/32 -m comment --comment outer -j ACCEPT',
        '-A INPUT -s 10.0.0.2/32 -p udp -m mark --mark 0x1 -j DROP',
        '-A INPUT -s 10.0.0.3/32 -j REJECT --reject-with icmp-port-unreachable',
      ]),
    );
    await firewall.close();
  });

  test('is not kept: it may be changed and used again', async () => {
    const firewall = await open();
    const chain = firewall.table('filter').chain('INPUT');
    const ports = [1];
    const rule = { protocol: 'tcp', match: [{ multiport: { dports: ports } }] };
    const first = chain.append(rule);
    ports[0] = 2;
    await Promise.all([first, chain.append(rule)]);
    expect(
      firewall
        .table('filter')
        .stateSync()
        .save()
        .match(/dports \d/g),
    ).toEqual(['dports 1', 'dports 2']);
    await firewall.close();
  });
});

describe('what is read', () => {
  test('is frozen, since equal rules share it', async () => {
    const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4') });
    const table = firewall.table('filter');
    const rule = '-p tcp -m tcp --dport 1:2 -m conntrack ! --ctstate NEW -c 1 2 -j LOG --log-prefix x';
    await table.chain('INPUT').appendAll([rule, rule, rule, '-j DROP', {}]);
    for (let i = 0; i < 3; i++) await table.chain('INPUT').list();
    const state = await table.state();
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    for (const rules of [
      await table.chain('INPUT').list(),
      table.chain('INPUT').listSync(),
      state.chain('INPUT')!.rules,
    ])
      expect(frozen(rules)).toBe(true);
    expect(frozen(state.chain('INPUT')!.rule(1))).toBe(true);
    expect(Object.isFrozen(state.chains)).toBe(true);
    await firewall.close();
  });
});
