import { exactlyOne, match, revision } from '../../codec/extension';
import { struct, u8 } from '../../codec/struct';
import { comparisons, hopsMatch, listComparison } from '../shared/hops';

// <linux/netfilter_ipv6/ip6t_hl.h>
const s = struct('ip6t_hl_info', { mode: u8, hop_limit: u8 });
const { eq, lt, gt } = comparisons(s.mode, s.hop_limit);

/** Matches by the hop limit in the IPv6 header. */
export const hl = match({
  name: 'hl',
  doc: 'Matches by the hop limit of the packet.',
  families: ['ipv6'],
  revisions: [revision(0, s, { 'hl-eq': eq.alias('hl'), 'hl-lt': lt, 'hl-gt': gt })],
  constraints: [exactlyOne('hl-eq', 'hl-lt', 'hl-gt')],
  matches: ({ hlEq, hlLt, hlGt }) => hopsMatch(hlEq, hlLt, hlGt),
  separate: true,
  example: { hlEq: 255 },
  list: ({ hlEq, hlLt, hlGt }) => listComparison('HL', hlEq, hlLt, hlGt),
});
