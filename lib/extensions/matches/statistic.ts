import { match, needs, revision, wrong } from '../../codec/extension';
import { numberHole } from '../../codec/hole';
import { given as chosen, type Facts, Unknown } from '../../codec/meaning';
import { bare, choice, integer, isNot, mapped, type Not, negatable, phrased } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { bit, is, type Memory, pointer, struct, u16, u32, union } from '../../codec/struct';
import { printProbability, probability } from '../shared/probability';

// <linux/netfilter/xt_statistic.h>
const random = struct('', { probability: u32 });
const nth = struct('', { every: u32, packet: u32, count: u32 });
const s = struct('xt_statistic_info', { mode: u16, flags: u16, u: union({ random, nth }) }, { master: pointer });
const XT_STATISTIC_MODE_RANDOM = 0;
const XT_STATISTIC_MODE_NTH = 1;
const XT_STATISTIC_INVERT = 0x1;

const isRandom = is(s.mode, XT_STATISTIC_MODE_RANDOM);
const isNth = is(s.mode, XT_STATISTIC_MODE_NTH);
const inverted = bit(s.flags, XT_STATISTIC_INVERT);
const modes = { random: XT_STATISTIC_MODE_RANDOM, nth: XT_STATISTIC_MODE_NTH };
/** The kernel counts from 0. */
const plusOne = (n: number) => n + 1;
const every = {
  ...integer(
    mapped(s.u.nth.every, plusOne, (n: number) => n - 1),
    1,
    0xffffffff,
  ),
  hole: numberHole(s.u.nth.every, 1, 0xffffffff, 'number', 1),
};
/** It begins before it is over. */
const isBefore = (m: Memory) => s.u.nth.packet.read(m) <= s.u.nth.every.read(m);
const options = {
  mode: required(phrased(choice(s.mode, modes), (w) => `Bad mode "${w}"`)).doc('At random, or every nth packet.'),
  probability: optional(isRandom, negatable(inverted, probability(s.u.random.probability)))
    .varies(undefined, isRandom)
    .doc('From 0 to 1.'),
  every: optional(isNth, negatable(inverted, every)).varies(isBefore, isNth).doc('One packet out of so many matches.'),
  packet: optional(isNth, integer(s.u.nth.packet))
    .varies(isBefore, isNth)
    .doc('Where the counting begins, from 0 to one less than --every.'),
};

/** Matches some packets: at random, or every so many. Every commit of the table starts the counting anew. */
export const statistic = match({
  name: 'statistic',
  doc: 'Matches at random, or every nth packet.',
  // What follows the count of packets is the kernel's, and so is the count.
  revisions: [revision(0, s, options, { userspaceSize: s.u.nth.count.offset })],
  constraints: [needs('every', 'packet'), needs('packet', 'every')],
  check({ mode, probability, every, packet = 0 }) {
    if (mode === 'random' && every !== undefined) throw wrong('every', '--mode nth', mode);
    if (mode === 'random' && probability === undefined) throw wrong('probability', 'a number from 0 to 1', 'nothing');
    if (mode === 'nth' && probability !== undefined) throw wrong('probability', '--mode random', mode);
    if (mode === 'nth' && every === undefined) throw wrong('every', '--every and --packet in mode nth', 'nothing');
    const count = every === undefined ? 1 : bare(every);
    if (packet >= count) throw wrong('packet', `an integer from 0 to ${count - 1}, one less than --every`, packet);
  },
  matches: ({ mode, probability }) => {
    if (mode !== 'random') return () => new Unknown('how many packets came before', true);
    return chosen(
      probability,
      (p) =>
        ({ around: { random } }: Facts) =>
          random ? random() < p : p >= 1 || (p > 0 ? new Unknown('what is drawn', true) : false),
    )!;
  },
  fickle: true,
  example: { mode: 'nth', every: 3, packet: 0 },
  list({ mode, probability, every, packet }) {
    const show = (label: string, value: number | Not<number>, print: (n: number) => string) =>
      `statistic mode ${mode}${isNot(value) ? ' !' : ''} ${label} ${print(bare(value))}`;
    return mode === 'random'
      ? show('probability', probability ?? 0, printProbability)
      : `${show('every', every ?? 0, String)}${packet ? ` packet ${packet}` : ''}`;
  },
});
