/** The parts of hashlimit that depend on each other: its rate, its burst, and how long an idle entry stays. */
import { camel, type RevisionMore, wrong } from '../../codec/extension';
import { exceptHole, type Hole, onlyOf, remembering, SEVERAL, spelledHole } from '../../codec/hole';
import { integer, isNot, names, type Operand, operand, parsePrefix } from '../../codec/operand';
import { Option, optional } from '../../codec/option';
import { bit, bits, differs, type Memory, type Place } from '../../codec/struct';
import { Mismatch } from '../../errors';
import {
  byteRate,
  bytesIn,
  bytesOf,
  exactBytes,
  exactRate,
  periodOf,
  printByteRate,
  printBytes,
  printPeriod,
  printRate,
  toCost,
  toPeriod,
  toRate,
} from './rate';

// <linux/netfilter/xt_hashlimit.h>
const XT_HASHLIMIT_SCALE = 10000;
const XT_HASHLIMIT_SCALE_v2 = 1000000;
const XT_HASHLIMIT_HASH_DIP = 1 << 0;
const XT_HASHLIMIT_HASH_DPT = 1 << 1;
const XT_HASHLIMIT_HASH_SIP = 1 << 2;
const XT_HASHLIMIT_HASH_SPT = 1 << 3;
const XT_HASHLIMIT_INVERT = 1 << 4;
const XT_HASHLIMIT_BYTES = 1 << 5;
const XT_HASHLIMIT_RATE_MATCH = 1 << 6;

type Numbers<K extends string> = { readonly [P in K]: Place<number> };
/** `struct hashlimit_cfg1` and later, as far as its parts depend on each other. */
type Config = Numbers<'mode' | 'avg' | 'burst' | 'expire'> & Partial<Numbers<'interval'>>;

/** In revision 1, rates are ten thousandths of a second apart, later millionths. */
export const scaleOf = (revision: number) => (revision < 2 ? XT_HASHLIMIT_SCALE : XT_HASHLIMIT_SCALE_v2);
export const burstMax = (revision: number) => (revision < 2 ? 10_000 : 1_000_000);
export const inverted = (c: Numbers<'mode'>) => bit(c.mode, XT_HASHLIMIT_INVERT);
const bytewise = (c: Numbers<'mode'>) => bit(c.mode, XT_HASHLIMIT_BYTES);
export const rateMatch = (c: Numbers<'mode'>) => bit(c.mode, XT_HASHLIMIT_RATE_MATCH);

/** How long idle entries stay if it isn't said, in milliseconds: as long as the unit of the rate. */
const expiry = (rate: string, burst: boolean): number =>
  1000 * (byteRate(rate) !== undefined ? (burst ? 60 : 15) : rate === 'inf' ? 0 : toRate(rate).seconds);

const print = (rate: string, scale: number): string => {
  const bytes = byteRate(rate);
  return bytes === undefined ? printRate(rate, scale) : printByteRate(bytes);
};
/** `5/min`, `4kb/s` */
export const average = (c: Config, revision: number): Operand<string> => {
  const scale = scaleOf(revision);
  const place: Place<string> = {
    read: (m) => (bytewise(c).read(m) ? printByteRate(bytesOf(c.avg.read(m))) : exactRate(c.avg.read(m), scale)),
    write(m, value) {
      const bytes = byteRate(value);
      bytewise(c).write(m, bytes !== undefined);
      c.avg.write(m, bytes === undefined ? toPeriod(value, scale) : toCost(bytes));
    },
  };
  // Text isn't made canonical: its unit says how long entries stay.
  const parse = (w: string) => (byteRate(w) === undefined && toPeriod(w, scale) === 0 ? '' : w);
  const hole = spelledHole(
    c.avg,
    (ticks) => exactRate(ticks, scale),
    (word) => toPeriod(word, scale),
    // By its unit: that says how long entries stay.
    (word) => SEVERAL + toRate(word).seconds,
  );
  return operand(
    'number[/unit]|number[k|m]b/s',
    'string',
    place,
    (value) => print(value, scale),
    parse,
    ofPackets(c, c.avg, hole),
  );
};
/** Rates of bytes, and those that don't limit, depend on other options in other ways. */
const ofPackets = (c: Config, number: Place<number>, hole: Hole | undefined): Hole | undefined =>
  hole && {
    ...hole,
    formOf: (m) => (bytewise(c).read(m) || rateMatch(c).read(m) ? onlyOf(number.read(m)) : hole.formOf(m)),
  };

