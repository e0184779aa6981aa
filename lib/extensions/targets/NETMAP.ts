import { type Family, revision, target } from '../../codec/extension';
import { compat, compatRange, netmapTo, nf_nat_range } from '../shared/nat';
import { mapNetwork } from '../shared/translate';

const common = {
  name: 'NETMAP',
  doc: 'Maps a whole network onto another: the host part of an address stays.',
  where: { tables: ['nat'], hooks: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] },
  effect: ({ to }: { readonly to: string }, family: Family) => mapNetwork(to, family),
} as const;
const doc = 'The network to map to.';

/** Maps an IPv4 network onto another. */
export const NETMAP = target({
  ...common,
  families: ['ipv4'],
  revisions: [
    revision(0, compat, { to: netmapTo(compatRange).doc(doc) }, { fixed: (m) => compat.rangesize.write(m, 1) }),
  ],
  example: { to: '192.0.2.0/24' },
  list: ({ to }) => `to:${to.includes('/') ? to : `${to}/32`}`,
});

/** Maps an IPv6 network onto another. */
export const NETMAP6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(0, nf_nat_range, { to: netmapTo(nf_nat_range).doc(doc) })],
  example: { to: '2001:db8::/64' },
  list: ({ to }) => `to:${to.includes('/') ? to : `${to}/128`}`,
});
