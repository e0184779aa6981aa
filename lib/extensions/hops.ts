/** What ttl and hl share: a number of hops, and a mode that says how it is compared. */
import { integer, isNot, type Not, negatable } from '../codec/operand';
import { optional } from '../codec/option';
import { either, is, type Place } from '../codec/struct';

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
