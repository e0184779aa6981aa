import { atLeastOne, atMostOne, exactlyOne, excludes, match, needs, OptionMismatch, revision } from '../../codec/extension';
import { cut, flag, integer, isNot, mapped, negatable, type Not, type Operand, word } from '../../codec/operand';
import { flagged, Option, optional } from '../../codec/option';
import { bit, chars, inverse, is, type Place, pointer, struct, u16, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_rateest.h>
const s = struct('xt_rateest_match_info', {
  name1: chars(16), name2: chars(16), flags: u16, mode: u16, bps1: u32, pps1: u32, bps2: u32, pps2: u32,
}, { est1: pointer, est2: pointer }); // prettier-ignore

const [inverted, absolute, relative, delta, bps, pps] = [0, 1, 2, 3, 4, 5].map((i) => bit(s.flags, i)) as [Flag, Flag, Flag, Flag, Flag, Flag];
type Flag = Place<boolean>;

// As tc(8) has them: bits per second; a plain number too.
const prefixes = { '': 1, ki: 1024, k: 1e3, mi: 1024 ** 2, m: 1e6, gi: 1024 ** 3, g: 1e9, ti: 1024 ** 4, t: 1e12 };
const UNITS = new Map(Object.entries(prefixes).flatMap(([prefix, scale]) => [[`${prefix}bit`, scale], [`${prefix}bps`, 8 * scale]])); // prettier-ignore
/** Bytes per second, in the kernel; NaN if it isn't a rate. */
function rateIn(text: unknown): number {
  const [, digits, unit = ''] = /^(\d+\.?\d*(?:e\d+)?|\.\d+)([a-z]*)$/i.exec(String(text)) ?? [];
  const scale = unit === '' ? 1 : UNITS.get(unit.toLowerCase());
  return digits === undefined || scale === undefined ? Number.NaN : Math.floor((Number(digits) * scale) / 8);
}
function toRate(text: unknown): number {
  const rate = rateIn(text);
  if (!(rate <= 0xffffffff)) throw new Mismatch('a rate like 5kbit, 10MBps or 8bit', text);
  return rate;
}
/** As iptables prints a rate: rounded, half to even. */
function printRate(rate: number): string {
  const rounded = (unit: number) => {
    const [whole, rest] = [Math.floor((rate * 8) / unit), (rate * 8) % unit];
    return whole + (rest * 2 > unit || (rest * 2 === unit && whole % 2 === 1) ? 1 : 0);
  };
  return rate * 8 >= 1e9 ? `${rounded(1e6)}Mbit` : rate * 8 >= 1e6 ? `${rounded(1e3)}Kbit` : `${rate * 8}bit`;
}
const exactRate = (rate: number) => (rateIn(printRate(rate)) === rate ? printRate(rate) : `${rate * 8}bit`);
const rate = (place: Place<number>): Operand<string> => ({
  ...word(mapped(place, exactRate, toRate)),
  metavar: 'rate',
  print: (value) => printRate(rateIn(value)),
  parse: ([w]) => exactRate(toRate(w)),
});
/** Between two estimators there is nothing to say. */
const orNothing = <T>(inner: Operand<T>): Operand<T | true> => ({
  ...(inner as Operand<T | true>),
  words: 'maybe',
  type: `${inner.type} | true`,
  read: (m) => (absolute.read(m) || delta.read(m) ? inner.read(m) : true),
  write(m, value) {
    if (value !== true) inner.write(m, value);
  },
  print: (value, context) => (value === true ? '' : inner.print(value, context)),
  parse: (words, context) => (words.length === 0 ? true : inner.parse(words, context)),
});
/** One of two names for the same place: which one is printed depends on a flag. */
const either = <T>(flags: readonly Flag[], asked: readonly Flag[], o: Operand<T>): Option<T, false> =>
  new Option<T, false>(o, false, (m) => ([...flags, ...asked].every((f) => f.read(m)) ? o.read(m) : undefined), (m, value) => {
    for (const f of flags) f.write(m, true);
    o.write(m, value);
  }); // prettier-ignore
const comparison = (mode: number) => optional(is(s.mode, mode), negatable(inverted, flag(is(s.mode, mode))));
const bits = ['rateest-bps', 'rateest-bps1', 'rateest-bps2'];
const packets = ['rateest-pps', 'rateest-pps1', 'rateest-pps2'];
const name1 = cut(15, word(s.name1));

/** Matches by the rate that one or two estimators, made by the target RATEEST, measure. */
export const rateest = match({
  name: 'rateest',
  doc: 'Matches by the rate that an estimator measures, or by that of two compared.',
  revisions: [
    revision(0, s, {
      'rateest-delta': flagged(delta).doc('Compares by how much the rates differ from those given.'),
      rateest: either([], [inverse(relative)], name1).doc('The estimator, by the name that the target RATEEST gave it.'),
      rateest1: either([], [relative], name1).doc('The first of two estimators that are compared.'),
      'rateest-bps1': either([bps], [delta], rate(s.bps1)).doc("With --rateest-delta: what the first estimator's rate is subtracted from."),
      'rateest-pps1': either([pps], [delta], integer(s.pps1)).doc('The same in packets per second.'),
      'rateest-lt': comparison(2).doc('The rate is less.'),
      'rateest-gt': comparison(3).doc('The rate is greater.'),
      'rateest-eq': comparison(1).doc('The rate is equal.'),
      'rateest-bps': either([bps], [inverse(delta)], orNothing(rate(s.bps2))).doc('Compares bits per second, with this rate; between two estimators without one.'),
      'rateest-bps2': either([bps], [delta], orNothing(rate(s.bps2))).doc('With --rateest-delta: the rate to compare with, or what the second estimator is subtracted from.'),
      'rateest-pps': either([pps], [inverse(delta)], orNothing(integer(s.pps2))).doc('Compares packets per second.'),
      'rateest-pps2': either([pps], [delta], orNothing(integer(s.pps2))).doc('The same in packets per second.'),
      rateest2: either([relative], [], cut(15, word(s.name2))).doc('The second of two estimators that are compared.'),
    }, { finish: (m) => absolute.write(m, !relative.read(m)) }),
  ],
  constraints: [
    exactlyOne('rateest', 'rateest1'), exactlyOne('rateest-lt', 'rateest-gt', 'rateest-eq'),
    atLeastOne(...bits, ...packets), atMostOne('rateest-bps', 'rateest-bps2'), atMostOne('rateest-pps', 'rateest-pps2'),
    // Of both, iptables-save prints what iptables doesn't read.
    ...bits.map((name) => excludes(name, ...packets)),
    needs('rateest-bps1', 'rateest-delta'), needs('rateest-pps1', 'rateest-delta'),
  ],
  check({ rateestDelta, rateest2, rateestBps, rateestBps2, rateestPps, rateestPps2 }) {
    if (rateestDelta) return;
    for (const [option, value] of [['rateest-bps', rateestBps ?? rateestBps2], ['rateest-pps', rateestPps ?? rateestPps2]] as const) {
      if (rateest2 === undefined && value === true) throw new OptionMismatch(option, new Mismatch('a rate, with one estimator', value));
      if (rateest2 !== undefined && value !== true && value !== undefined) throw new OptionMismatch(option, new Mismatch('no rate: two estimators are compared with each other', value));
    }
  },
  example: { rateest: 'eth0', rateestGt: true, rateestBps: '2mbit' },
  list(settings, { numeric }) {
    const { rateestDelta, rateest2, rateestLt: lt, rateestGt: gt, rateestBps1, rateestPps1, rateestBps, rateestPps } = settings;
    const [bps2, pps2] = [settings.rateestBps2 ?? rateestBps, settings.rateestPps2 ?? rateestPps];
    const mode = `${[lt, gt, settings.rateestEq].some((v) => isNot(v)) ? ' !' : ''} ${lt !== undefined ? 'lt' : gt !== undefined ? 'gt' : 'eq'}`;
    const show = (value: unknown) => value === true ? '' : ` ${typeof value === 'number' ? value : numeric ? rateIn(value) : printRate(rateIn(value))}`;
    const first = rateestDelta ? [rateestBps1 ?? 0, rateestPps1 ?? 0].map(show) : ['', ''];
    const one = (unit: string, value: unknown, i: number) => {
      if (value === undefined) return '';
      const rest = rateest2 !== undefined ? '' : i === 0 ? show(value) + mode : mode + show(value);
      return ` ${unit}${first[i]}${rest}`;
    };
    const two = (unit: string, value: unknown) => (value === undefined ? '' : ` ${unit}${rateestDelta ? show(value) : ''}`);
    return `rateest match ${settings.rateest ?? settings.rateest1}${rateestDelta ? ' delta' : ''}${one('bps', bps2, 0)}${one('pps', pps2, 1)}${
      rateest2 === undefined ? '' : `${mode} ${rateest2}${two('bps', bps2)}${two('pps', pps2)}`}`;
  },
}); // prettier-ignore
