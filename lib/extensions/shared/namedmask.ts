/** What realm and devgroup share: a value under a mask, for which a file in /etc/iproute2 may have a name. */
import {
  bare,
  isNot,
  type Masked,
  maskedPlace,
  type Not,
  type Operand,
  operand,
  parseMasked,
  printMasked,
} from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { numberedNames } from '../../net/databases';
import { hex } from '../../net/number';

const FULL = 0xffffffff;
/** A number under a mask, or a name that the system knows for one. */
export type NamedMasked = Masked | string;

/** Names stand for numbers up to 255, as in iproute2. */
export function namedMask(file: string) {
  const table = numberedNames(file);
  const named = (given: Masked): NamedMasked =>
    (typeof given === 'number' && given <= 255 ? table().byNumber.get(given) : undefined) ?? given;
  const number = (word: string): number => {
    const found = table().byName.get(word);
    if (found === undefined || found > 255) throw new Mismatch(`a number, value/mask, or a name in ${file}`, word);
    return found;
  };
  const print = (value: NamedMasked) => (typeof value === 'string' ? value : printMasked(value, FULL));

  return {
    /** `0x1`, `0x1/0xff` or a name; as data a name where there is one. */
    operand(value: Place<number>, mask: Place<number>): Operand<NamedMasked> {
      const inner = maskedPlace(value, mask, FULL);
      const place: Place<NamedMasked> = {
        read: (m) => named(inner.read(m)),
        write: (m, given) => inner.write(m, typeof given === 'string' ? number(given) : given),
      };
      const parse = (word: string) => (/^\d/.test(word) ? named(parseMasked(word, FULL)) : word);
      return operand('name|value[/mask]', 'string | number | { value: number, mask: number }', place, print, parse);
    },
    /** What a name stands for. */
    number: (word: string): number | undefined => table().byName.get(word),
    /** `! realm 0x1`: a listing shows names unless it is numeric. */
    list(given: Readonly<Record<string, NamedMasked | Not<NamedMasked> | undefined>>, numeric: boolean): string {
      const show = (value: NamedMasked) => (numeric && typeof value === 'string' ? hex(number(value)) : print(value));
      return Object.entries(given)
        .flatMap(([label, v]) => (v === undefined ? [] : `${isNot(v) ? '! ' : ''}${label} ${show(bare(v))}`))
        .join(' ');
    },
  };
}
