import { exactlyOne, match, needs, revision } from '../../codec/extension';
import { cut, integer, mapped, names, operand, parsePrefix, word } from '../../codec/operand';
import { defaulted, flagged, implied, Option, opposite, optional, required } from '../../codec/option';
import { bit, bits, both, chars, differs, type Memory, type Member, type Place, pointer, struct, u8, u32, u64 } from '../../codec/struct';
import { average, burst, burstMax, bytewise, type Config, expiry, finish, plain, printAverage, rateMatch, scaleOf } from '../hashlimit';
import { byteRate, bytesIn, periodOf, printBytes, printPeriod, rate } from '../rate';

// <linux/netfilter/xt_hashlimit.h>; revision 0 is from kernels before 2.6.36
const head = { mode: u32, avg: u32, burst: u32 };
const table = { size: u32, max: u32, gc_interval: u32, expire: u32 };
const masks = { srcmask: u8, dstmask: u8 };
const wide = { avg: u64, burst: u64, mode: u32, ...table };
const info = struct('xt_hashlimit_info', { name: chars(16), cfg: struct('hashlimit_cfg', { ...head, ...table }) }, { hinfo: pointer, u: pointer });
const mtinfo1 = struct('xt_hashlimit_mtinfo1', { name: chars(16), cfg: struct('hashlimit_cfg1', { ...head, ...table, ...masks }) }, { hinfo: pointer });
const mtinfo2 = struct('xt_hashlimit_mtinfo2', { name: chars(255), cfg: struct('hashlimit_cfg2', { ...wide, ...masks }) }, { hinfo: pointer });
const mtinfo3 = struct('xt_hashlimit_mtinfo3', { name: chars(255), cfg: struct('hashlimit_cfg3', { ...wide, interval: u32, ...masks }) }, { hinfo: pointer });

const number = (place: Place<bigint>): Place<number> => mapped(place, Number, BigInt);

const MODES = { srcip: 4, srcport: 8, dstip: 1, dstport: 2 };
const keys = (c: { readonly mode: Place<number> }) => {
  const inner = names(bits(c.mode, 0, 4), MODES);
  return optional<readonly (keyof typeof MODES)[]>(differs(bits(c.mode, 0, 4), 0), { ...inner, parse: ([w], context) => inner.parse([w!.replace(/\|/g, ',')], context) });
};
const prefixOption = (place: Place<number>) => {
  const full = (m: Memory) => (m.family === 'ipv4' ? 32 : 128);
  const checked: Place<number> = { read: (m) => place.read(m), write: (m, value) => integer(place, 0, full(m)).write(m, value) };
  return new Option<number, false>(operand('length', 'number', checked, String, parsePrefix), false, (m) => (place.read(m) === full(m) ? undefined : place.read(m)), (m, value) => checked.write(m, value), (m) => place.write(m, full(m))); // prettier-ignore
};

const common = (c: { readonly [K in keyof typeof table]: Member<number> }) => ({
  'hashlimit-htable-size': defaulted(0, integer(c.size)).doc('The number of buckets of the hash table.'),
  'hashlimit-htable-max': defaulted(0, integer(c.max)).doc('The number of entries it may hold.'),
  'hashlimit-htable-gcinterval': defaulted(1000, integer(c.gc_interval, 1)).doc('How often old entries are looked for, in milliseconds.'),
});
const expire = (c: { readonly expire: Place<number> }, standard: (m: Memory) => number) =>
  new Option<number, false>(integer(c.expire, 1), false, (m) => (c.expire.read(m) === standard(m) ? undefined : c.expire.read(m)), (m, value) => integer(c.expire, 1).write(m, value)).doc(
    'How long an entry that is not used stays, in milliseconds.',
  ); // prettier-ignore
const options = (name: Member<string>, c: Config & { readonly [K in keyof typeof table]: Member<number> }, revision: number) => ({
  'hashlimit-upto': opposite(bit(c.mode, 4), false, average(c, scaleOf(revision))).alias('hashlimit').doc('Matches up to this rate: 5/min, or 4kb/s.'),
  'hashlimit-above': opposite(bit(c.mode, 4), true, average(c, scaleOf(revision))).doc('Matches beyond this rate.'),
  'hashlimit-burst': burst(c, revision).doc('How many packets may pass at once, or bytes if the rate is in bytes; 5 packets if not given.'),
  'hashlimit-mode': keys(c).doc('What packets have to have in common to be counted together; all are, if not given.'),
  'hashlimit-name': required(cut(name.type.size - 1, word(name))).doc('The name of the table of entries, in /proc/net/ipt_hashlimit.'),
  ...common(c),
  'hashlimit-htable-expire': expire(c, (m) => (bytewise(c).read(m) ? expiry('1b/s', c.burst.read(m) !== 0) : expiry(printPeriod(c.avg.read(m), scaleOf(revision)), false))),
  'hashlimit-srcmask': prefixOption(c.srcmask).doc('Counts source networks of this prefix length together.'),
  'hashlimit-dstmask': prefixOption(c.dstmask).doc('Counts destination networks of this prefix length together.'),
});

