/** What the targets share that change a number under a mask: other ways to say value and mask, and listings. */
import { synonym } from '../../codec/extension';
import { hexInteger, type Masked, mapped, masked, type Operand, toMasked } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hex } from '../../net/number';

export const FULL = 0xffffffff;
const toData = (value: number, mask: number, full: number): Masked => (mask === full ? value : { value, mask });

/** Ways to say an option that clears the bits of its mask and XORs its value. */
export const bitwise = <K extends string>(key: K, bits: Operand<number>, full: number) => {
  const by = (doc: string, value: (n: number) => number, mask: (n: number) => number) =>
    synonym(
      bits,
      (n: number) => {
        if (!Number.isInteger(n) || n < 0 || n > full) throw new Mismatch(`an integer from 0 to ${full}`, n);
        return { [key]: toData(value(n), mask(n) >>> 0, full) };
      },
      { doc },
    );
  const [zero, same] = [() => 0, (n: number) => n];
  return {
    and: by('Keeps only these bits.', zero, (n) => ~n & full),
    or: by('Sets these bits too.', same, same),
    xor: by('Inverts these bits.', same, zero),
  };
};

/** `--set-mark`, `--and-mark`, `--or-mark` and `--xor-mark` for `--set-xmark`. */
export const markSynonyms = (value: Place<number>, mask: Place<number>) => {
  const { and, or, xor } = bitwise('setXmark', hexInteger(value), FULL);
  const set = (given: Masked) => {
    const pair = toMasked(given, FULL);
    return { setXmark: toData(pair.value, (pair.value | pair.mask) >>> 0, FULL) };
  };
  return {
    'set-mark': synonym(masked(value, mask), set, { doc: 'Clears the bits in the mask and ORs the value.' }),
    'and-mark': and,
    'or-mark': or,
    'xor-mark': xor,
  };
};

/** `unsigned long`, in old revisions, of which only the lower 32 bits are used. */
export const long = (place: Place<bigint>): Place<number> => mapped(place, Number, BigInt);

/** `set 0x1`, `or 0x10`, as -L shows `--set-xmark`. */
export function listMark(given: Masked, print: (n: number) => string = hex, full = FULL, partial = 'xset'): string {
  const { value, mask } = toMasked(given, full);
  if (value === 0) return `and ${print((~mask & full) >>> 0)}`;
  if (value === mask) return `or ${print(value)}`;
  if (mask === 0) return `xor ${print(value)}`;
  return mask === full ? `set ${print(value)}` : `${partial} ${print(value)}/${print(mask)}`;
}
