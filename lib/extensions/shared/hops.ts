/** What ttl and hl share, and TTL and HL: a number of hops, and a mode that says how it is compared or changed. */
import { integer, isNot, type Not, negatable } from '../../codec/operand';
import { optional } from '../../codec/option';
import { either, is, type Place } from '../../codec/struct';

export const comparisons = (mode: Place<number>, value: Place<number>) => ({
  eq: optional(either(is(mode, 0), is(mode, 1)), negatable(is(mode, 1), integer(value))).doc('Exactly that many.'),
  lt: optional(is(mode, 2), integer(value)).doc('Fewer.'),
  gt: optional(is(mode, 3), integer(value)).doc('More.'),
});

/** `TTL match TTL == 64` */
export function listComparison(
  label: string,
  eq: number | Not<number> | undefined,
  lt: number | undefined,
  gt: number | undefined,
): string {
  const words = eq !== undefined ? (isNot(eq) ? `!= ${eq.not}` : `== ${eq}`) : lt !== undefined ? `< ${lt}` : `> ${gt}`;
  return `${label} match ${label} ${words}`;
}

export const changes = (mode: Place<number>, value: Place<number>) => ({
  set: optional(is(mode, 0), integer(value)).doc('Sets it to this.'),
  dec: optional(is(mode, 2), integer(value, 1, 255)).doc('Subtracts this.'),
  inc: optional(is(mode, 1), integer(value, 1, 255)).doc('Adds this.'),
});

/** `TTL set to 64` */
export function listChange(
  label: string,
  set: number | undefined,
  dec: number | undefined,
  inc: number | undefined,
): string {
  if (set !== undefined) return `${label} set to ${set}`;
  return dec !== undefined ? `${label} decrement by ${dec}` : `${label} increment by ${inc}`;
}
