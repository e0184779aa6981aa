import { match, revision } from '../../codec/extension';
import { negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { array, bit, struct, u8 } from '../../codec/struct';
import { icmpMatches, icmpSet, icmpType, listIcmp } from '../shared/icmp';

// <linux/netfilter_ipv4/ip_tables.h>
const s = struct('ipt_icmp', { type: u8, code: array(u8, 2), invflags: u8 });
const IPT_ICMP_INV = 0x01;

// biome-ignore format: a table
const types = {
  any: [255], 'echo-reply': [0], pong: [0], 'destination-unreachable': [3], 'network-unreachable': [3, 0],
  'host-unreachable': [3, 1], 'protocol-unreachable': [3, 2], 'port-unreachable': [3, 3],
  'fragmentation-needed': [3, 4], 'source-route-failed': [3, 5], 'network-unknown': [3, 6], 'host-unknown': [3, 7],
  'network-prohibited': [3, 9], 'host-prohibited': [3, 10], 'TOS-network-unreachable': [3, 11],
  'TOS-host-unreachable': [3, 12], 'communication-prohibited': [3, 13], 'host-precedence-violation': [3, 14],
  'precedence-cutoff': [3, 15], 'source-quench': [4], redirect: [5], 'network-redirect': [5, 0],
  'host-redirect': [5, 1], 'TOS-network-redirect': [5, 2], 'TOS-host-redirect': [5, 3], 'echo-request': [8],
  ping: [8], 'router-advertisement': [9], 'router-solicitation': [10], 'time-exceeded': [11], 'ttl-exceeded': [11],
  'ttl-zero-during-transit': [11, 0], 'ttl-zero-during-reassembly': [11, 1], 'parameter-problem': [12],
  'ip-header-bad': [12, 0], 'required-option-missing': [12, 1], 'timestamp-request': [13], 'timestamp-reply': [14],
  'address-mask-request': [17], 'address-mask-reply': [18],
} as const;

/** Matches ICMP messages by type and code. */
export const icmp = match({
  name: 'icmp',
  doc: 'Matches ICMP messages.',
  families: ['ipv4'],
  where: { protocols: [1] },
  revisions: [
    revision(0, s, {
      'icmp-type': required(
        negatable(bit(s.invflags, IPT_ICMP_INV), icmpType(s.type, s.code, types, 'Unknown ICMP type')),
      )
        .varies()
        .doc('The type, with or without a code, or the name of one.'),
    }),
  ],
  matches: ({ icmpType }) => icmpMatches(icmpType),
  symbol: ({ icmpType }, space) => icmpSet(icmpType, types, space),
  example: { icmpType: 'echo-request' },
  list: ({ icmpType }, context) => listIcmp('icmp', icmpType, types, context),
});
