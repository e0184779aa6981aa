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
  toPorts,
} from '../shared/nat';
import { redirect, type Shuffled } from '../shared/translate';

const options = (r: Members) => ({
  'to-ports': toPorts(r).doc('The port, or the range of ports, to go to.'),
  random: random(r),
});
const common = {
  name: 'REDIRECT',
  doc: 'Sends a connection to this machine itself.',
  where: { tables: ['nat'], hooks: ['PREROUTING', 'OUTPUT'] },
  check: checkPorts,
  effect: ({ toPorts: ports, ...flags }: { readonly toPorts?: Range } & Shuffled) => redirect(ports, flags),
  list: ({ toPorts: ports, ...flags }: { readonly toPorts?: Range }) =>
    listNat(ports === undefined ? '' : `redir ports ${formatRange(ports)}`, flags),
} as const;

/** Sends IPv4 connections to this machine. */
export const REDIRECT = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(0, compat, options(compatRange), oneRange)],
  example: { random: true },
});

/** Sends IPv6 connections to this machine. */
export const REDIRECT6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(0, nf_nat_range, options(nf_nat_range))],
  example: { random: true },
});
