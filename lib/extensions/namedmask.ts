/** What realm and devgroup share: a value under a mask, for which a file in /etc/iproute2 may have a name. */
import { isNot, type Masked, maskedPlace, type Not, type Operand, operand, parseMasked, printMasked } from '../codec/operand';
import type { Place } from '../codec/struct';
import { Mismatch } from '../errors';
import { numberedNames } from '../net/databases';
import { hex } from '../net/number';

const FULL = 0xffffffff;
export type NamedMasked = Masked | string;

/** Names stand for numbers up to 255, as in iproute2. */
export function namedMask(file: string) {
  const table = numberedNames(file);
  const name = (n: number) => (n > 255 ? undefined : table().byNumber.get(n));
  const number = (word: unknown): number => {
    const found = typeof word === 'string' ? table().byName.get(word) : undefined;
    if (found === undefined || found > 255) throw new Mismatch(`a number, value/mask, or a name in ${file}`, word);
    return found;
  };
  return {
    /** `0x1`, `0x1/0xff` or a name; as data a name where there is one. */
    operand(value: Place<number>, mask: Place<number>): Operand<NamedMasked> {
      const place = maskedPlace(value, mask, FULL);
      return operand<NamedMasked>(
        'name|value[/mask]',
        'string | number | { value, mask }',
        {
          read(m) {
            const given = place.read(m);
            return (typeof given === 'number' ? name(given) : undefined) ?? given;
          },
          write: (m, given) => place.write(m, typeof given === 'string' ? number(given) : given),
        },
        (given) => (typeof given === 'string' ? given : printMasked(given, FULL)),
        (word) => {
          if (!/^\d/.test(word)) return word;
          const given = parseMasked(word, FULL);
          return (typeof given === 'number' ? name(given) : undefined) ?? given;
        },
      );
    },
    /** `! realm 0x1`: a listing shows names unless it is numeric. */
    list(label: string, given: NamedMasked | Not<NamedMasked>, numeric: boolean): string {
      const value = isNot(given) ? given.not : given;
      return `${isNot(given) ? '! ' : ''}${label} ${typeof value !== 'string' ? printMasked(value, FULL) : numeric ? hex(number(value)) : value}`;
    },
  };
}
