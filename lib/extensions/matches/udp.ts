import { match, revision } from '../../codec/extension';
import { inRange, inTransport } from '../../codec/meaning';
import { array, bit, struct, u8, u16 } from '../../codec/struct';
import { listPorts, ports } from '../shared/transport';

// <linux/netfilter/xt_tcpudp.h>
const s = struct('xt_udp', { spts: array(u16, 2), dpts: array(u16, 2), invflags: u8 });
const XT_UDP_INV_SRCPT = 0x01;
const XT_UDP_INV_DSTPT = 0x02;

/** Matches UDP datagrams by ports. */
export const udp = match({
  name: 'udp',
  doc: 'Matches UDP datagrams.',
  where: { protocols: [17] },
  revisions: [
    revision(0, s, {
      sport: ports(s.spts, bit(s.invflags, XT_UDP_INV_SRCPT))
        .alias('source-port')
        .doc('The source port, or a range of them.'),
      dport: ports(s.dpts, bit(s.invflags, XT_UDP_INV_DSTPT))
        .alias('destination-port')
        .doc('The destination port, or a range of them.'),
    }),
  ],
  matches: ({ sport, dport }) => inTransport(inRange('dport', dport), inRange('sport', sport)),
  symbol: ({ sport, dport }, space) =>
    space.and(
      space.whole,
      space.given(sport, (range) => space.range('sport', range)),
      space.given(dport, (range) => space.range('dport', range)),
    ),
  example: { dport: 53 },
  list: ({ sport, dport }, context) =>
    `udp${listPorts('spt', sport, 'udp', context)}${listPorts('dpt', dport, 'udp', context)}`,
});
