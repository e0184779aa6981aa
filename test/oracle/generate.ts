/**
 * Rules to try, as fast-check arbitraries: the settings of an extension from its definition alone (what an option's
 * value is, `number | [low, high]`, is said there for the documentation), and whole rules around them. A value that
 * doesn't fit is left out again, until what is left is accepted.
 */
import fc from 'fast-check';
import type { AnyExtension, Family, Word } from '../../lib/codec/extension';
import { OptionMismatch } from '../../lib/codec/extension';
import type { Kernel } from '../../lib/codec/kernel';
import { isNot } from '../../lib/codec/operand';
import { Memory } from '../../lib/codec/struct';
import { IptcError, Mismatch } from '../../lib/errors';
import { registry } from '../../lib/extensions/registry';
import { protocolName } from '../../lib/net/databases';
import { EntryCodec } from '../../lib/rule/entry';
import type { Rule } from '../../lib/rule/rule';

type Values = fc.Arbitrary<unknown>;

const byte = fc.integer({ min: 0, max: 255 });
/** Small ones, the ends of 8, 16 and 32 bits, and any. */
const number = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 66 }),
  fc.constantFrom(
    127,
    128,
    254,
    255,
    256,
    1000,
    32767,
    32768,
    65534,
    65535,
    65536,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    0xffffffff,
  ),
  fc.integer({ min: 0, max: 65535 }),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const pair = (of: fc.Arbitrary<number>) => fc.tuple(of, of).map(([a, b]) => (a <= b ? [a, b] : [b, a]));
/** Whole ones, too. */
const range = fc.oneof(
  { arbitrary: pair(number), weight: 3 },
  { arbitrary: fc.constantFrom([0, 255], [0, 65535], [0, 0xffffffff]), weight: 1 },
);
const lowercase = fc
  .string({ unit: fc.constantFrom(...'abcxyz0189-_.'), minLength: 1, maxLength: 12 })
  .filter((s) => /^[a-z]/.test(s));
/** What people write in comments and prefixes: spaces, quotes, backslashes, dashes, other alphabets; no control characters. */
const text = fc.oneof(
  lowercase,
  fc
    .string({ unit: fc.constantFrom(...'ab Z09 "\\\'-!$%&;:,.#*?[]{}()=+~/éß語'), minLength: 1, maxLength: 24 })
    .filter((s) => s.trim() !== ''),
);

const ipv4 = fc.tuple(byte, byte, byte, byte).map((parts) => parts.join('.'));
const ipv6 = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
    .map((parts) => parts.map((n) => n.toString(16)).join(':')),
  fc.constantFrom('::1', '2001:db8::1', 'fe80::1', 'ff02::1', '2001:db8:0:1:1::', '::ffff:1.2.3.4', '1::'),
);
const address = (family: Family) => (family === 'ipv4' ? ipv4 : ipv6);
const network = (family: Family) =>
  family === 'ipv4'
    ? fc.oneof(
        ipv4,
        fc.tuple(ipv4, fc.integer({ min: 0, max: 32 })).map(([a, n]) => `${a}/${n}`),
        fc.tuple(ipv4, ipv4).map(([a, m]) => `${a}/${m}`),
      )
    : fc.oneof(
        ipv6,
        fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([a, n]) => `${a}/${n}`),
        fc.tuple(ipv6, ipv6).map(([a, m]) => `${a}/${m}`),
      ); // prettier-ignore
const mac = fc
  .tuple(byte, byte, byte, byte, byte, byte)
  .map((parts) => parts.map((n) => n.toString(16).padStart(2, '0')).join(':'));
const device = fc.oneof(fc.constantFrom('lo', 'eth0', 'eth+', 'wg0', 'br-lan.10', 'a23456789abcdef'), lowercase);
const rate = fc
  .tuple(fc.integer({ min: 1, max: 10000 }), fc.constantFrom('', '/sec', '/minute', '/hour', '/day'))
  .map(([n, unit]) => `${n}${unit}`);
const byteRate = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('b/s', 'kb/s', 'mb/s'))
  .map(([n, unit]) => `${n}${unit}`);
