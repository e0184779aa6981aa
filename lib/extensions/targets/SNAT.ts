import { type Family, type RuleFacts, revision, target } from '../../codec/extension';
import {
  checkTo,
  compat,
  compatRange,
  listNat,
  type Members,
  nf_nat_range,
  oneRange,
  persistent,
  random,
  randomFully,
  to,
} from '../shared/nat';
import { type Shuffled, translateTo } from '../shared/translate';

const options = (r: Members) => ({
  'to-source': to(r).doc('The address, or the range of addresses, and the ports to come from.'),
  random: random(r),
  'random-fully': randomFully(r),
  persistent: persistent(r),
});
type Settings = { readonly toSource: string };
const common = {
  name: 'SNAT',
  doc: 'Rewrites the source address of a connection.',
  where: { tables: ['nat'], hooks: ['INPUT', 'POSTROUTING'] },
  check: ({ toSource }: Settings, rule: RuleFacts) => checkTo('to-source', toSource, rule),
  effect: ({ toSource: to, ...flags }: Settings & Shuffled, family: Family) => translateTo('source', to, flags, family),
  list: ({ toSource, ...flags }: Settings) => listNat(toSource && `to:${toSource}`, flags),
} as const;

/** Rewrites the source of IPv4 connections. */
export const SNAT = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(0, compat, options(compatRange), oneRange)],
  example: { toSource: '192.0.2.1-192.0.2.9' },
});

/** Rewrites the source of IPv6 connections. */
export const SNAT6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(1, nf_nat_range, options(nf_nat_range))],
  example: { toSource: '2001:db8::1' },
});
