/** Values under a mask. */
import { Mismatch } from '../../errors';
import { hex, parseNumber } from '../../net/number';
import { maskedHole } from '../hole';
import type { Place } from '../struct';
import { type Operand, operand, phrased } from './operand';

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
  phrased(
    operand(
      'value[/mask]',
      'number | { value: number, mask: number }',
      maskedPlace(value, valueMask, full),
      (v) => {
        const pair = toMasked(v, full);
        return always ? `${hex(pair.value)}/${hex(pair.mask)}` : printMasked(v, full);
      },
      (w) => parseMasked(w, full),
      maskedHole(value, valueMask, full, always),
    ),
    (_, option, extension) => `${extension}: bad integer value for option "--${option}", or out of range.`,
  );
