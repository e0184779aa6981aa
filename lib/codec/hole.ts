/**
 * Where an option's value varies from rule to rule: its bytes are printed as they are, without a value between. Of each
 * element printed the thorough way the text around its holes is kept (text/template.ts), and holds for all elements that
 * differ in their holes' bytes alone. So an option may only have a hole (Option.varies) if nothing else reads these
 * bytes, and if whether it is there follows from their form and from the bytes around them.
 */
import { formatIpv6 } from '../net/address';
import { LITTLE } from '../net/endian';
import type { TextReader } from '../net/reader';
import type { TextWriter } from '../net/writer';
import { type Member, type Memory, maxOf } from './struct';

export interface Hole {
  /** The bytes that vary. */
  readonly members: readonly Member<unknown>[];
  /**
   * Which form the bytes have, for what is said around the hole may depend on it. IRREGULAR is what the hole can't say,
   * and what an option wouldn't write just so: then the element is printed the thorough way.
   */
  formOf(m: Memory): number;
  /** The words as the operand prints them. */
  write(m: Memory, out: TextWriter): void;
  /**
   * Reads words back, over the bytes of an element whose form is REGULAR, and so that it stays so. False if the parser
   * has to look at them: they are spelled otherwise, or don't fit.
   */
  read(m: Memory, words: TextReader): boolean;
}
export const IRREGULAR = -1;
export const REGULAR = 0;

const [SLASH, DASH, COMMA, COLON, OPEN, CLOSE, APOSTROPHE] = [47, 45, 44, 58, 91, 93, 39];

/** Its members, if they are members: other places may mean anything. */
export const holeOf = <P extends readonly unknown[]>(
  places: P,
  make: (...members: { [K in keyof P]: P[K] & Member<unknown> }) => Omit<Hole, 'members'>,
): Hole | undefined =>
  places.every((place) => typeof (place as { readonly offset?: unknown } | undefined)?.offset === 'number')
    ? { members: places as unknown as readonly Member<unknown>[], ...make(...(places as never)) }
    : undefined;

/** `22`, `1024:65535` */
export const rangeHole = (low: unknown, high: unknown, separator = COLON): Hole | undefined =>
  holeOf([low, high] as readonly [Member<number>, Member<number>], (first, last) => ({
    formOf: (m) => (first.read(m) <= last.read(m) ? 0 : IRREGULAR),
    write(m, out) {
      const [from, to] = [first.read(m), last.read(m)];
      out.number(from);
      if (from === to) return;
      out.byte(separator);
      out.number(to);
    },
    read: (m, words) => readRange(m, words, first, last, separator),
  }));
export { COLON, DASH };

function readRange(
  m: Memory,
  words: TextReader,
  first: Member<number>,
  last: Member<number>,
  separator: number,
): boolean {
  const max = maxOf(first.type.size);
  const low = words.number(max);
  if (low < 0) return false;
  const high = words.byte(separator) ? words.number(max) : low;
  if (high < low) return false;
  first.write(m, low);
  last.write(m, high);
  return true;
}

/** The same of a hole that says nothing where it has the whole range. */
export const spanHole = (hole: Hole, [low, high]: readonly [Member<number>, Member<number>], max: number): Hole => ({
  ...hole,
  formOf: (m) => (low.read(m) === 0 && high.read(m) === max ? 1 : hole.formOf(m)),
  read: (m, words) => hole.read(m, words) && !(low.read(m) === 0 && high.read(m) === max),
});

/** `0x1/0xff` */
export const maskedHole = (value: unknown, mask: unknown, full: number, always: boolean): Hole | undefined =>
  full !== 0xffffffff
    ? undefined
    : holeOf([value, mask] as readonly [Member<number>, Member<number>], (number, bits) => ({
        formOf: () => 0,
        write(m, out) {
          out.hex(number.read(m));
          const ones = bits.read(m);
          if (ones === full && !always) return;
          out.byte(SLASH);
          out.hex(ones);
        },
        read(m, words) {
          const given = words.hex(full);
          if (given < 0) return false;
          const ones = words.byte(SLASH) ? words.hex(full) : full;
          if (ones < 0) return false;
          number.write(m, given);
          bits.write(m, ones);
          return true;
        },
      }));

