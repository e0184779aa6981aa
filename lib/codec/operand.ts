/** The user's side of an extension: the words after an option, as a typed value, in a struct. */
import { alternatives, Mismatch, nearest } from '../errors';
import { ADDRESS, formatMac, formatNetwork, parseMac, parseNetwork, prefixLength, prefixMask } from '../net/address';
import { protocolName, protocolNumber, serviceName, servicePort } from '../net/databases';
import { hex, parseBigNumber, parseNumber } from '../net/number';
import { decodeText, encodeText, quote } from '../net/text';
import type { Kernel } from './kernel';
import { Member, type Memory, maxOf, type Place } from './struct';

/** What words may depend on: the family, the rule's protocol (0 if it names none), names in the kernel. */
export interface Context {
  readonly kernel: Kernel;
  readonly protocol: number;
}

/** A two-way lens: one value, seen as bytes in a struct and as words on a command line. */
export interface Operand<T> extends Place<T> {
  /** How many words it takes; 'maybe' is one that doesn't look like an option. */
  readonly words: 0 | 1 | 2 | 'maybe';
  /** The words as help shows them: `port[:port]`. */
  readonly metavar: string;
  /** The value's type, as documentation shows it. */
  readonly type: string;
  /** The words as iptables-save prints them, quoted where it quotes; undefined where it says nothing at all. */
  print(value: T, context: Context): string | undefined;
  /** Throws a Mismatch if the words can't be such a value; its limits are checked by write. */
  parse(words: readonly string[], context: Context): T;
  /** The member that holds the value as it is, to be quoted where iptables-save quotes. */
  readonly quoted?: Member<string>;
}
export type Not<T> = { readonly not: T };
export const isNot = (value: unknown): value is Not<unknown> =>
  typeof value === 'object' && value !== null && 'not' in value && Object.keys(value).length === 1;
/** The value, negated or not. */
export const bare = <T>(value: T | Not<T>): T => (isNot(value) ? value.not : value) as T;
/** As listings mostly show it: `! 5`. */
export const shown = <T>(value: T | Not<T>, print: (value: T) => string = String): string =>
  `${isNot(value) ? '! ' : ''}${print(bare(value))}`;

/** An operand of one word, from its parts. */
export const operand = <T>(
  metavar: string,
  type: string,
  place: Place<T>,
  print: (value: T, context: Context) => string | undefined,
  parse: (word: string, context: Context) => T,
): Operand<T> => ({
  words: 1,
  metavar,
  type,
  read: (m) => place.read(m),
  write: (m, value) => place.write(m, value),
  print,
  parse: (words, context) => parse(words[0]!, context),
});

/** The same place seen as another type. */
export const mapped = <A, B>(place: Place<A>, to: (a: A, m: Memory) => B, from: (b: B, m: Memory) => A): Place<B> => ({
  read: (m) => to(place.read(m), m),
  write: (m, value) => place.write(m, from(value, m)),
});

/** The same place, for some values only. */
export const limited = (place: Place<number>, min: number, max: number): Place<number> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (!Number.isInteger(value) || value < min || value > max)
      throw new Mismatch(`an integer from ${min} to ${max}`, value);
    place.write(m, value);
  },
});

export function toNumber(word: string, expected = 'a number'): number {
  const value = parseNumber(word);
  if (value === undefined) throw new Mismatch(expected, word);
  return value;
}

/** `--length 40`. Limits beyond those of the member's type are given here. */
export const integer = (
  place: Place<number>,
  min?: number,
  max?: number,
  print: (n: number) => string = String,
): Operand<number> =>
  operand('number', 'number', min === undefined ? place : limited(place, min, max ?? maxOf(4)), print, (word) =>
    toNumber(word, min === undefined ? undefined : `a number from ${min} to ${max ?? maxOf(4)}`),
  );
export const hexInteger = (place: Place<number>): Operand<number> => integer(place, undefined, undefined, hex);

/** An integer that may be beyond 2^53 - 1: then it's a decimal string as data. bigint is accepted. */
export type Big = number | string;
export const toBig = (value: bigint): Big => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value));
export function fromBig(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value);
  throw new Mismatch('an integer from 0 to 18446744073709551615 (a string beyond 2^53-1)', value);
}
export const bigInteger = (place: Place<bigint>): Operand<Big> =>
  operand<Big>('number', 'number | string', mapped(place, toBig, fromBig), String, (word) => {
    const value = parseBigNumber(word);
    if (value === undefined) throw new Mismatch('a number', word);
    return toBig(value);
  });

