/** Holes of numbers and of their ranges. */
import { LITTLE } from '../../net/endian';
import type { TextReader } from '../../net/reader';
import { encodeText } from '../../net/text';
import { type Member, type Memory, maxOf } from '../struct';
import { type Hole, holeOf, IRREGULAR, REGULAR, ZERO } from './hole';

export const [SLASH, DASH, COMMA, COLON] = [47, 45, 44, 58] as const;

/** `22`, `1024:65535` */
export const rangeHole = (low: unknown, high: unknown, separator: number = COLON): Hole | undefined =>
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

export function readRange(
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

/** `40`; `shown` is how it is printed, `more` how much more that is than what the kernel has. */
export const numberHole = (
  place: unknown,
  min: number,
  max: number,
  shown: 'number' | 'hex' = 'number',
  more = 0,
): Hole | undefined =>
  holeOf([place] as readonly [Member<number>], (member) => ({
    formOf(m) {
      const value = member.read(m);
      return value === 0 ? ZERO : value + more >= min && value + more <= max ? REGULAR : IRREGULAR;
    },
    write: (m, out) => out[shown](member.read(m) + more),
    read(m, words) {
      const value = words[shown](max);
      if (value < min || value <= more) return false;
      member.write(m, value - more);
      return true;
    },
  }));

/** The same of 64 bits, as far as they are a number of JavaScript's. */
export const bigHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<bigint>], (member) => ({
    formOf(m) {
      const value = readBig(m, member);
      return value === 0 ? ZERO : value <= Number.MAX_SAFE_INTEGER ? REGULAR : IRREGULAR;
    },
    write: (m, out) => out.number(readBig(m, member)),
    read(m, words) {
      const value = words.number(Number.MAX_SAFE_INTEGER);
      if (value > 0) writeBig(m, member, value);
      return value > 0;
    },
  }));
/** 64 bits without a bigint: exact up to Number.MAX_SAFE_INTEGER. */
export function readBig({ view, at }: Memory, { offset }: Member<unknown>): number {
  const [first, second] = [view.getUint32(at + offset, LITTLE), view.getUint32(at + offset + 4, LITTLE)];
  return LITTLE ? second * 2 ** 32 + first : first * 2 ** 32 + second;
}
export function writeBig({ view, at }: Memory, { offset }: Member<unknown>, value: number): void {
  const [low, high] = [value >>> 0, Math.floor(value / 2 ** 32)];
  view.setUint32(at + offset, LITTLE ? low : high, LITTLE);
  view.setUint32(at + offset + 4, LITTLE ? high : low, LITTLE);
}

/** `3/hour`: a number whose words say all of it, but for what follows from their form. Each number's are found out once. */
export const spelledHole = (
  place: unknown,
  spell: (value: number) => string,
  understand: (word: string) => number,
  formOf: (word: string) => number = () => REGULAR,
): Hole | undefined =>
  holeOf([place] as readonly [Member<number>], (member) => {
    const wordOf = remembering((value: number) => {
      const word = spell(value);
      return understand(word) === value ? { word: encodeText(word), form: formOf(word) } : undefined;
    });
    const numberOf = remembering((word: string) => {
      const value = understand(word);
      return spell(value) === word ? { value, form: formOf(word) } : undefined;
    });
    return {
      formOf: (m) => wordOf(member.read(m))?.form ?? IRREGULAR,
      write: (m, out) => out.copy(wordOf(member.read(m))!.word),
      read(m, words) {
        const found = numberOf(words.word());
        if (!found || found.form !== wordOf(member.read(m))?.form) return false;
        member.write(m, found.value);
        return true;
      },
    };
  });
/** How much is remembered. */
const KEPT = 4096;
/** What is found for each, found once; undefined where that fails. */
export function remembering<K, V>(find: (key: K) => V | undefined): (key: K) => V | undefined {
  const found = new Map<K, V | undefined>();
  return (key) => {
    let value = found.get(key);
    if (value !== undefined || found.has(key)) return value;
    try {
      value = find(key);
    } catch {} // the thorough way says it
    if (found.size >= KEPT) found.clear();
    found.set(key, value);
    return value;
  };
}

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
