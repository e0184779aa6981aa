import { atMostOne, camel, excludes, match, needs, revision, wrong } from '../../codec/extension';
import { cut, flag, integer, isNot, negatable, type Operand, word } from '../../codec/operand';
import { flagged, Option, optional } from '../../codec/option';
import { bit, chars, inverse, is, type Place, pointer, struct, u16, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { bitrate, listBitrate } from '../shared/bitrate';

// <linux/netfilter/xt_rateest.h>
// biome-ignore format: a table
const s = struct('xt_rateest_match_info', {
  name1: chars(16), name2: chars(16), flags: u16, mode: u16, bps1: u32, pps1: u32, bps2: u32, pps2: u32,
}, { est1: pointer, est2: pointer });
const XT_RATEEST_MATCH_INVERT = 1 << 0;
const XT_RATEEST_MATCH_ABS = 1 << 1;
const XT_RATEEST_MATCH_REL = 1 << 2;
const XT_RATEEST_MATCH_DELTA = 1 << 3;
const XT_RATEEST_MATCH_BPS = 1 << 4;
const XT_RATEEST_MATCH_PPS = 1 << 5;
const XT_RATEEST_MATCH_EQ = 1;
const XT_RATEEST_MATCH_LT = 2;
const XT_RATEEST_MATCH_GT = 3;

const inverted = bit(s.flags, XT_RATEEST_MATCH_INVERT);
const absolute = bit(s.flags, XT_RATEEST_MATCH_ABS);
const relative = bit(s.flags, XT_RATEEST_MATCH_REL);
const delta = bit(s.flags, XT_RATEEST_MATCH_DELTA);
const bps = bit(s.flags, XT_RATEEST_MATCH_BPS);
const pps = bit(s.flags, XT_RATEEST_MATCH_PPS);

/** A place with several names, of which flags say which one is printed; `kind` is set by writing. */
const when = <T>(asked: Place<boolean>, o: Operand<T>, kind?: Place<boolean>): Option<T, false> =>
  new Option<T, false>(
    o,
    false,
    (m) => (asked.read(m) && (kind?.read(m) ?? true) ? o.read(m) : undefined),
    (m, value) => {
      kind?.write(m, true);
      o.write(m, value);
    },
  );
/** Between two estimators there is no rate to say. */
const orNone = <T>(inner: Operand<T>): Operand<T | true> => ({
  ...(inner as Operand<T | true>),
  words: 'maybe',
  type: `${inner.type} | true`,
  read: (m) => (absolute.read(m) || delta.read(m) ? inner.read(m) : true),
  write: (m, value) => (value === true ? undefined : inner.write(m, value)),
  print: (value, context) => (value === true ? '' : inner.print(value, context)),
  parse: (words, context) => (words.length === 0 ? true : inner.parse(words, context)),
});
const comparison = (mode: number) => optional(is(s.mode, mode), negatable(inverted, flag(is(s.mode, mode))));
const [name1, bps2, pps2] = [cut(15, word(s.name1)), orNone(bitrate(s.bps2)), orNone(integer(s.pps2))];
const estimator = {
  kind: 'estimator of rates',
  make: (name: string) =>
    `A rule before has to make it: -j RATEEST --rateest-name ${name} --rateest-interval 250ms --rateest-ewmalog 1s.`,
};
const bits = ['rateest-bps', 'rateest-bps1', 'rateest-bps2'];
const packets = ['rateest-pps', 'rateest-pps1', 'rateest-pps2'];
const modes = ['rateest-lt', 'rateest-gt', 'rateest-eq'];

const options = {
  'rateest-delta': flagged(delta).doc('Compares by how much the rates differ from those given.'),
  rateest: when(inverse(relative), name1).doc('The estimator, by the name that the target RATEEST gave it.'),
  rateest1: when(relative, name1).doc('The first of two estimators that are compared.'),
  'rateest-bps1': when(delta, bitrate(s.bps1), bps).doc(
    'With --rateest-delta: from what the first rate is subtracted.',
  ),
  'rateest-pps1': when(delta, integer(s.pps1), pps).doc('The same in packets per second.'),
  'rateest-lt': comparison(XT_RATEEST_MATCH_LT).doc('The rate is less.'),
  'rateest-gt': comparison(XT_RATEEST_MATCH_GT).doc('The rate is greater.'),
  'rateest-eq': comparison(XT_RATEEST_MATCH_EQ).doc('The rate is equal.'),
  'rateest-bps': when(inverse(delta), bps2, bps).doc('Compares bits per second: with this rate, or of two estimators.'),
  'rateest-bps2': when(delta, bps2, bps).doc(
    'With --rateest-delta: what is compared with, or from what the second rate is subtracted.',
  ),
  'rateest-pps': when(inverse(delta), pps2, pps).doc('Compares packets per second.'),
  'rateest-pps2': when(delta, pps2, pps).doc('The same in packets per second.'),
  rateest2: when(relative, cut(15, word(s.name2)), relative).doc('The second of two estimators that are compared.'),
};

/** Matches by the rate that one or two estimators, made by the target RATEEST, measure. */
export const rateest = match({
  name: 'rateest',
  doc: 'Matches by the rate that an estimator measures, or by that of two compared.',
  revisions: [revision(0, s, options, { finish: (m) => absolute.write(m, !relative.read(m)) })],
  constraints: [
    atMostOne('rateest', 'rateest1'),
    atMostOne(...modes),
    ...bits.map((name) => excludes(name, ...packets)), // Of both, iptables-save prints what iptables doesn't read.
    atMostOne('rateest-bps', 'rateest-bps2'),
    atMostOne('rateest-pps', 'rateest-pps2'),
    needs('rateest-bps1', 'rateest-delta'),
    needs('rateest-pps1', 'rateest-delta'),
  ],
  refersTo: { rateest: estimator, rateest1: estimator, rateest2: estimator },
  check({ rateestDelta, rateest2, rateestBps, rateestBps2, rateestPps, rateestPps2 }) {
    const inBits = rateestBps ?? rateestBps2;
    const [option, value] = inBits === undefined ? ['rateest-pps', rateestPps ?? rateestPps2] : ['rateest-bps', inBits];
    if (rateestDelta || value === undefined) return;
    if (rateest2 === undefined && value === true) throw wrong(option, 'a rate, with one estimator', value);
    if (rateest2 !== undefined && value !== true)
      throw wrong(option, 'no rate: two are compared with each other', value);
  },
  kernelCheck(settings: Readonly<Record<string, unknown>>) {
    for (const names of [['rateest', 'rateest1'], modes, [...bits, ...packets]])
      if (names.every((name) => settings[camel(name)] === undefined))
        throw new Mismatch(`one of ${alternatives(names.map((name) => `--${name}`))}`, undefined);
  },
  fickle: true,
  example: { rateest: 'eth0', rateestGt: true, rateestBps: '2mbit' },
  list({ rateest, rateest1, rateest2, rateestDelta, rateestLt, rateestGt, rateestEq, ...rates }, { numeric }) {
    const show = (value: string | number | true) =>
      value === true ? '' : ` ${typeof value === 'number' ? value : listBitrate(value, numeric)}`;
    const not = [rateestLt, rateestGt, rateestEq].some(isNot) ? ' !' : '';
    const mode = `${not} ${rateestLt !== undefined ? 'lt' : rateestGt !== undefined ? 'gt' : 'eq'}`;
    const [bps, pps] = [rates.rateestBps ?? rates.rateestBps2, rates.rateestPps ?? rates.rateestPps2];
    const first = (value: string | number = 0) => (rateestDelta ? show(value) : '');
    const last = (value: string | number | true) => (rateestDelta ? show(value) : '');
    const alone = rateest2 === undefined;
    return [
      `rateest match ${rateest ?? rateest1}${rateestDelta ? ' delta' : ''}`,
      bps === undefined ? '' : ` bps${first(rates.rateestBps1)}${alone ? show(bps) + mode : ''}`,
      pps === undefined ? '' : ` pps${first(rates.rateestPps1)}${alone ? mode + show(pps) : ''}`,
      alone ? '' : `${mode} ${rateest2}`,
      alone || bps === undefined ? '' : ` bps${last(bps)}`,
      alone || pps === undefined ? '' : ` pps${last(pps)}`,
    ].join('');
  },
});