/** What the bytes of a text ask for: nothing, quotes around it, or the printer, which knows what can't be said. */
const [QUOTES, PRINTER] = [1, 2];
const NEEDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte < 0x20 && byte !== 9) || byte === 0x7f ? PRINTER : /[-_0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 0 : QUOTES,
);
/** A text as quote() has it, with nothing but zeroes behind it. `empty`: it may be none at all. */
export const textHole = (place: unknown, empty: boolean): Hole | undefined =>
  holeOf([place] as readonly [Member<string>], (member) => {
    const { size } = member.type;
    return {
      formOf(m) {
        const [start, end] = [m.at + member.offset, m.at + member.offset + size];
        const { bytes } = m;
        let needs = 0;
        let stop = start;
        for (; stop < end && bytes[stop] !== 0; stop++) needs |= NEEDS[bytes[stop]!]!;
        if (needs >= PRINTER || stop === end || !isZero(m, stop, end)) return IRREGULAR;
        return stop === start && !empty ? 1 : 0;
      },
      write({ at, bytes }, out) {
        const start = at + member.offset;
        let needs = 0;
        let stop = start;
        for (; bytes[stop] !== 0; stop++) needs |= NEEDS[bytes[stop]!]!;
        if (needs === 0 && stop > start) out.copy(bytes, start, stop);
        else out.quoted(bytes, start, stop, APOSTROPHE);
      },
      read: ({ at, bytes }, words) => words.words(isBare, bytes, at + member.offset, size),
    };
  });
const isBare = (byte: number): boolean => NEEDS[byte] === 0;

/** `00:11:22:aa:bb:cc` */
export const macHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<Uint8Array>], (member) => ({
    formOf: () => 0,
    write({ at, bytes }, out) {
      for (let i = 0; i < 6; i++) {
        const byte = bytes[at + member.offset + i]!;
        if (i > 0) out.byte(COLON);
        out.number(byte >> 4, 16);
        out.number(byte & 15, 16);
      }
    },
    read({ at, bytes }, words) {
      for (let i = 0; i < 6; i++) {
        if (i > 0 && !words.byte(COLON)) return false;
        const byte = words.hexByte();
        if (byte < 0) return false;
        bytes[at + member.offset + i] = byte;
      }
      return true;
    },
  }));

/** An address of the rule's family, in as many bytes as it has or in a nf_inet_addr whose rest is zero. */
const address = {
  isRegular: (m: Memory, member: Member<Uint8Array>) => {
    const size = m.family === 'ipv4' ? 4 : 16;
    return isZero(m, m.at + member.offset + size, m.at + member.offset + member.type.size);
  },
  isZero: (m: Memory, member: Member<Uint8Array>) =>
    isZero(m, m.at + member.offset, m.at + member.offset + member.type.size),
  write(m: Memory, member: Member<Uint8Array>, out: TextWriter) {
    const at = m.at + member.offset;
    if (m.family === 'ipv4') out.ipv4(m.bytes, at);
    else out.text(formatIpv6(m.bytes, at));
  },
  compare: ({ bytes, at }: Memory, a: Member<Uint8Array>, b: Member<Uint8Array>): number =>
    Buffer.compare(
      bytes.subarray(at + a.offset, at + a.offset + a.type.size),
      bytes.subarray(at + b.offset, at + b.offset + b.type.size),
    ),
  /** Those of IPv6 have too many spellings. */
  read: (m: Memory, member: Member<Uint8Array>, words: TextReader): boolean =>
    m.family === 'ipv4' && words.ipv4(m.bytes, m.at + member.offset),
};
const same = (m: Memory, a: Member<Uint8Array>, b: Member<Uint8Array>): boolean => {
  for (let i = 0; i < a.type.size; i++) if (m.bytes[m.at + a.offset + i] !== m.bytes[m.at + b.offset + i]) return false;
  return true;
};
function writeAddresses(m: Memory, low: Member<Uint8Array>, high: Member<Uint8Array>, out: TextWriter): void {
  address.write(m, low, out);
  if (same(m, low, high)) return;
  out.byte(DASH);
  address.write(m, high, out);
}

/** `10.0.0.1-10.0.0.9` */
export const addressRangeHole = (low: unknown, high: unknown): Hole | undefined =>
  holeOf([low, high] as readonly [Member<Uint8Array>, Member<Uint8Array>], (first, last) => ({
    formOf: (m) => (address.isRegular(m, first) && address.isRegular(m, last) ? 0 : IRREGULAR),
    write(m, out) {
      // As two words each with itself, so is one address.
      address.write(m, first, out);
      out.byte(DASH);
      address.write(m, last, out);
    },
    // Of a reversed range iptables warns.
    read: (m, words) =>
      address.read(m, first, words) &&
      words.byte(DASH) &&
      address.read(m, last, words) &&
      address.compare(m, first, last) <= 0,
  }));

