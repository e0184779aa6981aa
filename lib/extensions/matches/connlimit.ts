import { atMostOne, exactlyOne, match, revision } from '../../codec/extension';
import { integer, prefix } from '../../codec/operand';
import { flagged, maskUnlessGiven, opposite } from '../../codec/option';
import { bit, inetAddr, inverse, pointer, struct, u32 } from '../../codec/struct';

// <linux/netfilter/xt_connlimit.h>
const s = struct('xt_connlimit_info', { mask: inetAddr, limit: u32, flags: u32 }, { data: pointer });

const bits = { ipv4: 32, ipv6: 128 };
const inverted = bit(s.flags, 0);
const options = {
  'connlimit-upto': opposite(inverted, true, integer(s.limit)).doc('Matches up to that many connections.'),
  'connlimit-above': opposite(inverted, false, integer(s.limit)).doc('Matches beyond that many connections.'),
  'connlimit-mask': maskUnlessGiven(s.mask, prefix(s.mask), (family) => String(bits[family])).doc(
    'Counts the connections of a network of this prefix length together; each address by itself if not given.',
  ),
};
const daddr = bit(s.flags, 1);

/** Matches by how many connections an address or a network has open. */
export const connlimit = match({
  name: 'connlimit',
  doc: 'Matches by the number of connections that an address or a network has open.',
  revisions: [
    revision(1, s, {
      ...options,
      'connlimit-saddr': flagged(inverse(daddr)).doc('Counts by source address, as it does if nothing is said.'),
      'connlimit-daddr': flagged(daddr).doc('Counts by destination address.'),
    }),
    revision(0, s, options),
  ],
  constraints: [exactlyOne('connlimit-upto', 'connlimit-above'), atMostOne('connlimit-saddr', 'connlimit-daddr')],
  example: { connlimitAbove: 16, connlimitMask: 24 },
  list: ({ connlimitUpto: upto, connlimitAbove: above, connlimitMask, connlimitDaddr }, { kernel }) =>
    `#conn ${connlimitDaddr ? 'dst' : 'src'}/${connlimitMask ?? bits[kernel.family]} ${upto === undefined ? `> ${above}` : `<= ${upto}`}`,
});
