import { exactlyOne, revision, target } from '../../codec/extension';
import { struct, u8 } from '../../codec/struct';
import { changeHops, changes, listChange } from '../shared/hops';

// <linux/netfilter_ipv6/ip6t_HL.h>
const s = struct('ip6t_HL_info', { mode: u8, hop_limit: u8 });
const { set, dec, inc } = changes(s.mode, s.hop_limit);

/** Changes how many hops IPv6 packets may still go. */
export const HL = target({
  name: 'HL',
  families: ['ipv6'],
  doc: 'Changes the hop limit of the packet: how many hops it may still go.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, {
      'hl-set': set,
      'hl-dec': dec,
      'hl-inc': inc,
    }),
  ],
  constraints: [exactlyOne('hl-set', 'hl-dec', 'hl-inc')],
  effect: ({ hlSet, hlDec, hlInc }) => changeHops(hlSet, hlDec, hlInc),
  example: { hlSet: 64 },
  list: ({ hlSet, hlDec, hlInc }) => listChange('HL', hlSet, hlDec, hlInc),
});
