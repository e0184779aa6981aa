/** What ttl and hl share, and TTL and HL: a number of hops, and a mode that says how it is compared or changed. */
import { all, type Effect, fact, inRange, type Test } from '../../codec/meaning';
import { integer, isNot, type Not, negatable } from '../../codec/operand';
import { optional } from '../../codec/option';
import { either, is, type Place } from '../../codec/struct';

// <linux/netfilter_ipv4/ipt_ttl.h>; those of <linux/netfilter_ipv6/ip6t_hl.h> are the same
const IPT_TTL_EQ = 0;
const IPT_TTL_NE = 1;
const IPT_TTL_LT = 2;
const IPT_TTL_GT = 3;

// <linux/netfilter_ipv4/ipt_TTL.h>; those of <linux/netfilter_ipv6/ip6t_HL.h> are the same
const IPT_TTL_SET = 0;
const IPT_TTL_INC = 1;
const IPT_TTL_DEC = 2;

export const comparisons = (mode: Place<number>, value: Place<number>) => {
  const hops = integer(value);
  const equal = either(is(mode, IPT_TTL_EQ), is(mode, IPT_TTL_NE));
  return {
    eq: optional(equal, negatable(is(mode, IPT_TTL_NE), hops))
      .varies()
      .doc('Exactly that many.'),
    lt: optional(is(mode, IPT_TTL_LT), hops).varies().doc('Fewer.'),
    gt: optional(is(mode, IPT_TTL_GT), hops).varies().doc('More.'),
  };
};

export const hopsMatch = (eq: number | Not<number> | undefined, lt: number | undefined, gt: number | undefined): Test =>
  all(
    inRange('ttl', eq),
    lt === undefined ? undefined : fact('ttl', (hops) => hops < lt),
    gt === undefined ? undefined : fact('ttl', (hops) => hops > gt),
  );

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

export const changes = (mode: Place<number>, value: Place<number>) => {
  const [hops, some] = [integer(value), integer(value, 1, 255)];
  const { hole } = hops; // what is 0 no hole reads
  return {
    set: optional(is(mode, IPT_TTL_SET), hops).varies().doc('Sets it to this.'),
    dec: optional(is(mode, IPT_TTL_DEC), { ...some, hole })
      .varies()
      .doc('Subtracts this.'),
    inc: optional(is(mode, IPT_TTL_INC), { ...some, hole })
      .varies()
      .doc('Adds this.'),
  };
};

export const changeHops =
  (set: number | undefined, dec: number | undefined, inc: number | undefined): Effect =>
  (facts) => {
    const { ttl } = facts;
    facts.ttl = set ?? (ttl === undefined ? undefined : Math.min(255, Math.max(0, ttl + (inc ?? 0) - (dec ?? 0))));
    return undefined;
  };

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
