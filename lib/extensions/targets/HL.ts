import { exactlyOne, revision, target } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { optional } from '../../codec/option';
import { is, struct, u8 } from '../../codec/struct';

// <linux/netfilter_ipv6/ip6t_HL.h>
const s = struct('ip6t_HL_info', { mode: u8, hop_limit: u8 });

/** Changes how many hops IPv6 packets may still go. */
export const HL = target({
  name: 'HL',
  families: ['ipv6'],
  doc: 'Changes the hop limit of the packet: how many hops it may still go.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, {
      'hl-set': optional(is(s.mode, 0), integer(s.hop_limit)).doc('Sets it to this.'),
      'hl-dec': optional(is(s.mode, 2), integer(s.hop_limit, 1, 255)).doc('Subtracts this.'),
      'hl-inc': optional(is(s.mode, 1), integer(s.hop_limit, 1, 255)).doc('Adds this.'),
    }),
  ],
  constraints: [exactlyOne('hl-set', 'hl-dec', 'hl-inc')],
  example: { hlSet: 64 },
  list: ({ hlSet, hlDec, hlInc }) =>
    `HL ${hlSet !== undefined ? `set to ${hlSet}` : hlDec !== undefined ? `decrement by ${hlDec}` : `increment by ${hlInc}`}`,
});