function toBytes(value: unknown): number {
  const bytes = bytesIn(value);
  if (!(bytes > 0)) throw new Mismatch('a positive number, or bytes like 400kb or 1mb', value);
  return bytes;
}
/** Packets; or bytes if the rate is in bytes, which the kernel counts in what a second brings: then none if not given. */
export const burst = (c: Config, revision: number): Option<number | string, false> => {
  const place: Place<number | string> = {
    read: (m) => (bytewise(c).read(m) ? exactBytes(bytesOf(c.avg.read(m)), c.burst.read(m)) : c.burst.read(m)),
    write(m, value) {
      if (typeof value === 'number') integer(c.burst, 1, burstMax(revision)).write(m, value);
      else c.burst.write(m, toBytes(value));
    },
  };
  /** What stands behind the number and its unit, iptables doesn't look at: 15/sec, 4kb/s. */
  const parse = (w: string) => {
    const [plain = w] = /^\d+[km]?b?/.exec(w) ?? [];
    return /^\d+$/.test(plain) ? toBytes(plain) : toBytes(plain) && plain;
  };
  return new Option(
    operand<number | string>(
      'number[k|m][b]',
      'number | string',
      place,
      String,
      parse,
      ofPackets(c, c.burst, integer(c.burst, 1, burstMax(revision)).hole),
    ),
    false,
    (m) => (bytewise(c).read(m) && c.burst.read(m) === 0 ? undefined : place.read(m)),
    (m, value) => place.write(m, value),
    (m) => c.burst.write(m, 5),
  );
};

// biome-ignore format: a table
const MODES = {
  srcip: XT_HASHLIMIT_HASH_SIP, srcport: XT_HASHLIMIT_HASH_SPT,
  dstip: XT_HASHLIMIT_HASH_DIP, dstport: XT_HASHLIMIT_HASH_DPT,
};
const ALL_MODES = Object.values(MODES).reduce((all, mode) => all | mode);
/** `srcip,dstport`; also with | between them. */
export const mode = (c: Numbers<'mode'>) => {
  const inner = names(bits(c.mode, ALL_MODES), MODES);
  const parse: typeof inner.parse = ([w], context) => {
    const given = w!.split(/[,|]/).filter(Boolean);
    return given.length === 0 ? [] : inner.parse([given.join()], context);
  };
  return optional(differs(bits(c.mode, ALL_MODES), 0), { ...inner, parse });
};

/** A prefix length, in full if it isn't given. */
export const prefix = (place: Place<number>): Option<number, false> => {
  const full = (m: Memory) => (m.family === 'ipv4' ? 32 : 128);
  return new Option(
    operand('length', 'number', place, String, parsePrefix),
    false,
    (m) => (place.read(m) === full(m) ? undefined : place.read(m)),
    (m, value) => integer(place, 0, full(m)).write(m, value),
    (m) => place.write(m, full(m)),
  );
};

export const expire = (c: Config, revision: number): Option<number, false> => {
  const inner = integer(c.expire);
  const scale = scaleOf(revision);
  const ofRate = remembering<number, number>((ticks) => expiry(exactRate(ticks, scale), false));
  const standard = (m: Memory) => (bytewise(c).read(m) ? expiry('1b/s', c.burst.read(m) !== 0) : ofRate(c.avg.read(m)));
  const isStandard = (m: Memory) => c.expire.read(m) === standard(m);
  return new Option(
    { ...inner, hole: inner.hole && exceptHole(inner.hole, isStandard) },
    false,
    (m) => (isStandard(m) ? undefined : c.expire.read(m)),
    (m, value) => inner.write(m, value),
  );
};

