import { match, OptionMismatch, revision } from '../../codec/extension';
import { choice, integer, isNot, mapped, negatable, type Operand, operand } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { bit, is, type Place, pointer, struct, u16, u32, union } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_statistic.h>
const s = struct('xt_statistic_info', {
  mode: u16, flags: u16,
  u: union({ random: struct('', { probability: u32 }), nth: struct('', { every: u32, packet: u32, count: u32 }) }),
}, { master: pointer }); // prettier-ignore

const ONE = 2 ** 31;
/** As printf's %.11f prints a multiple of 2^-31: to even if it's halfway. */
function print(n: number): string {
  const scaled = BigInt(n) * 5n ** 11n;
  const [quotient, rest, half] = [scaled >> 20n, scaled & 0xfffffn, 0x80000n];
  const digits = String(quotient + (rest > half || (rest === half && (quotient & 1n) === 1n) ? 1n : 0n)).padStart(12, '0');
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}
const toParts = (value: unknown): number => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw new Mismatch('a number from 0 to 1', value);
  return Math.round(value * ONE);
};
const probability = (place: Place<number>): Operand<number> =>
  operand('p', 'number', mapped(place, (n) => Number(print(n)), toParts), (value) => print(Math.round(value * ONE)), (w) => {
    if (!/^\d*\.?\d+(e[-+]?\d+)?$|^\d+\.$/i.test(w)) throw new Mismatch('a number from 0 to 1', w);
    return Number(w);
  }); // prettier-ignore

const [random, nth] = [is(s.mode, 0), is(s.mode, 1)];
const inverted = bit(s.flags, 0);
/** The kernel counts from 0. */
const every = mapped(s.u.nth.every, (n) => n + 1, (n: number) => n - 1); // prettier-ignore

/** Matches some packets: at random, or every so many. Every commit of the table starts the counting anew. */
export const statistic = match({
  name: 'statistic',
  doc: 'Matches at random, or every nth packet.',
  revisions: [
    revision(0, s, {
      mode: required(choice(s.mode, { random: 0, nth: 1 })).doc('At random, or every nth packet.'),
      probability: optional(random, negatable(inverted, probability(s.u.random.probability))).doc('How likely a packet matches, from 0 to 1.'),
      every: optional(nth, negatable(inverted, integer(every, 1, 2 ** 32 - 1))).doc('One packet out of so many matches.'),
      packet: optional(nth, integer(s.u.nth.packet)).doc('Where the counting begins: from 0 to one less than --every.'),
      // What follows the count of packets is the kernel's, and so is the count.
    }, { userspaceSize: s.u.nth.count.offset }),
  ],
  check({ mode, probability, every, packet }) {
    const others = mode === 'random' ? { every, packet } : { probability };
    for (const [option, value] of Object.entries(others))
      if (value !== undefined) throw new OptionMismatch(option, new Mismatch(`mode ${mode === 'random' ? 'nth' : 'random'}`, mode));
    if (mode === 'random' && probability === undefined) throw new OptionMismatch('probability', new Mismatch('a number from 0 to 1 in mode random', 'nothing'));
    if (mode !== 'nth') return;
    if (every === undefined || packet === undefined) throw new OptionMismatch(every === undefined ? 'every' : 'packet', new Mismatch('--every and --packet in mode nth', 'nothing'));
    const count = isNot(every) ? every.not : every;
    if (packet >= count) throw new OptionMismatch('packet', new Mismatch(`an integer from 0 to ${count - 1}, one less than --every`, packet));
  },
  example: { mode: 'nth', every: 3, packet: 0 },
  list({ mode, probability = 0, every = 0, packet }) {
    const [name, value] = mode === 'random' ? ['probability', probability] : ['every', every];
    const number = isNot(value) ? value.not : value;
    return `statistic mode ${mode}${isNot(value) ? ' !' : ''} ${name} ${mode === 'random' ? print(Math.round(number * ONE)) : number}${packet ? ` packet ${packet}` : ''}`;
  },
}); // prettier-ignore
