import { match, revision } from '../../codec/extension';
import { s32, struct } from '../../codec/struct';

// The kernel's ip6t_eui64 has an int that nobody reads.
const s = struct('', { unused: s32 });

/** Matches if the interface part of the IPv6 source address is made of the Ethernet source address. */
export const eui64 = match({
  name: 'eui64',
  doc: 'Matches if the source address is made of the Ethernet address it comes from.',
  families: ['ipv6'],
  where: { hooks: ['PREROUTING', 'INPUT', 'FORWARD'] },
  revisions: [revision(0, s, {})],
  example: {},
  list: 'name',
});
