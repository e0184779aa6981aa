import { exactlyOne, match, revision } from '../../codec/extension';
import { struct, u8 } from '../../codec/struct';
import { comparisons, hopsMatch, listComparison } from '../shared/hops';

// <linux/netfilter_ipv4/ipt_ttl.h>
const s = struct('ipt_ttl_info', { mode: u8, ttl: u8 });
const { eq, lt, gt } = comparisons(s.mode, s.ttl);

/** Matches by the time to live in the IPv4 header. */
export const ttl = match({
  name: 'ttl',
  doc: 'Matches by the time to live of the packet.',
  families: ['ipv4'],
  revisions: [revision(0, s, { 'ttl-eq': eq.alias('ttl'), 'ttl-lt': lt, 'ttl-gt': gt })],
  constraints: [exactlyOne('ttl-eq', 'ttl-lt', 'ttl-gt')],
  matches: ({ ttlEq, ttlLt, ttlGt }) => hopsMatch(ttlEq, ttlLt, ttlGt),
  separate: true,
  example: { ttlLt: 2 },
  list: ({ ttlEq, ttlLt, ttlGt }) => listComparison('TTL', ttlEq, ttlLt, ttlGt),
});