const big = fc.oneof(
  fc.integer({ min: 0, max: 70000 }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((n) => (n > 9007199254740991n ? String(n) : Number(n))),
);
const protocol = fc.oneof(fc.constantFrom('tcp', 'udp', 'icmp', 'esp', 'sctp', 'ipv6-icmp'), byte);

/** As an option's value: iptables takes a mask with holes for another one there (known.ts). */
const prefix = (family: Family) =>
  fc.oneof(
    address(family),
    fc.tuple(address(family), fc.integer({ min: 0, max: family === 'ipv4' ? 32 : 128 })).map(([a, n]) => `${a}/${n}`),
  );

/** By the word that stands for the value in help. */
const BY_METAVAR: Readonly<Record<string, (family: Family) => Values>> = {
  'address[/mask]': prefix,
  address,
  'address[-address]': address,
  'address[,address...]': (family) => fc.array(address(family), { minLength: 1, maxLength: 4 }),
  protocol: () => protocol,
  name: () => lowercase,
  'name[+]': () => device,
  text: () => text,
  'number[/unit]': () => rate,
  'number[/unit]|number[k|m]b/s': () => fc.oneof(rate, byteRate),
  rate: () =>
    fc
      .tuple(number, fc.constantFrom('bit', 'kbit', 'mbit', 'Kibit', 'bps', 'KBps', 'MiBps'))
      .map(([n, unit]) => `${n}${unit}`),
  'prefix/length': () =>
    fc
      .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(32, 48, 64))
      .map(([a, b, n]) => `2001:${a.toString(16)}${n === 32 ? '' : `:${b.toString(16)}`}::/${n}`),
};

const addressAndPorts = (family: Family) =>
  fc
    .tuple(
      fc.option(address(family)),
      fc.boolean(),
      address(family),
      fc.option(
        fc.oneof(
          fc.integer({ min: 1, max: 65535 }).map(String),
          pair(fc.integer({ min: 1, max: 65535 })).map((p) => p.join('-')),
        ),
      ),
    ) // prettier-ignore
    .map(([a, range, b, ports]) => {
      const addresses = a === null ? '' : range ? `${a}-${b}` : a;
      return `${family === 'ipv6' && addresses !== '' && ports !== null ? `[${addresses.replace('-', ']-[')}]` : addresses}${ports === null ? '' : `:${ports}`}`;
    });
const setAndFlags = () =>
  fc.record({
    setname: fc.constantFrom(...SETS),
    flags: fc.array(fc.constantFrom('src', 'dst'), { minLength: 1, maxLength: 4 }),
  });
const tcpFlags = fc.subarray(['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']);
const u32Number = fc
  .oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 0xffffffff }))
  .map((n) => `0x${n.toString(16)}`);
const u32Test = fc
  .tuple(
    u32Number,
    fc.array(
      fc.oneof(
        fc.tuple(fc.constantFrom('&', '@'), u32Number),
        fc.tuple(fc.constantFrom('<<', '>>'), fc.integer({ min: 0, max: 31 })),
      ),
      { maxLength: 4 },
    ),
    fc.array(u32Number, { minLength: 1, maxLength: 4 }),
  )
  .map(([first, steps, values]) => `${first}${steps.flat().join('')}=${values.join()}`);
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'));
const date = fc
  .tuple(fc.integer({ min: 1971, max: 2037 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }), time)
  .map(([y, m, d, t]) => `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}T${t}`);

const policyElements = (family: Family) =>
  fc.array(
    fc.record(
      {
        reqid: number,
        spi: number,
        proto: fc.constantFrom('ah', 'esp', 'ipcomp'),
        mode: fc.constant('tunnel'),
        tunnelDst: prefix(family),
        tunnelSrc: prefix(family),
      },
      { requiredKeys: ['mode'] },
    ),
    { minLength: 1, maxLength: 3 },
  );