/** `1.1.1.1-1.1.1.9:1024-65535`, of which bits that don't vary say whether there are addresses, ports, and more of these. */
export const mappingHole = (
  [min_addr, max_addr, min_proto, max_proto]: readonly unknown[],
  hasAddresses: (m: Memory) => boolean,
  hasPorts: (m: Memory) => boolean,
  hasMore: (m: Memory) => boolean,
): Hole | undefined =>
  holeOf(
    [min_addr, max_addr, min_proto, max_proto] as readonly [
      Member<Uint8Array>,
      Member<Uint8Array>,
      Member<number>,
      Member<number>,
    ],
    (first, last, low, high) => ({
      formOf(m) {
        const [addresses, ports] = [hasAddresses(m), hasPorts(m)];
        if (hasMore(m) || (!addresses && !ports)) return IRREGULAR;
        const fits = addresses ? address.isRegular : address.isZero;
        if (!fits(m, first) || !fits(m, last)) return IRREGULAR;
        const [from, to] = [low.read(m), high.read(m)];
        return (ports ? from <= to : from === 0 && to === 0) ? 0 : IRREGULAR;
      },
      write(m, out) {
        const [addresses, ports] = [hasAddresses(m), hasPorts(m)];
        const brackets = addresses && ports && m.family === 'ipv6';
        if (brackets) out.byte(OPEN);
        if (addresses) writeAddresses(m, first, last, out);
        if (brackets) out.byte(CLOSE);
        if (!ports) return;
        out.byte(COLON);
        const [from, to] = [low.read(m), high.read(m)];
        out.number(from);
        if (from === to) return;
        out.byte(DASH);
        out.number(to);
      },
      read(m, words) {
        if (hasAddresses(m)) {
          if (!address.read(m, first, words)) return false;
          if (!words.byte(DASH)) copyAddress(m, first, last);
          else if (!address.read(m, last, words)) return false;
        }
        return !hasPorts(m) || (words.byte(COLON) && readRange(m, words, low, high, DASH));
      },
    }),
  );
const copyAddress = ({ bytes, at }: Memory, from: Member<Uint8Array>, to: Member<Uint8Array>): void => {
  bytes.copyWithin(at + to.offset, at + from.offset, at + from.offset + from.type.size);
};

/** `22,80,1024:65535`: so many ports, of which the first of a range is flagged. */
export const portListHole = (count: unknown, ports: unknown, pflags: unknown): Hole | undefined =>
  holeOf([count, ports, pflags] as readonly [Member<number>, Member<number[]>, Member<number[]>], (n, list, flags) => {
    const port = (m: Memory, i: number) => m.view.getUint16(m.at + list.offset + 2 * i, LITTLE);
    const flag = (m: Memory, i: number) => m.bytes[m.at + flags.offset + i]!;
    return {
      formOf(m) {
        const length = n.read(m);
        if (length === 0 || length > 15) return IRREGULAR;
        for (let i = 0; i < length; i++) {
          if (flag(m, i) === 0) continue;
          if (flag(m, i) > 1 || i + 1 === length || flag(m, i + 1) !== 0 || port(m, i) >= port(m, i + 1))
            return IRREGULAR;
          i++;
        }
        for (let i = length; i < 15; i++) if (port(m, i) !== 0 || flag(m, i) !== 0) return IRREGULAR;
        return 0;
      },
      write(m, out) {
        const length = n.read(m);
        for (let i = 0; i < length; i++) {
          if (i > 0) out.byte(flag(m, i - 1) === 1 ? COLON : COMMA);
          out.number(port(m, i));
        }
      },
      read(m, words) {
        let length = 0;
        let ranges = false;
        for (; ; length++) {
          const given = length < 15 ? words.number(65535) : -1;
          if (given < 0 || (ranges && given <= port(m, length - 1))) return false;
          m.view.setUint16(m.at + list.offset + 2 * length, given, LITTLE);
          // No range ends where another begins.
          ranges = !ranges && words.byte(COLON);
          m.bytes[m.at + flags.offset + length] = ranges ? 1 : 0;
          if (!ranges && !words.byte(COMMA)) break;
        }
        n.write(m, ++length);
        for (let i = length; i < 15; i++) {
          m.view.setUint16(m.at + list.offset + 2 * i, 0, LITTLE);
          m.bytes[m.at + flags.offset + i] = 0;
        }
        return true;
      },
    };
  });

function isZero({ bytes, words }: Memory, from: number, end: number): boolean {
  let i = from;
  for (; i < end && (words === undefined || (i & 3) !== 0); i++) if (bytes[i] !== 0) return false;
  if (words) for (; i + 4 <= end; i += 4) if (words[i >> 2] !== 0) return false;
  for (; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}
