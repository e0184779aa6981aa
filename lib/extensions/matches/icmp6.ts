import { match, revision } from '../../codec/extension';
import { negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { array, bit, struct, u8 } from '../../codec/struct';
import { icmpMatches, icmpSet, icmpType, listIcmp } from '../shared/icmp';

// <linux/netfilter_ipv6/ip6_tables.h>
const s = struct('ip6t_icmp', { type: u8, code: array(u8, 2), invflags: u8 });
const IP6T_ICMP_INV = 0x01;

// biome-ignore format: a table
const types = {
  'destination-unreachable': [1], 'no-route': [1, 0], 'communication-prohibited': [1, 1], 'beyond-scope': [1, 2],
  'address-unreachable': [1, 3], 'port-unreachable': [1, 4], 'failed-policy': [1, 5], 'reject-route': [1, 6],
  'packet-too-big': [2], 'time-exceeded': [3], 'ttl-exceeded': [3], 'ttl-zero-during-transit': [3, 0],
  'ttl-zero-during-reassembly': [3, 1], 'parameter-problem': [4], 'bad-header': [4, 0],
  'unknown-header-type': [4, 1], 'unknown-option': [4, 2], 'echo-request': [128], ping: [128], 'echo-reply': [129],
  pong: [129], 'mld-listener-query': [130], 'mld-listener-report': [131], 'mld-listener-done': [132],
  'mld-listener-reduction': [132], 'router-solicitation': [133], 'router-advertisement': [134], 'neighbour-solicitation': [135],
  'neighbor-solicitation': [135], 'neighbour-advertisement': [136], 'neighbor-advertisement': [136], redirect: [137],
} as const;

/** Matches ICMPv6 messages by type and code. */
export const icmp6 = match({
  name: 'icmp6',
  aliases: ['icmpv6', 'ipv6-icmp'],
  doc: 'Matches ICMPv6 messages.',
  families: ['ipv6'],
  where: { protocols: [58] },
  revisions: [
    revision(0, s, {
      'icmpv6-type': required(
        negatable(bit(s.invflags, IP6T_ICMP_INV), icmpType(s.type, s.code, types, 'Unknown ICMPv6 type')),
      )
        .varies()
        .doc('The type, with or without a code, or the name of one.'),
    }),
  ],
  matches: ({ icmpv6Type }) => icmpMatches(icmpv6Type),
  symbol: ({ icmpv6Type }, space) => icmpSet(icmpv6Type, types, space),
  example: { icmpv6Type: 'echo-request' },
  list: ({ icmpv6Type }, context) => listIcmp('ipv6-icmp', icmpv6Type, types, context),
});
