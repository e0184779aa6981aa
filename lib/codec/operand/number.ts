/** Numbers, and ranges of them. */
import { Mismatch } from '../../errors';
import { hex, parseBigNumber, parseNumber, toUint64 } from '../../net/number';
import { bigHole, numberHole, rangeHole, spelledHole } from '../hole';
import { Member, maxOf, type Place } from '../struct';
import { badNumber, mapped, type Operand, operand, phrased } from './operand';

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
): Operand<number> => {
  const most = place instanceof Member ? maxOf(place.type.size) : maxOf(4);
  const shown = print === String ? 'number' : print === hex ? 'hex' : undefined;
  const parse = (word: string) =>
    toNumber(word, min === undefined ? undefined : `a number from ${min} to ${max ?? maxOf(4)}`);
  const [least, largest] = [min ?? 0, Math.min(max ?? most, most)];
  const fitting = (word: string) => {
    const value = parse(word);
    return value >= least && value <= largest ? value : Number.NaN;
  };
  return phrased(
    operand(
      'number',
      'number',
      min === undefined ? place : limited(place, min, max ?? maxOf(4)),
      print,
      parse,
      shown ? numberHole(place, least, largest, shown) : spelledHole(place, print, fitting),
    ),
    badNumber(min ?? 0, max ?? most),
  );
};
export const hexInteger = (place: Place<number>): Operand<number> => integer(place, undefined, undefined, hex);

/** An integer that may be beyond 2^53 - 1: then it's a decimal string as data. bigint is accepted. */
export type Big = number | string;
export const toBig = (value: bigint): Big => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value));
export function fromBig(value: unknown): bigint {
  const number = toUint64(value);
  if (number === undefined)
    throw new Mismatch('an integer from 0 to 18446744073709551615 (a string beyond 2^53-1)', value);
  return number;
}
export const bigInteger = (place: Place<bigint>): Operand<Big> =>
  operand<Big>(
    'number',
    'number | string',
    mapped(place, toBig, fromBig),
    String,
    (word) => {
      const value = parseBigNumber(word);
      if (value === undefined) throw new Mismatch('a number', word);
      return toBig(value);
    },
    bigHole(place),
  );

/** A number, or all from one to another, both of them too: `[80, 443]` is `80:443`, and not only these two. */
export type Range = number | readonly [low: number, high: number];
/** Its ends. A reversed range would match nothing; one that the kernel holds all the same stays opaque. */
export function toRange(value: unknown): readonly [number, number] {
  if (typeof value === 'number') return [value, value];
  if (!Array.isArray(value) || value.length !== 2 || !value.every((n) => typeof n === 'number'))
    throw new Mismatch('a number or a range [low, high]', value);
  const [low, high] = value as [number, number];
  if (low > high)
    throw new Mismatch(
      'a range [low, high] in that order',
      value,
      '',
      undefined,
      `The lower end comes first: ${high}:${low} in text, [${high}, ${low}] as data.`,
    );
  return [low, high];
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
    const [a, b] = toRange(value);
    if (a !== b && !high) throw new Mismatch('one number: this revision has no ranges', value);
    low.write(m, a);
    high?.write(m, b);
  },
});

/** `--length 40:1500`. `max` is what an open end stands for. */
export const range = (low: Place<number>, high: Place<number> | undefined, max: number): Operand<Range> =>
  phrased(
    operand(
      'number[:number]',
      'number | [low: number, high: number]',
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
      rangeHole(low, high),
    ),
    (word, option, extension) => {
      const [from, to] = word.split(':');
      const reversed = to !== undefined && Number(from) > Number(to);
      return `${extension}: bad value for option "--${option}" near "${reversed ? to : word}", or out of range (${reversed ? from : 0}-${max}).`;
    },
  );