/** The ip_sets that there are wherever these rules are tried. */
export const SETS = ['hosts', 'set-2', 'ports'] as const;
/** Where a definition doesn't say enough: by option, or by extension and option. */
const BY_OPTION: Readonly<Record<string, (family: Family) => Values>> = {
  'mac-source': () => mac,
  clustermac: () => mac.map((address) => `01${address.slice(2)}`),
  'tcp-flags': () => fc.record({ mask: tcpFlags.filter((f) => f.length > 0), comp: tcpFlags }),
  'icmp-type': () =>
    fc.oneof(
      fc.constantFrom('any', 'echo-request', 'host-unreachable'),
      fc.integer({ min: 0, max: 254 }),
      fc.tuple(byte, byte).map((p) => p.join('/')),
    ),
  'icmpv6-type': () =>
    fc.oneof(
      fc.constantFrom('echo-request', 'no-route'),
      byte,
      fc.tuple(byte, byte).map((p) => p.join('/')),
    ),
  'to-source': addressAndPorts,
  'to-destination': addressAndPorts,
  'set-class': () =>
    fc
      .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }))
      .map((p) => p.map((n) => n.toString(16).padStart(4, '0')).join(':')),
  'match-set': setAndFlags,
  'add-set': setAndFlags,
  'del-set': setAndFlags,
  'map-set': setAndFlags,
  'chunk-types': () =>
    fc.record({
      match: fc.constantFrom('all', 'any', 'only'),
      chunks: fc.oneof(
        fc.constantFrom('ALL', 'NONE'),
        fc
          .tuple(
            fc.subarray(['INIT', 'SACK', 'ABORT:T', 'SHUTDOWN', 'ASCONF']),
            fc.constantFrom('DATA', 'DATA:Ube', 'SHUTDOWN_COMPLETE:t'),
          )
          .map(([a, b]) => [...a, b]),
      ),
    }),
  u32: () => fc.array(u32Test, { minLength: 1, maxLength: 4 }).map((tests) => tests.join('&&')),
  'hex-string': () =>
    fc
      .tuple(lowercase, fc.uint8Array({ minLength: 1, maxLength: 8 }))
      .map(([a, b]) => `${a}|${Buffer.from(b).toString('hex')}|`),
  'rateest-interval': () => fc.constantFrom('250ms', '0.5s', '1s', '2s', '4s', '8s'),
  'rateest-ewmalog': () => fc.constantFrom('1s', '4s', '16s', '30s'),
  // 1.8.9 takes one queue more than 1.8.11.
  'queue-balance': () => pair(fc.integer({ min: 0, max: 65534 })),
  'hashlimit-burst': () =>
    fc.oneof(
      fc.integer({ min: 1, max: 20000 }),
      fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom('b', 'kb', 'mb')).map((p) => p.join('')),
    ),
  // Beyond that, it depends on the kernel's clock what it can count.
  'limit limit': () => rate.filter((r) => !r.endsWith('day')),
  'limit-burst': () => fc.integer({ min: 1, max: 30 }),
  // Of more nodes, iptables-save prints what iptables doesn't read.
  'cluster-local-nodemask': () => fc.integer({ min: 1, max: 32 }),
  'cluster-local-node': () => fc.integer({ min: 1, max: 6 }),
  quota: () => big,
  connbytes: () =>
    fc.oneof(
      big,
      fc.tuple(big, big).map(([a, b]) => (BigInt(a) <= BigInt(b) ? [a, b] : [b, a])),
    ),
  'packets-eq': () => big,
  'packets-lt': () => big,
  'bytes-gt': () => big,
  monthdays: () =>
    fc.subarray(
      Array.from({ length: 31 }, (_, i) => i + 1),
      { minLength: 1 },
    ),
  timestart: () => time,
  timestop: () => time,
  datestart: () => date,
  datestop: () => date,
  bytecode: () => fc.constantFrom('4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0', '1,6 0 0 65535'),
  'strip-options': () => fc.subarray([2, 3, 5, 8, 19, 40, 255], { minLength: 1 }),
  'hbh-opts': () => fc.array(fc.oneof(byte, fc.record({ type: byte, length: byte })), { minLength: 1, maxLength: 5 }),
  'dst-opts': () => fc.array(fc.oneof(byte, fc.record({ type: byte, length: byte })), { minLength: 1, maxLength: 5 }),
  'rt-type': () => fc.constantFrom(0, 0, 1, 2, 43),
  'hmark-tuple': () => fc.subarray(['ct', 'src', 'dst', 'sport', 'dport', 'proto', 'spi'], { minLength: 1 }),
  next: policyElements,
  'CT timeout': () => fc.constantFrom('policy-1'),
  'recent mask': (family) => address(family),
  probability: () => fc.oneof(fc.constantFrom(0, 1, 0.5, 0.001), fc.double({ min: 0, max: 1, noNaN: true })),
};

