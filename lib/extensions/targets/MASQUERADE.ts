import { revision, target } from '../../codec/extension';
import type { Range } from '../../codec/operand';
import {
  checkPorts,
  compat,
  compatRange,
  formatRange,
  listNat,
  type Members,
  nf_nat_range,
  oneRange,
  random,
  randomFully,
  toPorts,
} from '../shared/nat';
import { masquerade, type Shuffled } from '../shared/translate';

const options = (r: Members) => ({
  'to-ports': toPorts(r).doc('The port, or the range of ports, to come from.'),
  random: random(r),
  'random-fully': randomFully(r),
});
const common = {
  name: 'MASQUERADE',
  doc: 'Rewrites the source address of a connection to that of the interface it leaves by.',
  where: { tables: ['nat'], hooks: ['POSTROUTING'] },
  check: checkPorts,
  effect: ({ toPorts: ports, ...flags }: { readonly toPorts?: Range } & Shuffled) => masquerade(ports, flags),
  list: ({ toPorts: ports, ...flags }: { readonly toPorts?: Range }) =>
    listNat(ports === undefined ? '' : `masq ports: ${formatRange(ports)}`, flags),
} as const;

/** Hides IPv4 connections behind the address of the outgoing interface. */
export const MASQUERADE = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(0, compat, options(compatRange), oneRange)],
  example: { random: true },
});

/** Hides IPv6 connections behind the address of the outgoing interface. */
export const MASQUERADE6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(0, nf_nat_range, options(nf_nat_range))],
  example: { random: true },
});
