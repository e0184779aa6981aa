import { type Family, type RuleFacts, revision, target } from '../../codec/extension';
import {
  checkTo,
  compat,
  compatRange,
  listNat,
  type Members,
  nf_nat_range,
  nf_nat_range2,
  oneRange,
  persistent,
  random,
  to,
} from '../shared/nat';
import { type Shuffled, translateTo } from '../shared/translate';

const options = (r: Members) => ({
  'to-destination': to(r).doc(
    'The address, or the range of addresses, and the ports to go to; ports after a slash say where the range is shifted to.',
  ),
  random: random(r),
  persistent: persistent(r),
});
type Settings = { readonly toDestination: string };
const common = {
  name: 'DNAT',
  doc: 'Rewrites the destination address of a connection.',
  where: { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] },
  check: ({ toDestination }: Settings, rule: RuleFacts) => checkTo('to-destination', toDestination, rule),
  effect: ({ toDestination: to, ...flags }: Settings & Shuffled, family: Family) =>
    translateTo('destination', to, flags, family),
  list: ({ toDestination, ...flags }: Settings) => listNat(toDestination && `to:${toDestination}`, flags),
} as const;

/** Rewrites the destination of IPv4 connections. */
export const DNAT = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(2, nf_nat_range2, options(nf_nat_range2)), revision(0, compat, options(compatRange), oneRange)],
  example: { toDestination: '192.0.2.7' },
});

/** Rewrites the destination of IPv6 connections. */
export const DNAT6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(2, nf_nat_range2, options(nf_nat_range2)), revision(1, nf_nat_range, options(nf_nat_range))],
  example: { toDestination: '2001:db8::7' },
});