function split(type: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < type.length; i++) {
    if ('([{<'.includes(type[i]!)) depth++;
    else if (')]}>'.includes(type[i]!)) depth--;
    else if (type[i] === '|' && depth === 0) {
      parts.push(type.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...parts, type.slice(from).trim()];
}

/** The values of a type as documentation shows it; undefined if it doesn't say enough. */
function ofType(type: string): Values | undefined {
  const all = split(type).map((part): Values | undefined => {
    if (part === 'true') return fc.constant(true);
    if (part === 'number') return number;
    if (part === '[low, high]') return range;
    if (part === '{ value, mask }') return fc.record({ value: number, mask: number });
    if (/^'[^']*'$/.test(part)) return fc.constant(part.slice(1, -1));
    if (/^\(.*\)\[\]$/s.test(part)) {
      const inner = split(part.slice(1, -3));
      if (inner.every((p) => /^'[^']*'$/.test(p)))
        return fc.subarray(
          inner.map((p) => p.slice(1, -1)),
          { minLength: 1 },
        );
      const one = ofType(part.slice(1, -3));
      return one && fc.array(one, { minLength: 1, maxLength: 8 });
    }
    return undefined;
  });
  const known = all.filter((a) => a !== undefined);
  return known.length === 0 ? undefined : fc.oneof(...known);
}

/** What an option may be given; undefined if nothing is known to fit. */
export function valuesOf(extension: AnyExtension, word: Word, family: Family): Values | undefined {
  const special = BY_OPTION[`${extension.name} ${word.name}`] ?? BY_OPTION[word.name];
  const { type, metavar } = word.operand;
  const parts = split(type);
  const texts = parts.some((part) => part === 'string' || part === 'string[]')
    ? BY_METAVAR[metavar]?.(family)
    : undefined;
  const all = special ? [special(family)] : [texts, ...(texts && !parts.includes('true') ? [] : [ofType(type)])];
  const known = all.filter((values) => values !== undefined);
  if (known.length === 0) return undefined;
  const value = fc.oneof(...known);
  const given = word.negatable
    ? fc.tuple(value, fc.integer({ min: 0, max: 2 })).map(([v, n]) => (n === 0 ? { not: v } : v))
    : value;
  return word.repeatable ? fc.array(given, { minLength: 1, maxLength: 3 }).map((list) => list.flat()) : given;
}

/** An option that has to be among the settings, negated or not. */
interface Wanted {
  readonly key: string;
  readonly not: boolean;
}

/** Settings that the extension accepts in a rule of some protocol, synonyms among them; undefined where that fails. */
export function settingsOf(
  extension: AnyExtension,
  family: Family,
  kernel: Kernel,
  wanted?: Wanted,
): fc.Arbitrary<Settings | undefined> {
  const fields: Record<string, Values> = {};
  for (const word of new Set(extension.words.values())) {
    const values = valuesOf(extension, word, family);
    if (values) fields[word.key] = values;
  }
  // Few of them, in any order: that of the first ones to stay if they can't all be together.
  const keys = fc.shuffledSubarray(Object.keys(fields), { maxLength: Math.min(8, Object.keys(fields).length) });
  return fc.tuple(fc.record(fields), keys).map(([values, chosen]) => {
    const given = chosen.map((key) => [key, values[key]] as const);
    if (!wanted) return accepted(extension, family, kernel, given);
    const value = isNot(values[wanted.key]) ? (values[wanted.key] as { not: unknown }).not : values[wanted.key];
    const first = [wanted.key, wanted.not ? { not: value } : value] as const;
    const others = given.filter(([key]) => key !== wanted.key);
    return accepted(extension, family, kernel, [first, ...others], first);
  });
}

/**
 * Settings to try: some by chance, and for each option of the revision at least one that has it, negated too where that
 * can be; `untried` are those options for which there is none.
 */
export function settingsToTry(
  extension: AnyExtension,
  family: Family,
  kernel: Kernel,
  seed: number,
  runs: number,
): { tried: Settings[]; untried: string[] } {
  const sample = (wanted: Wanted | undefined, numRuns: number) =>
    fc.sample(settingsOf(extension, family, kernel, wanted), { seed, numRuns }).filter((s) => s !== undefined);
  const tried = sample(undefined, runs);
  const untried: string[] = [];
  const entries = extension.revisionFor(kernel)?.entries.map(({ key }) => key) ?? [];
  for (const { key, name, negatable, expand, repeatable } of new Set(extension.words.values())) {
    if (!expand && !entries.includes(key)) continue;
    for (const not of negatable && !repeatable ? [false, true] : [false]) {
      const has = (s: Settings) => key in s && isNot(s[key]) === not;
      if (tried.some(has)) continue;
      const found = sample({ key, not }, 25).find(has);
      if (found) tried.push(found);
      else untried.push(`${not ? '! ' : ''}--${name}`);
    }
  }
  return { tried, untried };
}

/** As many of these settings as can be together, with the example's where nothing else will do. */
function accepted(
  extension: AnyExtension,
  family: Family,
  kernel: Kernel,
  given: readonly (readonly [string, unknown])[],
  wanted?: readonly [string, unknown],
): Settings | undefined {
  const revision = extension.revisionFor(kernel);
  if (!revision) return undefined;
  const memory = new Memory(new Uint8Array(revision.size), 0, kernel);
  const fitsWith = (settings: Settings, protocol: number): boolean => {
    try {
      const canonical = extension.canonical(settings);
      revision.encode(canonical, memory);
      extension.check(canonical, { family, protocol, protocolNegated: false } as Facts);
      return true;
    } catch (error) {
      if (error instanceof OptionMismatch || error instanceof Mismatch) return false;
      throw error;
    }
  };
  // Some options ask for TCP.
  const protocols = extension.definition.where?.protocols ?? [0, 6];
  const fits = (settings: Settings) =>
    (!wanted || wanted[0] in settings) && protocols.some((protocol) => fitsWith(settings, protocol));

  const example = (extension.definition.example ?? {}) as Settings;
  const base = first(bases(given, wanted, example), fits);
  if (!base) return undefined;
  let settings: Settings = base;
  for (const [key, value] of given) {
    const more: Settings = { ...settings, [key]: value };
    const less: Settings[] = [more, ...Object.keys(settings).map((other) => omit(more, other))];
    settings = less.find(fits) ?? settings;
  }
  // What only the example brought, and isn't needed.
  for (const key of Object.keys(settings)) {
    const less = omit(settings, key);
    if (!given.some(([k]) => k === key) && fits(less)) settings = less;
  }
  return settings;
}
type Settings = Record<string, unknown>;
const omit = (settings: Settings, key: string): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([k]) => k !== key)); // prettier-ignore
const first = <T>(all: Iterable<T>, fits: (one: T) => boolean): T | undefined => {
  for (const one of all) if (fits(one)) return one;
  return undefined;
};
/** What to begin from: a few of them, or the example, or what is left of it beside what is wanted. */
function* bases(given: Given, wanted: readonly [string, unknown] | undefined, example: Settings): Generator<Settings> {
  if (!wanted) {
    yield* combinations(given, 3);
    yield example;
    return;
  }
  const alone = { [wanted[0]]: wanted[1] };
  for (const some of combinations(given.slice(1), 4)) yield { ...some, ...alone };
  yield { ...example, ...alone };
  for (const key of Object.keys(example)) yield { ...omit(example, key), ...alone };
}
/** None of them, each alone, and so on. */
function* combinations(given: Given, most: number): Generator<Settings> {
  let all: { some: Settings; from: number }[] = [{ some: {}, from: 0 }];
  for (let size = 0; size <= most; size++) {
    for (const { some } of all) yield some;
    all = all.flatMap(({ some, from }) =>
      given.slice(from).map(([key, value], i) => ({ some: { ...some, [key]: value }, from: from + i + 1 })),
    ); // prettier-ignore
  }
}
type Given = readonly (readonly [string, unknown])[];
type Facts = Parameters<AnyExtension['check']>[1];