type Settings = Readonly<Record<string, unknown>>;
const rateOf = ({ hashlimit, hashlimitUpto, hashlimitAbove }: Settings): string => {
  const rate = hashlimit ?? hashlimitUpto ?? hashlimitAbove;
  return (isNot(rate) ? rate.not : rate) as string;
};
/** Writes what follows from the rate together with other options. */
export const finish = (c: Config, revision: number): RevisionMore => ({
  finish(m, settings) {
    const [rate, given] = [rateOf(settings), settings.hashlimitBurst];
    const [bytes, count] = [bytewise(c).read(m), c.burst.read(m)];
    if (settings.hashlimitHtableExpire === undefined) c.expire.write(m, expiry(rate, given !== undefined));
    if (bytes) {
      const quantum = bytesOf(c.avg.read(m));
      if (given !== undefined && count < quantum)
        throw wrong('hashlimit-burst', `at least ${quantum}b for ${rate}`, given);
      c.burst.write(m, given === undefined ? 0 : Math.ceil(count / quantum));
    } else if (count > burstMax(revision))
      throw wrong('hashlimit-burst', `at most ${burstMax(revision)} packets`, given);
    if (!c.interval || !rateMatch(c).read(m)) return;
    // The kernel counts in intervals: a rate per minute is one per second in intervals of a minute.
    const seconds = bytes ? 1 : toRate(rate).seconds;
    const average = bytes ? c.avg.read(m) : Math.floor(c.avg.read(m) / seconds);
    if (average === 0) throw wrong('hashlimit-rate-match', 'a rate of at most 1000000 in a unit of time', rate);
    c.avg.write(m, average);
    if (c.interval.read(m) === 0) c.interval.write(m, seconds);
  },
});

const LISTED = [
  'burst',
  'mode',
  'htable-size',
  'htable-max',
  'htable-gcinterval',
  'htable-expire',
  'srcmask',
  'dstmask',
  'rate-match',
  'rate-interval',
];
/** What -L prints: the options, but the rate as it is counted in whole intervals. */
export function list(settings: Settings, revision: number): string {
  const { hashlimit, hashlimitAbove, hashlimitBurst, hashlimitMode, hashlimitRateMatch } = settings;
  const [rate, scale] = [rateOf(settings), scaleOf(revision)];
  const [saved, burst] = [print(rate, scale), hashlimitBurst !== undefined];
  const interval = Number(settings.hashlimitRateInterval ?? 1) || 1;
  const inIntervals = hashlimitRateMatch === true && byteRate(rate) === undefined;
  const listed =
    byteRate(rate) === undefined ? printPeriod(periodOf(rate, scale) * (inIntervals ? interval : 1), scale) : saved;
  const expire = settings.hashlimitHtableExpire ?? expiry(saved, burst);
  const shown: Settings = {
    ...settings,
    hashlimitBurst: typeof hashlimitBurst === 'string' ? printBytes(bytesIn(hashlimitBurst)) : hashlimitBurst,
    hashlimitMode: (hashlimitMode as string[] | undefined)?.join('-'),
    hashlimitHtableExpire: expire === expiry(listed, burst) ? undefined : expire,
  };
  const words = LISTED.map((name) => [name, shown[camel(`hashlimit-${name}`)]] as const);
  const text = words.map(([name, value]) =>
    value === undefined ? '' : ` ${name}${value === true ? '' : ` ${value}`}`,
  );
  const label = hashlimit !== undefined ? 'avg' : hashlimitAbove === undefined ? 'up to' : 'above';
  return `limit: ${label} ${listed}${text.join('')}`;
}
