import { match, revision } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { defaulted, implied } from '../../codec/option';
import { pointer, struct, u32, ulong } from '../../codec/struct';
import { printRate, rate } from '../rate';

// <linux/netfilter/xt_limit.h>
const s = struct('xt_rateinfo', { avg: u32, burst: u32 }, { prev: ulong, credit: u32, credit_cap: u32, cost: u32, master: pointer });

/** Matches so many packets in a unit of time: a bucket of tokens, which every commit of the table fills again. */
export const limit = match({
  name: 'limit',
  doc: 'Matches as long as packets come no faster than a rate.',
  revisions: [
    revision(0, s, {
      limit: implied('3/hour', rate(s.avg, 10_000)).doc('The average rate, up to 10000/sec; 3/hour if not given.'),
      'limit-burst': defaulted(5, integer(s.burst, 1, 10_000)).doc('How many packets match before the rate holds; 5 if not given.'),
    }),
  ],
  example: { limit: '5/min', limitBurst: 10 },
  list: ({ limit, limitBurst = 5 }) => `limit: avg ${printRate(limit!, 10_000)} burst ${limitBurst}`,
});
