import { exactlyOne, revision, target } from '../../codec/extension';
import { struct, u8 } from '../../codec/struct';
import { changeHops, changes, listChange } from '../shared/hops';

// <linux/netfilter_ipv4/ipt_TTL.h>
const s = struct('ipt_TTL_info', { mode: u8, ttl: u8 });
const { set, dec, inc } = changes(s.mode, s.ttl);

/** Changes how many hops IPv4 packets may still go. */
export const TTL = target({
  name: 'TTL',
  families: ['ipv4'],
  doc: 'Changes the time to live of the packet: how many hops it may still go.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, {
      'ttl-set': set,
      'ttl-dec': dec,
      'ttl-inc': inc,
    }),
  ],
  constraints: [exactlyOne('ttl-set', 'ttl-dec', 'ttl-inc')],
  effect: ({ ttlSet, ttlDec, ttlInc }) => changeHops(ttlSet, ttlDec, ttlInc),
  example: { ttlSet: 64 },
  list: ({ ttlSet, ttlDec, ttlInc }) => listChange('TTL', ttlSet, ttlDec, ttlInc),
});
