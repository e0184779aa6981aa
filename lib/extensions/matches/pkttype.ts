import { match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { choice, isNot, negatable, phrased } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, s32, struct } from '../../codec/struct';

// <linux/netfilter/xt_pkttype.h>, and <linux/if_packet.h>
const s = struct('xt_pkttype_info', { pkttype: s32, invert: s32 });
const types = { unicast: 0, broadcast: 1, multicast: 2, otherhost: 3, bcast: 1, mcast: 2, host: 0 };

/** Matches by what the link layer says of a packet: to this host, to all, to a group. */
export const pkttype = match({
  name: 'pkttype',
  doc: 'Matches by whom the link layer addressed the packet to.',
  revisions: [
    revision(0, s, {
      'pkt-type': required(
        negatable(
          boolean(s.invert),
          phrased(choice(s.pkttype, types), (w) => `Bad packet type '${w}'`),
        ),
      ).doc('To this host, to all, to a group, or to somebody else.'),
    }),
  ],
  matches: ({ pktType }) =>
    all(given(pktType, (name) => fact('pktType', (type) => types[type as keyof typeof types] === types[name]))),
  separate: true,
  example: { pktType: 'broadcast' },
  list: ({ pktType: type }) => `PKTTYPE ${isNot(type) ? `!= ${type.not}` : `= ${type}`}`,
});