const c3 = { ...mtinfo3.cfg, avg: number(mtinfo3.cfg.avg), burst: number(mtinfo3.cfg.burst) };
const c2 = { ...mtinfo2.cfg, avg: number(mtinfo2.cfg.avg), burst: number(mtinfo2.cfg.burst) };
const matching = rateMatch(c3);

/** Matches by a rate, of each address, port or network by itself. Its state outlives commits of the table. */
export const hashlimit = match({
  name: 'hashlimit',
  doc: 'Matches as long as packets that have something in common come no faster than a rate.',
  revisions: [
    revision(3, mtinfo3, {
      ...options(mtinfo3.name, c3, 3),
      'hashlimit-rate-match': flagged(matching).doc('Matches by the rate alone, without limiting it: a burst counts for nothing.'),
      'hashlimit-rate-interval': optional(both(matching, differs(mtinfo3.cfg.interval, 1)), integer(mtinfo3.cfg.interval, 1, 0x7fffffff)).doc('In how many seconds --hashlimit-rate-match counts.'),
    }, { finish: finish(c3, 3) }),
    revision(2, mtinfo2, options(mtinfo2.name, c2, 2), { finish: finish(c2, 2) }),
    revision(1, mtinfo1, options(mtinfo1.name, mtinfo1.cfg, 1), { finish: finish(mtinfo1.cfg, 1) }),
    revision(0, info, {
      hashlimit: required(rate(info.cfg.avg, scaleOf(0))),
      'hashlimit-burst': implied(5, integer(info.cfg.burst, 1, burstMax(0))),
      'hashlimit-mode': keys(info.cfg),
      'hashlimit-name': required(cut(15, word(info.name))),
      ...common(info.cfg),
      'hashlimit-htable-expire': expire(info.cfg, (m) => expiry(printPeriod(info.cfg.avg.read(m), scaleOf(0)), false)),
    }),
  ],
  constraints: [exactlyOne('hashlimit-upto', 'hashlimit-above'), needs('hashlimit-rate-interval', 'hashlimit-rate-match')],
  example: { hashlimitAbove: '10/sec', hashlimitMode: ['srcip'], hashlimitName: 'per-host' },
  list(settings, { revision = 3 }) {
    const { hashlimitUpto: upto, hashlimitAbove: above, hashlimitBurst: burst, hashlimitMode: mode, hashlimitHtableSize: size, hashlimitHtableMax: max } = settings;
    const { hashlimitHtableGcinterval: gcinterval, hashlimitRateMatch: rateMatch, hashlimitRateInterval: interval = 1 } = settings;
    const old = (settings as { readonly hashlimit?: string }).hashlimit;
    const [rate, scale] = [old ?? plain(upto ?? above), scaleOf(revision)];
    const saved = printAverage(rate, scale);
    const listed = rateMatch && byteRate(rate) === undefined ? printPeriod(periodOf(rate, scale) * (interval || 1), scale) : saved;
    const expire = settings.hashlimitHtableExpire ?? expiry(saved, burst !== undefined);
    const words = {
      [`limit: ${old !== undefined ? 'avg' : above === undefined ? 'up to' : 'above'}`]: listed, burst: typeof burst === 'string' ? printBytes(bytesIn(burst)) : burst,
      mode: mode?.join('-'), 'htable-size': size, 'htable-max': max, 'htable-gcinterval': gcinterval,
      'htable-expire': expire === expiry(listed, burst !== undefined) ? undefined : expire,
      srcmask: settings.hashlimitSrcmask, dstmask: settings.hashlimitDstmask,
      'rate-match': rateMatch && '', 'rate-interval': interval === 1 ? undefined : interval,
    };
    return Object.entries(words).filter(([, value]) => value !== undefined).map(([label, value]) => `${label}${value === '' ? '' : ` ${value}`}`).join(' ');
  },
}); // prettier-ignore