export type Range = number | readonly [low: number, high: number];
/** Its ends, in any order: iptables takes most reversed ranges, which match nothing, and so does the kernel. */
export function toEnds(value: unknown): readonly [number, number] {
  if (typeof value === 'number') return [value, value];
  if (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number'))
    return value as [number, number];
  throw new Mismatch('a number or a range [low, high]', value);
}
export function toRange(value: unknown): readonly [number, number] {
  const ends = toEnds(value);
  if (ends[0] > ends[1]) throw new Mismatch('a range [low, high] in that order', value);
  return ends;
}
export const fromRange = (low: number, high: number): Range => (low === high ? low : [low, high]);

/** `40:1500`; an open end is 0 or `max`, or not allowed if that is undefined. */
export function parseRange(
  word: string,
  one: (word: string) => number,
  max: number | undefined,
  separator = ':',
): Range {
  const parts = word.split(separator);
  if (parts.length > 2) throw new Mismatch(`a number or a range low${separator}high`, word);
  if (parts.length === 1) return one(word);
  const low = parts[0] === '' && max !== undefined ? 0 : one(parts[0]!);
  const high = parts[1] === '' && max !== undefined ? max : one(parts[1]!);
  return fromRange(low, high);
}
export const printRange = (range: Range, separator = ':'): string =>
  typeof range === 'number' ? `${range}` : range.join(separator);

/** Two members that hold the ends of a range; without `high`, the struct has room for one number only. */
export const ends = (low: Place<number>, high?: Place<number>): Place<Range> => ({
  read: (m) => (high ? fromRange(low.read(m), high.read(m)) : low.read(m)),
  write(m, value) {
    const [a, b] = toEnds(value);
    if (a !== b && !high) throw new Mismatch('one number: this revision has no ranges', value);
    low.write(m, a);
    high?.write(m, b);
  },
});

/** A range that iptables refuses if it is reversed. */
export const ascending = (inner: Operand<Range>): Operand<Range> => ({
  ...inner,
  write(m, value) {
    toRange(value);
    inner.write(m, value);
  },
});

/** `--length 40:1500`. `max` is what an open end stands for. */
export const range = (low: Place<number>, high: Place<number> | undefined, max: number): Operand<Range> =>
  operand(
    'number[:number]',
    'number | [low, high]',
    ends(low, high),
    (v) => printRange(v),
    (word) =>
      parseRange(
        word,
        (w) => {
          const n = toNumber(w);
          if (n > max) throw new Mismatch(`a number from 0 to ${max}`, w);
          return n;
        },
        max,
      ),
  );

/** A port by number or service name. */
export function parsePort(word: string, context: Context): number {
  const number = parseNumber(word, 65535);
  if (number !== undefined) return number;
  const protocol = context.protocol === 0 ? undefined : protocolName(context.protocol);
  const port = servicePort(word, protocol);
  if (port === undefined) {
    throw new Mismatch(`a port (0 to 65535) or a service${protocol ? ` of ${protocol}` : ''} in /etc/services`, word);
  }
  return port;
}

/** The same, of whatever protocol, as getaddrinfo(3) has it: a number is decimal even behind a 0. */
export function parseAnyPort(word: string): number {
  const port = /^\d+$/.test(word)
    ? Number(word)
    : ['tcp', 'udp', 'dccp', 'udplite', 'sctp']
        .map((protocol) => servicePort(word, protocol))
        .find((n) => n !== undefined);
  if (port === undefined || port > 65535) throw new Mismatch('a port (0 to 65535) or a service in /etc/services', word);
  return port;
}

/** The port as -L prints it: its service's name unless numeric. */
export const portName = (port: number, protocol?: string): string => serviceName(port, protocol) ?? String(port);

export const port = (place: Place<number>): Operand<number> => operand('port', 'number', place, String, parseAnyPort);
/** `--dport 1024:65535`; services are of any protocol unless `parse` says otherwise. */
export const portRange = (
  low: Place<number>,
  high?: Place<number>,
  parse: (word: string, context: Context) => number = parseAnyPort,
): Operand<Range> =>
  operand(
    'port[:port]',
    'number | [low, high]',
    ends(low, high),
    (v) => printRange(v),
    (word, context) => parseRange(word, (w) => parse(w, context), 65535),
  );

/** An option without argument: there, or not. */
export const flag = (place: Place<boolean>): Operand<true> => ({
  words: 0,
  metavar: '',
  type: 'true',
  read: () => true,
  write(m, value) {
    if (value !== true) throw new Mismatch('true', value);
    place.write(m, true);
  },
  print: () => '',
  parse: () => true,
});

function unknownName(expected: string, word: unknown, names: readonly string[]): Mismatch {
  const near = typeof word === 'string' ? nearest(word, names) : undefined;
  return new Mismatch(`${expected}${near === undefined ? '' : ` (did you mean ${near}?)`}`, word);
}

/** The name that a word is, or begins, in any case: the first one, or with `alone` the only one. */
export function abbreviation<N extends string>(word: string, names: readonly N[], alone = false): N | undefined {
  const start = word.toLowerCase();
  const found = start === '' ? [] : names.filter((name) => name.toLowerCase().startsWith(start));
  if (alone && found.length > 1) throw new Mismatch(`a name that ${alternatives(found)} can be told apart by`, word);
  return found.find((name) => name.length === word.length) ?? found[0];
}
/** The same operand, whose words (separated by commas) may be abbreviated. */
export const abbreviated = <T>(inner: Operand<T>, names: readonly string[], alone = false): Operand<T> => ({
  ...inner,
  parse: (words, context) =>
    inner.parse(
      words.map((word) =>
        word
          .split(',')
          .map((part) => abbreviation(part, names, alone) ?? part)
          .join(),
      ),
      context,
    ),
});

/** `--ctdir REPLY`: one of several words. Case is ignored in text, as iptables mostly does. */
export function choice<const C extends Readonly<Record<string, number>>>(
  place: Place<number>,
  values: C,
): Operand<keyof C & string> {
  type Name = keyof C & string;
  const names = Object.keys(values) as Name[];
  const byValue = new Map(names.map((name) => [values[name] as number, name] as const).reverse());
  const byWord = new Map(names.map((name) => [name.toLowerCase(), name] as const));
  return operand<Name>(
    names.length > 6 ? 'name' : names.join('|'),
    names.map((n) => `'${n}'`).join(' | '),
    {
      // A value without a name decodes to something that can't be written again: the rule stays opaque.
      read: (m) => byValue.get(place.read(m)) ?? (`${place.read(m)}` as Name),
      write(m, name) {
        if (!Object.hasOwn(values, name)) throw unknownName(alternatives(names), name, names);
        place.write(m, values[name] as number);
      },
    },
    String,
    (word) => {
      const name = byWord.get(word.toLowerCase());
      if (name === undefined) throw unknownName(alternatives(names), word, names);
      return name;
    },
  );
}

/** `--ctstate NEW,ESTABLISHED`: names for the bits of a number, in the order in which they are printed. */
export function names<const N extends Readonly<Record<string, number>>>(
  place: Place<number>,
  bits: N,
  none?: string,
): Operand<readonly (keyof N & string)[]> {
  type Name = keyof N & string;
  const all = Object.keys(bits) as Name[];
  const byWord = new Map(all.map((name) => [name.toLowerCase(), name] as const));
  return operand<readonly Name[]>(
    'name[,name...]',
    `(${all.map((n) => `'${n}'`).join(' | ')})[]`,
    {
      read(m) {
        const word = place.read(m);
        return all.filter((name) => (word & (bits[name] as number)) !== 0);
      },
      write(m, value) {
        if (!Array.isArray(value)) throw new Mismatch(`a list of ${alternatives(all)}`, value);
        let word = 0;
        for (const name of value as readonly Name[]) {
          if (!Object.hasOwn(bits, name)) throw unknownName(alternatives(all), name, all);
          word = (word | (bits[name] as number)) >>> 0;
        }
        place.write(m, word);
      },
    },
    (value) => value.join(',') || none || '',
    (word) => {
      if (none !== undefined && word.toUpperCase() === none) return [];
      const given = new Set(
        word.split(',').map((part) => {
          const name = byWord.get(part.toLowerCase());
          if (name === undefined) throw unknownName(alternatives(all), part, all);
          return name;
        }),
      );
      return all.filter((name) => given.has(name));
    },
  );
}

/** Free text, quoted where iptables-save quotes. */
export const text = (place: Place<string>): Operand<string> =>
  quoted(place, line(place, 'a text that is not empty, without control characters'));
/** The same, where nothing at all is printed as a text too. */
export const anyText = (place: Place<string>): Operand<string> =>
  quoted(place, line(place, 'a text without control characters', true));
const quoted = (place: Place<string>, checked: Place<string>): Operand<string> => {
  const whole = operand('text', 'string', checked, quote, (word) => word);
  return place instanceof Member ? { ...whole, quoted: place } : whole;
};
/** A word that iptables-save prints as it is. */
export const word = (place: Place<string>): Operand<string> => operand('name', 'string', name(place), String, (w) => w);
/** Cuts a text that is too long, as iptables silently does: on a command line only; as data it is refused. */
export const cut = (size: number, inner: Operand<string>): Operand<string> => ({
  ...inner,
  parse(words, context) {
    const text = inner.parse(words, context);
    if (3 * text.length <= size) return text; // no character takes more bytes
    const bytes = encodeText(text);
    return bytes.length > size ? decodeText(bytes, 0, size) : text;
  },
});
/** A new text must not be able to end its line, nor a word its word, in a saved file; one that is in the kernel already stays opaque. */
const without = (unsafe: RegExp, expected: string, place: Place<string>, empty = false): Place<string> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (typeof value !== 'string' || (value === '' && !empty) || unsafe.test(value))
      throw new Mismatch(expected, value);
    place.write(m, value);
  },
});
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_WORDS = /[\u0000-\u0020\u007f"'\\]/;
/** Whether a name stands in a saved file as one word, without quotes. */
export const isWord = (name: string): boolean => name !== '' && !NOT_IN_WORDS.test(name);
const line = (place: Place<string>, expected: string, empty?: boolean) => without(CONTROLS, expected, place, empty);
const name = (place: Place<string>) =>
  without(NOT_IN_WORDS, 'a name that is not empty, without spaces, quotes, backslashes and control characters', place);

/** One of several words, which the kernel knows by themselves. */
export const keyword = <const W extends string>(place: Place<string>, words: readonly W[]): Operand<W> =>
  operand<W>(
    words.join('|'),
    words.map((w) => `'${w}'`).join(' | '),
    mapped<string, W>(
      place,
      (w) => w as W,
      (w) => {
        if (!words.includes(w)) throw unknownName(alternatives(words), w, words);
        return w;
      },
    ),
    String,
    (w) => {
      if (!words.includes(w as W)) throw unknownName(alternatives(words), w, words);
      return w as W;
    },
  );

/** A number that has a name in one of the system's files: the name if there is one. */
export const named = (
  place: Place<number>,
  table: () => { readonly byName: ReadonlyMap<string, number>; readonly byNumber: ReadonlyMap<number, string> },
  print: (n: number) => string = String,
): Operand<number | string> =>
  operand<number | string>(
    'name|number',
    'number | string',
    mapped<number, number | string>(
      place,
      (n) => table().byNumber.get(n) ?? n,
      (value) => {
        const n = typeof value === 'string' ? (table().byName.get(value) ?? parseNumber(value)) : value;
        if (n === undefined) throw new Mismatch('a number or a known name', value);
        return n;
      },
    ),
    (value) => (typeof value === 'number' ? print(value) : value),
    (w) => parseNumber(w) ?? w,
  );

/** A value under a mask: plain if the mask is all ones. */
export type Masked = number | { readonly value: number; readonly mask: number };
export function toMasked(value: unknown, full: number): { value: number; mask: number } {
  if (typeof value === 'number') return { value, mask: full };
  const pair = value as { value?: unknown; mask?: unknown } | null;
  if (typeof pair === 'object' && pair !== null && typeof pair.value === 'number' && typeof pair.mask === 'number') {
    return { value: pair.value, mask: pair.mask };
  }
  throw new Mismatch('a number or { value, mask }', value);
}
/** `0x1/0xff`; iptables prints both in hexadecimal. */
export const printMasked = (value: Masked, full: number): string => {
  const pair = toMasked(value, full);
  return pair.mask === full ? hex(pair.value) : `${hex(pair.value)}/${hex(pair.mask)}`;
};
export function parseMasked(word: string, full: number): Masked {
  const slash = word.indexOf('/');
  const number = (w: string) => {
    const n = parseNumber(w, full);
    if (n === undefined) throw new Mismatch(`a number from 0 to ${full}, or value/mask`, word);
    return n;
  };
  if (slash < 0) return number(word);
  const [value, m] = [number(word.slice(0, slash)), number(word.slice(slash + 1))];
  return m === full ? value : { value, mask: m };
}
export const maskedPlace = (value: Place<number>, valueMask: Place<number>, full: number): Place<Masked> => ({
  read(m) {
    const [v, k] = [value.read(m), valueMask.read(m)];
    return k === full ? v : { value: v, mask: k };
  },
  write(m, given) {
    const pair = toMasked(given, full);
    value.write(m, pair.value);
    valueMask.write(m, pair.mask);
  },
});
/** `--mark 0x1/0xff` in two members. `always` prints the mask even if it's full. */
export const masked = (
  value: Place<number>,
  valueMask: Place<number>,
  full = 0xffffffff,
  always = false,
): Operand<Masked> =>
  operand(
    'value[/mask]',
    'number | { value, mask }',
    maskedPlace(value, valueMask, full),
    (v) => {
      const pair = toMasked(v, full);
      return always ? `${hex(pair.value)}/${hex(pair.mask)}` : printMasked(v, full);
    },
    (w) => parseMasked(w, full),
  );

/**
 * `--ctorigsrc 10.0.0.1/8`: an address with the mask it is compared under; its host bits stay, as libxtables leaves them.
 * Without a mask, the whole member is compared: all of a nf_inet_addr, not the IPv4 address in it alone.
 */
export const network = (address: Place<Uint8Array>, netmask: Place<Uint8Array>): Operand<string> =>
  operand(
    'address[/mask]',
    'string',
    {
      read(m) {
        const bits = netmask.read(m);
        const text = formatNetwork(m.family, address.read(m), 0, bits, 0);
        return text.includes('/') || bits.every((byte) => byte === 255)
          ? text
          : `${text}/${8 * ADDRESS[m.family].size}`;
      },
      write(m, value) {
        const parsed = typeof value === 'string' ? parseNetwork(value, m.family, true) : undefined;
        if (!parsed)
          throw new Mismatch(`an ${m.family === 'ipv4' ? 'IPv4' : 'IPv6'} address with an optional mask`, value);
        address.write(m, parsed.address);
        netmask.write(m, value.includes('/') ? parsed.mask : netmask.read(m).fill(255));
      },
    },
    (value) => (value.includes(':') ? value : value.replace(/\/32$/, '')),
    (w) => w,
  );

/** One address of the rule's family. */
export const address = (place: Place<Uint8Array>): Operand<string> =>
  operand('address', 'string', addressPlace(place), String, (w) => w);
export const addressPlace = (place: Place<Uint8Array>): Place<string> => ({
  read: (m) => ADDRESS[m.family].format(place.read(m)),
  write: (m, value) => place.write(m, toAddress(value, m.family)),
});
export function toAddress(value: unknown, family: 'ipv4' | 'ipv6'): Uint8Array {
  const parsed = typeof value === 'string' ? ADDRESS[family].parse(value) : undefined;
  if (!parsed) throw new Mismatch(`an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`, value);
  return parsed;
}

/** `10.0.0.1-10.0.0.9`: two addresses of the rule's family, as data a pair; they need not be in order. */
export type AddressRange = string | readonly [low: string, high: string];
export function toAddressRange(value: unknown): readonly [string, string] {
  const ends: readonly unknown[] = typeof value === 'string' ? value.split('-') : Array.isArray(value) ? value : [];
  const [low, high = typeof value === 'string' ? low : undefined] = ends;
  if (ends.length > 2 || typeof low !== 'string' || typeof high !== 'string')
    throw new Mismatch('an address or a range [low, high] of them', value);
  return [low, high];
}
const fromAddressRange = (low: string, high: string): AddressRange => (low === high ? low : [low, high]);
export const addressRange = (low: Place<Uint8Array>, high: Place<Uint8Array>): Operand<AddressRange> => {
  const [first, last] = [addressPlace(low), addressPlace(high)];
  return operand<AddressRange>(
    'address[-address]',
    'string | [low, high]',
    {
      read: (m) => fromAddressRange(first.read(m), last.read(m)),
      write(m, value) {
        const pair = toAddressRange(value);
        first.write(m, pair[0]);
        last.write(m, pair[1]);
      },
    },
    (value) => toAddressRange(value).join('-'),
    (w, { kernel: { family } }) => {
      // Fewer parts are the network's, as in 10.1 for 10.1.0.0.
      const [start, end] = toAddressRange(w).map((part) => ADDRESS[family].parse(part, true));
      if (!start || !end)
        throw new Mismatch(`an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address, or address-address`, w);
      return fromAddressRange(ADDRESS[family].format(start), ADDRESS[family].format(end));
    },
  );
};

/** `--connlimit-mask 24`: a mask by the number of its leading ones; a mask in full is read too. */
export const prefix = (mask: Place<Uint8Array>): Operand<number> =>
  operand(
    'length',
    'number',
    {
      read(m) {
        const { size } = ADDRESS[m.family];
        const bytes = mask.read(m);
        for (let length = 8 * size; ; length--)
          if (prefixMask(length, size).every((byte, i) => (bytes[i]! & byte) === byte)) return length;
      },
      write(m, length) {
        const { size } = ADDRESS[m.family];
        if (!Number.isInteger(length) || length < 0 || length > 8 * size)
          throw new Mismatch(`an integer from 0 to ${8 * size}`, length);
        mask.write(m, prefixMask(length, size));
      },
    },
    String,
    parsePrefix,
  );
/** `24` or `255.255.255.0` */
export function parsePrefix(w: string, { kernel }: Context): number {
  const { size, parse } = ADDRESS[kernel.family];
  const bytes = parse(w);
  const length = bytes ? prefixLength(bytes) : parseNumber(w, 8 * size);
  if (length === undefined || length < 0) throw new Mismatch(`a number from 0 to ${8 * size}, or a mask`, w);
  return length;
}

/** An interface's name, or the beginning of one and `+`; the mask has ones where it is compared. */
export const interfaceName = (name: Place<string>, mask: Place<Uint8Array>): Operand<string> =>
  operand(
    'name[+]',
    'string',
    {
      read: (m) => name.read(m),
      write(m, value) {
        if (value === '') throw new Mismatch('the name of an interface', value);
        name.write(m, value);
        // The terminating zero is compared too, unless the name is only a beginning.
        const length = encodeText(value).length;
        mask.write(m, new Uint8Array(value.endsWith('+') ? length - 1 : length + 1).fill(0xff));
      },
    },
    String,
    (w) => w,
  );

export const mac = (place: Place<Uint8Array>): Operand<string> =>
  operand(
    'address',
    'string',
    mapped(
      place,
      (b) => formatMac(b),
      (value: string) => {
        const parsed = typeof value === 'string' ? parseMac(value) : undefined;
        if (!parsed) throw new Mismatch('an Ethernet address like 00:11:22:aa:bb:cc', value);
        return parsed;
      },
    ),
    String,
    (w) => w,
  );

/** A protocol by name or number: as data its name, if it has one. */
export type Protocol = string | number;
export function toProtocol(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string'
        ? (parseNumber(value, 255) ?? protocolNumber(value))
        : undefined;
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > 255)
    throw new Mismatch('a protocol by name or number (0 to 255)', value);
  return number;
}
export const protocol = (
  place: Place<number>,
  print: (n: number) => string = (n) => protocolName(n) ?? String(n),
): Operand<Protocol> =>
  operand<Protocol>(
    'protocol',
    'string | number',
    mapped<number, Protocol>(place, (n) => protocolName(n) ?? n, toProtocol),
    // What the kernel holds is shown, whatever it is.
    (v) => print(typeof v === 'number' ? v : toProtocol(v)),
    (w) => {
      const number = toProtocol(w);
      return protocolName(number) ?? number;
    },
  );

/** `! --ctstate NEW`: the place says whether the option is negated. */
export interface Negatable<T> extends Operand<T | Not<T>> {
  readonly negatable: true;
}
export function negatable<T>(inverted: Place<boolean>, inner: Operand<T>): Negatable<T> {
  return {
    words: inner.words,
    metavar: inner.metavar,
    type: inner.type,
    negatable: true,
    read(m) {
      const value = inner.read(m);
      return inverted.read(m) ? { not: value } : value;
    },
    write(m, value) {
      const not = isNot(value);
      inner.write(m, (not ? value.not : value) as T);
      inverted.write(m, not);
    },
    print: (value, context) => inner.print((isNot(value) ? value.not : value) as T, context),
    parse: (words, context) => inner.parse(words, context),
  };
}
