import { exactlyOne, match, needs, revision, wrong } from '../../codec/extension';
import { unknown } from '../../codec/meaning';
import { cut, integer, type Operand, word } from '../../codec/operand';
import { defaulted, flagged, implied, opposite, optional, required } from '../../codec/option';
import {
  both,
  type CType,
  chars,
  differs,
  type Member,
  type Place,
  pointer,
  struct,
  u8,
  u32,
  u64,
} from '../../codec/struct';
import { isFileName } from '../../net/text';
import {
  average,
  burst,
  burstMax,
  expire,
  finish,
  inverted,
  list,
  mode,
  prefix,
  rateMatch,
  scaleOf,
} from '../shared/hashlimit';
import { rate } from '../shared/rate';

/** No limit is beyond what numbers of JavaScript's can say. */
const asNumber: CType<number> = {
  ...u64,
  read: (m, at) => Number(u64.read(m, at)),
  write: (m, at, value) => u64.write(m, at, BigInt(value)),
};

// <linux/netfilter/xt_hashlimit.h>; revision 0 is from kernels before 2.6.36
const head = { mode: u32, avg: u32, burst: u32 };
const table = { size: u32, max: u32, gc_interval: u32, expire: u32 };
const masks = { srcmask: u8, dstmask: u8 };
const wide = { avg: asNumber, burst: asNumber, mode: u32, ...table };
const cfg0 = struct('hashlimit_cfg', { ...head, ...table });
const cfg1 = struct('hashlimit_cfg1', { ...head, ...table, ...masks });
const cfg2 = struct('hashlimit_cfg2', { ...wide, ...masks });
const cfg3 = struct('hashlimit_cfg3', { ...wide, interval: u32, ...masks });
const info = struct('xt_hashlimit_info', { name: chars(16), cfg: cfg0 }, { hinfo: pointer, u: pointer });
const mtinfo1 = struct('xt_hashlimit_mtinfo1', { name: chars(16), cfg: cfg1 }, { hinfo: pointer });
const mtinfo2 = struct('xt_hashlimit_mtinfo2', { name: chars(255), cfg: cfg2 }, { hinfo: pointer });
const mtinfo3 = struct('xt_hashlimit_mtinfo3', { name: chars(255), cfg: cfg3 }, { hinfo: pointer });

type Table = { readonly [K in 'mode' | 'avg' | 'burst' | keyof typeof table]: Place<number> };

const limits = (name: Member<string>, c: Table, revision: number) => ({
  'hashlimit-mode': mode(c).doc('What packets are counted by; if not given, all together.'),
  'hashlimit-name': required(cut(name.type.size - 1, word(name)))
    .varies((m) => isFileName(name.read(m)))
    .doc('The name of its table, in /proc/net/ipt_hashlimit.'),
  'hashlimit-htable-size': defaulted(0, integer(c.size)).doc('The number of buckets of the hash table.'),
  'hashlimit-htable-max': defaulted(0, integer(c.max)).doc('The number of entries it may hold.'),
  'hashlimit-htable-gcinterval': defaulted(1000, integer(c.gc_interval)).doc(
    'How often it is tidied, in milliseconds.',
  ),
  'hashlimit-htable-expire': expire(c, revision).varies().doc('How long an idle entry stays, in milliseconds.'),
});
const limit = (c: Table, o: Operand<string>) => ({
  'hashlimit-upto': opposite(inverted(c), false, o).varies().alias('hashlimit').doc('Matches up to this rate.'),
  'hashlimit-above': opposite(inverted(c), true, o).varies().doc('Matches beyond this rate.'),
});
const options = (
  name: Member<string>,
  c: Table & { readonly [K in keyof typeof masks]: Place<number> },
  revision: number,
) => ({
  ...limit(c, average(c, revision)),
  'hashlimit-burst': burst(c, revision)
    .varies()
    .doc('Packets that may pass at once (5 if not given); or bytes if the rate is in bytes.'),
  ...limits(name, c, revision),
  'hashlimit-srcmask': prefix(c.srcmask).doc('Counts source networks of this prefix length together.'),
  'hashlimit-dstmask': prefix(c.dstmask).doc('Counts destination networks of this prefix length together.'),
});
const [c2, c3] = [mtinfo2.cfg, mtinfo3.cfg];
const interval = optional(both(rateMatch(c3), differs(c3.interval, 1)), integer(c3.interval, 1, 0x7fffffff));
const options3 = {
  ...options(mtinfo3.name, c3, 3),
  'hashlimit-rate-match': flagged(rateMatch(c3)).doc('Matches by the rate without limiting it: no burst, no tokens.'),
  'hashlimit-rate-interval': interval.doc('In how many seconds --hashlimit-rate-match counts.'),
};

/** Matches by a rate, of each address, port or network by itself. Its state outlives commits of the table. */
export const hashlimit = match({
  name: 'hashlimit',
  doc: 'Matches as long as packets that have something in common come no faster than a rate.',
  revisions: [
    revision(3, mtinfo3, options3, finish(c3, 3)),
    revision(2, mtinfo2, options(mtinfo2.name, c2, 2), finish(c2, 2)),
    revision(1, mtinfo1, options(mtinfo1.name, mtinfo1.cfg, 1), finish(mtinfo1.cfg, 1)),
    revision(
      0,
      info,
      {
        hashlimit: required(rate(info.cfg.avg, scaleOf(0))),
        'hashlimit-burst': implied(5, integer(info.cfg.burst, 1, burstMax(0))),
        ...limits(info.name, info.cfg, 0),
      },
      finish(info.cfg, 0),
    ),
  ],
  constraints: [
    exactlyOne('hashlimit-upto', 'hashlimit-above'),
    needs('hashlimit-rate-interval', 'hashlimit-rate-match'),
  ],
  kernelCheck({ hashlimitHtableExpire: expire, hashlimitHtableGcinterval: interval }) {
    for (const [option, value] of Object.entries({ 'htable-expire': expire, 'htable-gcinterval': interval }))
      if (value === 0) throw wrong(`hashlimit-${option}`, 'an integer from 1 to 4294967295', value);
  },
  files: ['hashlimit-name'],
  // An interval counts with its match alone, and a list of no modes is none.
  understood(given) {
    const { hashlimitRateInterval: _, ...others } = given;
    const settings: Record<string, unknown> = given.hashlimitRateMatch === undefined ? others : { ...given };
    if (Array.isArray(given.hashlimitMode) && given.hashlimitMode.length === 0) delete settings.hashlimitMode;
    return settings;
  },
  matches: () => unknown('how many packets came before', true),
  fickle: true,
  example: { hashlimitAbove: '10/sec', hashlimitMode: ['srcip'], hashlimitName: 'per-host' },
  list: (settings, { revision = 3 }) => list(settings, revision),
});
