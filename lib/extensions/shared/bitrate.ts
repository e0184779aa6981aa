/** Rates as tc(8) has them, `5kbit` or `10MBps`: in the kernel bytes per second. */
import { mapped, type Operand, operand } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { Mismatch } from '../../errors';

const PREFIXES = { '': 1, ki: 1024, k: 1e3, mi: 1024 ** 2, m: 1e6, gi: 1024 ** 3, g: 1e9, ti: 1024 ** 4, t: 1e12 };
const BITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ...Object.entries(PREFIXES).flatMap(
    ([prefix, n]) =>
      [
        [`${prefix}bit`, n],
        [`${prefix}bps`, 8 * n],
      ] as const,
  ),
]);

/** NaN if it isn't a rate. */
function bytesIn(text: unknown): number {
  const [, digits, unit = ''] =
    /^(\d+\.?\d*(?:e\d+)?|\.\d+)([a-z]*)$/i.exec(typeof text === 'string' ? text : '') ?? [];
  return Math.floor((Number(digits) * (BITS.get(unit.toLowerCase()) ?? Number.NaN)) / 8);
}
function toBytes(text: unknown): number {
  const bytes = bytesIn(text);
  if (!(bytes <= 0xffffffff)) throw new Mismatch('a rate like 5kbit, 10MBps or 8bit', text);
  return bytes;
}

/** As iptables prints it: rounded, half to even. */
function print(bytes: number): string {
  const rounded = (unit: number) => {
    const [whole, rest] = [Math.floor((bytes * 8) / unit), (bytes * 8) % unit];
    return whole + (rest * 2 > unit || (rest * 2 === unit && whole % 2 === 1) ? 1 : 0);
  };
  return bytes * 8 >= 1e9 ? `${rounded(1e6)}Mbit` : bytes * 8 >= 1e6 ? `${rounded(1e3)}Kbit` : `${bytes * 8}bit`;
}
/** The rate that means exactly so many bytes; iptables-save rounds them. */
const exact = (bytes: number) => (bytesIn(print(bytes)) === bytes ? print(bytes) : `${bytes * 8}bit`);

export const bitrate = (place: Place<number>): Operand<string> =>
  operand(
    'rate',
    'string',
    mapped(place, exact, toBytes),
    (value) => exact(bytesIn(value)),
    (w) => exact(toBytes(w)),
  );
/** In a numeric listing, in bytes. */
export const listBitrate = (value: string, numeric: boolean): string =>
  numeric ? `${bytesIn(value)}` : print(bytesIn(value));
