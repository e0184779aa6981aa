import { exactlyOne, revision, target } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { optional } from '../../codec/option';
import { is, struct, u8 } from '../../codec/struct';

// <linux/netfilter_ipv4/ipt_TTL.h>
const s = struct('ipt_TTL_info', { mode: u8, ttl: u8 });

/** Changes how many hops IPv4 packets may still go. */
export const TTL = target({
  name: 'TTL',
  families: ['ipv4'],
  doc: 'Changes the time to live of the packet: how many hops it may still go.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, {
      'ttl-set': optional(is(s.mode, 0), integer(s.ttl)).doc('Sets it to this.'),
      'ttl-dec': optional(is(s.mode, 2), integer(s.ttl, 1, 255)).doc('Subtracts this.'),
      'ttl-inc': optional(is(s.mode, 1), integer(s.ttl, 1, 255)).doc('Adds this.'),
    }),
  ],
  constraints: [exactlyOne('ttl-set', 'ttl-dec', 'ttl-inc')],
  example: { ttlSet: 64 },
  list: ({ ttlSet, ttlDec, ttlInc }) =>
    `TTL ${ttlSet !== undefined ? `set to ${ttlSet}` : ttlDec !== undefined ? `decrement by ${ttlDec}` : `increment by ${ttlInc}`}`,
});
