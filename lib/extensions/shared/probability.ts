/** A probability: in the kernel a number of 2^31 parts. */
import { spelledHole } from '../../codec/hole';
import { badNumber, mapped, type Operand, operand, phrased } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { Mismatch } from '../../errors';

const ONE = 2 ** 31;
/** As printf's %.11f prints so many parts: to even if they're halfway. */
function print(parts: number): string {
  const scaled = BigInt(parts) * 5n ** 11n;
  const [quotient, rest, half] = [scaled >> 20n, scaled & 0xfffffn, 0x80000n];
  const up = rest > half || (rest === half && (quotient & 1n) === 1n);
  const digits = String(quotient + (up ? 1n : 0n)).padStart(12, '0');
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}
/** `0.33000000007`; more than 1 too, if that is what there is. */
export const printProbability = (value: number): string => print(Math.round(value * ONE));

function toParts(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw new Mismatch('a number from 0 to 1', value);
  return Math.round(value * ONE);
}
export const probability = (place: Place<number>): Operand<number> => {
  const parse = (w: string) => {
    if (!/^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(w)) throw new Mismatch('a number from 0 to 1', w);
    return Number(w);
  };
  const spelled = spelledHole(place, print, (word) => toParts(parse(word)));
  const parts = mapped(place, (n) => Number(print(n)), toParts);
  return phrased(operand('p', 'number', parts, printProbability, parse, spelled), badNumber(0, 1));
};
