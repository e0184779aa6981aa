import { match, revision, wrong } from '../../codec/extension';
import { unknown } from '../../codec/meaning';
import { integer, phrased } from '../../codec/operand';
import { defaulted, implied } from '../../codec/option';
import { type Memory, pointer, struct, u32, ulong } from '../../codec/struct';
import { listRate, periodOf, rate } from '../shared/rate';

// <linux/netfilter/xt_limit.h>
// biome-ignore format: a table
const s = struct('xt_rateinfo', { avg: u32, burst: u32 }, { prev: ulong, credit: u32, credit_cap: u32, cost: u32, master: pointer });
const XT_LIMIT_SCALE = 10000;

/** What the kernel makes of a time, in 32 bits; the factor depends on its clock (100; 250 or 1000; 300 Hz). */
const credits = (ticks: number, factor: number): number =>
  (ticks > 0xffffffff / factor
    ? Math.floor(ticks / XT_LIMIT_SCALE) * factor
    : Math.floor((ticks * factor) / XT_LIMIT_SCALE)) %
  2 ** 32;
const overflows = (period: number, burst: number): boolean =>
  [25_600, 32_000, 38_400].every((factor) => credits((period * burst) % 2 ** 32, factor) < credits(period, factor));

/** Far from what overflows: what is nearer is counted exactly. */
const passes = (m: Memory) => s.avg.read(m) * s.burst.read(m) < 1e9;

/** Matches so many packets in a unit of time: a bucket of tokens, which every commit of the table fills again. */
export const limit = match({
  name: 'limit',
  doc: 'Matches as long as packets come no faster than a rate.',
  revisions: [
    revision(0, s, {
      limit: implied(
        '3/hour',
        phrased(rate(s.avg, XT_LIMIT_SCALE), (w) => `bad rate "${w}"'`),
      )
        .varies(passes)
        .doc('The average rate, up to 10000/sec; 3/hour if not given.'),
      'limit-burst': defaulted(5, integer(s.burst, 0, 10_000))
        .varies(passes)
        .doc('How many match at once, at first; 5 if not given.'),
    }),
  ],
  kernelCheck({ limit = '3/hour', limitBurst = 5 }) {
    if (limitBurst === 0) throw wrong('limit-burst', 'an integer from 1 to 10000', limitBurst);
    if (overflows(periodOf(limit, XT_LIMIT_SCALE), limitBurst))
      throw wrong('limit-burst', `what the kernel can count with --limit ${limit}, a smaller number`, limitBurst);
  },
  matches: () => unknown('how many packets came before', true),
  fickle: true,
  example: { limit: '5/min', limitBurst: 10 },
  list: ({ limit = '', limitBurst = 5 }) => `limit: avg ${listRate(limit, XT_LIMIT_SCALE)} burst ${limitBurst}`,
});
