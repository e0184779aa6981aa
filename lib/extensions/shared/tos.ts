/** The TOS byte of IPv4 and the traffic class of IPv6: a value under a mask, or one of the old names. */
import { type Masked, maskedPlace, type Operand, operand, parseMasked, phrased, toMasked } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { hexByte } from './dscp';

// biome-ignore format: a table
const names = {
  'Minimize-Delay': 0x10, 'Maximize-Throughput': 0x08, 'Maximize-Reliability': 0x04, 'Minimize-Cost': 0x02, 'Normal-Service': 0,
} as const;
export type TosName = keyof typeof names;
/** A name stands for its value under a mask of six bits. */
export type Tos = Masked | TosName;
const NAMED_MASK = 0x3f;

/** What a name stands for. */
export function toTos(given: Tos): Masked {
  const name =
    typeof given === 'string' && (Object.keys(names) as TosName[]).find((n) => n.toLowerCase() === given.toLowerCase());
  return name ? { value: names[name], mask: NAMED_MASK } : (given as Masked);
}

/** `0x10/0x3f` */
export function formatTos(given: Tos): string {
  const { value, mask } = toMasked(toTos(given), 0xff);
  return `${hexByte(value)}/${hexByte(mask)}`;
}

/** The name of a value under the names' mask. */
export function tosName(given: Tos): TosName | undefined {
  const { value, mask } = toMasked(toTos(given), 0xff);
  return mask === NAMED_MASK ? (Object.keys(names) as TosName[]).find((n) => names[n] === value) : undefined;
}

/** `--tos 0x10/0x3f` */
export const tosByte = (value: Place<number>, mask: Place<number>): Operand<Tos> => {
  const place = maskedPlace(value, mask, 0xff);
  return phrased(
    operand<Tos>(
      'value[/mask]|name',
      `number | { value: number, mask: number } | ${Object.keys(names)
        .map((n) => `'${n}'`)
        .join(' | ')}`,
      { read: (m) => place.read(m), write: (m, given) => place.write(m, toTos(given)) },
      formatTos,
      (word) => {
        const given = toTos(word as TosName);
        if (typeof given !== 'string') return given;
        if (/^\d/.test(word)) return parseMasked(word, 0xff);
        throw new Mismatch(`a number from 0 to 255, value/mask, ${alternatives(Object.keys(names))}`, word);
      },
    ),
    (word, option, extension) =>
      /^\d/.test(word)
        ? `${extension}: bad value for option "--${option}", or out of range (0-255).`
        : `Symbolic name "${word}" is unknown`,
  );
};