/** Tables and chains to put rules into; `user-1` may jump to `user-2`. */
export const PLACES = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT', 'user-1'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING', 'user-1'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'user-1'],
  raw: ['PREROUTING', 'OUTPUT', 'user-1'],
} as const;
export interface Placed {
  readonly table: keyof typeof PLACES;
  readonly chain: string;
  readonly rule: Rule;
}
const places = Object.entries(PLACES).flatMap(([table, chains]) =>
  chains.map((chain) => [table as keyof typeof PLACES, chain] as const),
);

/** Whole rules: everything that a header can hold, up to three matches, and a target, in a chain that allows them. */
export function rules(family: Family, kernel: Kernel, extensions: readonly AnyExtension[]): fc.Arbitrary<Placed> {
  const codec = new EntryCodec(kernel);
  const element = (kind: 'match' | 'target') => {
    const all = extensions.filter((e) => e.kind === kind && e.families.includes(family) && e.revisionFor(kernel));
    return all.map((e) => settingsOf(e, family, kernel).map((settings) => settings && { [e.name]: settings }));
  };
  const not = (values: Values) =>
    fc.tuple(values, fc.integer({ min: 0, max: 4 })).map(([v, n]) => (n === 0 ? { not: v } : v));
  const maybe = (values: Values, freq = 1) => fc.option(values, { freq, nil: undefined });
  const big = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
  const [matches, targets] = [element('match'), element('target')];
  const simple = fc.constantFrom('ACCEPT', 'DROP', 'RETURN', 'QUEUE', 'user-2', { goto: 'user-2' }, undefined);
  const rule = fc.record({
    protocol: maybe(not(fc.oneof(protocol, fc.constantFrom('tcp', 'udp', 'all')))),
    source: maybe(not(network(family))),
    destination: maybe(not(network(family))),
    inInterface: maybe(not(device)),
    outInterface: maybe(not(device)),
    fragment:
      family === 'ipv4'
        ? fc.option(not(fc.constant(true)), { freq: 5, nil: undefined }).map((v) => v)
        : fc.constant(undefined),
    match:
      matches.length > 0
        ? fc.array(fc.oneof(...matches), { maxLength: 3 }).map((list) => list.filter((m) => m !== undefined))
        : fc.constant([]),
    target: targets.length > 0 ? fc.oneof(simple, fc.oneof(...targets)) : simple,
    counters: fc.option(fc.record({ packets: big, bytes: big }), { freq: 3, nil: undefined }),
  });
  return fc.tuple(rule, fc.shuffledSubarray(places, { minLength: places.length, maxLength: places.length })).map(
    ([given, order]) =>
      settle(given as Record<string, unknown>, order, family, codec) ?? {
        table: 'filter',
        chain: 'FORWARD',
        rule: {},
      },
  );
}

