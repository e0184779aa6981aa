/** The names of DiffServ classes, as code points. */
import { choice, type Operand, phrased } from '../../codec/operand';
import type { Place } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { hex } from '../../net/number';

// biome-ignore format: a table
const classes = {
  CS0: 0x00, CS1: 0x08, CS2: 0x10, CS3: 0x18, CS4: 0x20, CS5: 0x28, CS6: 0x30, CS7: 0x38, BE: 0x00,
  AF11: 0x0a, AF12: 0x0c, AF13: 0x0e, AF21: 0x12, AF22: 0x14, AF23: 0x16,
  AF31: 0x1a, AF32: 0x1c, AF33: 0x1e, AF41: 0x22, AF42: 0x24, AF43: 0x26, EF: 0x2e,
} as const;
export type DscpClass = keyof typeof classes;

/** `--dscp-class EF` */
export const dscpClass = (place: Place<number>): Operand<DscpClass> =>
  phrased(choice(place, classes), (w) => `Invalid DSCP value \`${w}'`);
export function codePoint(name: DscpClass): number {
  const known = typeof name === 'string' ? name.toUpperCase() : '';
  if (!Object.hasOwn(classes, known)) throw new Mismatch(alternatives(Object.keys(classes)), name);
  return classes[known as DscpClass];
}

/** `0x0a` */
export const hexByte = (n: number): string => hex(n, 2);
