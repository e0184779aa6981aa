import { atMostOne, exactlyOne, match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { integer, prefix } from '../../codec/operand';
import { flagged, maskUnlessGiven, opposite } from '../../codec/option';
import { bit, inetAddr, inverse, pointer, struct, u32 } from '../../codec/struct';

// <linux/netfilter/xt_connlimit.h>
const s = struct('xt_connlimit_info', { mask: inetAddr, limit: u32, flags: u32 }, { data: pointer });
const XT_CONNLIMIT_INVERT = 1 << 0;
const XT_CONNLIMIT_DADDR = 1 << 1;

const count = integer(s.limit);
const BITS = { ipv4: 32, ipv6: 128 };
const mask = maskUnlessGiven(s.mask, prefix(s.mask), (family) => String(BITS[family]));
const options = {
  'connlimit-upto': opposite(bit(s.flags, XT_CONNLIMIT_INVERT), true, count)
    .varies()
    .doc('Matches up to that many connections.'),
  'connlimit-above': opposite(bit(s.flags, XT_CONNLIMIT_INVERT), false, count)
    .varies()
    .doc('Matches beyond that many.'),
  'connlimit-mask': mask.doc('Counts networks of this prefix length together; else each address by itself.'),
};
const ends = {
  'connlimit-saddr': flagged(inverse(bit(s.flags, XT_CONNLIMIT_DADDR))).doc(
    'Counts by source address, as if nothing is said.',
  ),
  'connlimit-daddr': flagged(bit(s.flags, XT_CONNLIMIT_DADDR)).doc('Counts by destination address.'),
};

/** Matches by how many connections an address or a network has open. */
export const connlimit = match({
  name: 'connlimit',
  doc: 'Matches by the number of connections that an address or a network has open.',
  revisions: [revision(1, s, { ...options, ...ends }), revision(0, s, options)],
  constraints: [exactlyOne('connlimit-upto', 'connlimit-above'), atMostOne('connlimit-saddr', 'connlimit-daddr')],
  unsaid: ({ connlimitMask }) => connlimitMask === undefined,
  matches: ({ connlimitUpto, connlimitAbove }) =>
    all(
      given(connlimitUpto, (most) => fact('connections', (count) => count <= most)),
      given(connlimitAbove, (most) => fact('connections', (count) => count > most)),
    ),
  fickle: true,
  example: { connlimitAbove: 16, connlimitMask: 24 },
  list({ connlimitUpto: upto, connlimitAbove: above, connlimitMask: mask, connlimitDaddr: daddr }, { kernel }) {
    const limit = upto === undefined ? `> ${above}` : `<= ${upto}`;
    return `#conn ${daddr ? 'dst' : 'src'}/${mask ?? BITS[kernel.family]} ${limit}`;
  },
});