/** A rule around this element, where it is allowed: with no more than it needs. */
export function ruleOf(
  extension: AnyExtension,
  settings: Record<string, unknown>,
  family: Family,
  kernel: Kernel,
): Placed | undefined {
  const element = { [extension.name]: settings };
  const codec = new EntryCodec(kernel);
  const rule = extension.kind === 'match' ? { match: [element], target: 'ACCEPT' } : { target: element };
  const syn = { protocol: 'tcp', match: [{ tcp: { tcpFlags: { mask: ['SYN', 'RST'], comp: ['SYN'] } } }] };
  return settle(rule, places, family, codec, true) ?? settle({ ...rule, ...syn }, places, family, codec, true);
}

/** The first place that takes the rule, or what is left of it when what is blamed is gone. */
function settle(
  given: Record<string, unknown>,
  order: readonly (readonly [keyof typeof PLACES, string])[],
  family: Family,
  codec: EntryCodec,
  whole = false,
): Placed | undefined {
  const rule = withProtocol(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    family,
  );
  for (let tries = 0; tries < 12; tries++) {
    let first: IptcError | undefined;
    for (const [table, chain] of order) {
      // Which the kernel would take, but iptables not.
      if (table === 'nat' && rule.target === 'DROP') continue;
      try {
        codec.encode(rule as Rule, { table, chain });
        return { table, chain, rule: rule as Rule };
      } catch (error) {
        if (!(error instanceof IptcError)) throw error;
        first ??= error;
      }
    }
    if (whole) return undefined;
    const [, part, index] = /^(\w+)(?:\[(\d+)\])?/.exec(first?.path ?? '') ?? [];
    if (part === 'match' && index !== undefined)
      rule.match = (rule.match as unknown[]).filter((_, i) => i !== Number(index));
    else if (part === 'target') rule.target = 'ACCEPT';
    else if (part !== undefined && rule[part] !== undefined) delete rule[part];
    else return undefined;
  }
  return undefined;
}

/** With a protocol that the first element which needs one allows. */
function withProtocol(rule: Record<string, unknown>, family: Family): Record<string, unknown> {
  const { match = [], target, protocol } = rule as { match?: object[]; target?: unknown; protocol?: unknown };
  const kinds = [
    ...match.map((element) => ['match', element] as const),
    ...(typeof target === 'object' ? [['target', target!] as const] : []),
  ];
  for (const [kind, element] of kinds) {
    const protocols = registry[kind].find(family, Object.keys(element)[0]!)?.definition.where?.protocols;
    if (!protocols) continue;
    const fits = !isNot(protocol) && protocols.some((p) => protocol === p || protocol === protocolName(p));
    return fits ? rule : { ...rule, protocol: protocolName(protocols[0]!) ?? protocols[0] };
  }
  return rule;
}
