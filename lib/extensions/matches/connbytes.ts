import { match, revision } from '../../codec/extension';
import { COLON, holeOf, IRREGULAR, REGULAR, readBig, SEVERAL, writeBig, ZERO } from '../../codec/hole';
import { unknown } from '../../codec/meaning';
import { type Big, bare, choice, fromBig, isNot, type Not, operand, shown, toBig } from '../../codec/operand';
import { required } from '../../codec/option';
import { type Memory, type Place, struct, u8, u64 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseBigNumber } from '../../net/number';

// <linux/netfilter/xt_connbytes.h>
const s = struct('xt_connbytes_info', { count: struct('', { from: u64, to: u64 }), what: u8, direction: u8 });
const XT_CONNBYTES_PKTS = 0;
const XT_CONNBYTES_BYTES = 1;
const XT_CONNBYTES_AVGPKT = 2;
const XT_CONNBYTES_DIR_ORIGINAL = 0;
const XT_CONNBYTES_DIR_REPLY = 1;
const XT_CONNBYTES_DIR_BOTH = 2;
const modes = { packets: XT_CONNBYTES_PKTS, bytes: XT_CONNBYTES_BYTES, avgpkt: XT_CONNBYTES_AVGPKT };
const directions = { original: XT_CONNBYTES_DIR_ORIGINAL, reply: XT_CONNBYTES_DIR_REPLY, both: XT_CONNBYTES_DIR_BOTH };

/** A number, or all from one to another, both of them too. */
export type BigRange = Big | readonly [from: Big, to: Big];
const MAX = 2n ** 64n - 1n;
const toEnds = (value: BigRange): readonly [bigint, bigint] => {
  const [from, to] = Array.isArray(value) ? [fromBig(value[0]), fromBig(value[1])] : [fromBig(value), MAX];
  if (from > to) throw new Mismatch('a range [from, to] in that order', value);
  return [from, to];
};
const fromEnds = (from: bigint, to: bigint): BigRange => (to === MAX ? toBig(from) : [toBig(from), toBig(to)]);

/** The kernel knows a negated range by its ends' order. */
const place: Place<BigRange | Not<BigRange>> = {
  read(m) {
    const [from, to] = [s.count.from.read(m), s.count.to.read(m)];
    return from > to ? { not: fromEnds(to, from) } : fromEnds(from, to);
  },
  write(m, value) {
    const [low, high] = toEnds(bare<BigRange>(value));
    if (isNot(value) && low === high) throw new Mismatch('a range of more than one number with !', value);
    const [from, to] = isNot(value) ? [high, low] : [low, high];
    s.count.from.write(m, from);
    s.count.to.write(m, to);
  },
};
const print = (value: BigRange) => {
  const [from, to] = toEnds(value);
  return to === 0n || to === MAX ? `${from}` : `${from}:${to}`;
};
/** `1000:2000`; without an end it has none. */
const parse = (word: string) => {
  const [from, to, ...rest] = word.split(':').map((part, i) => (part === '' ? [0n, MAX][i] : parseBigNumber(part)));
  if (from === undefined || rest.length > 0 || (word.includes(':') && to === undefined))
    throw new Mismatch('a number or a range from:to', word);
  return fromEnds(from, to ?? MAX);
};
const type = ['from[:to]', 'number | string | [from: number | string, to: number | string]'] as const;
/** As far as its ends are numbers of JavaScript's, or there is no upper one. */
const rangeHole = holeOf([s.count.from, s.count.to] as const, (from, to) => {
  const isNegated = (m: Memory) => readBig(m, from) > readBig(m, to);
  const ends = (m: Memory) => (isNegated(m) ? ([to, from] as const) : ([from, to] as const));
  const hasEnd = ({ view, at }: Memory, { offset }: typeof to) =>
    (view.getInt32(at + offset) & view.getInt32(at + offset + 4)) !== -1;
  return {
    formOf(m) {
      const [low, high] = ends(m);
      const most = hasEnd(m, high) ? readBig(m, high) : 0;
      if (Math.max(readBig(m, low), most) > Number.MAX_SAFE_INTEGER) return IRREGULAR;
      if (isNegated(m)) return SEVERAL;
      return readBig(m, high) === 0 ? ZERO : REGULAR;
    },
    write(m, out) {
      const [low, high] = ends(m);
      out.number(readBig(m, low));
      if (!hasEnd(m, high) || readBig(m, high) === 0) return;
      out.byte(COLON);
      out.number(readBig(m, high));
    },
    read(m, words) {
      const [low, high] = ends(m);
      const first = words.number(Number.MAX_SAFE_INTEGER);
      const last = words.byte(COLON) ? words.number(Number.MAX_SAFE_INTEGER) : Number.POSITIVE_INFINITY;
      if (first < 0 || last < (isNegated(m) ? first + 1 : Math.max(first, 1))) return false;
      writeBig(m, low, first);
      if (last === Number.POSITIVE_INFINITY) m.bytes.fill(0xff, m.at + high.offset, m.at + high.offset + 8);
      else writeBig(m, high, last);
      return true;
    },
  };
});
const range = {
  ...operand(...type, place, (value) => print(bare<BigRange>(value)), parse, rangeHole),
  negatable: true,
};

/** Matches by how much a connection has transferred. The kernel has to count it: sysctl net.netfilter.nf_conntrack_acct. */
export const connbytes = match({
  name: 'connbytes',
  doc: 'Matches by the bytes or packets that the connection has transferred.',
  revisions: [
    revision(0, s, {
      connbytes: required(range).varies().doc('The amount: from this on, or a range.'),
      'connbytes-mode': required(choice(s.what, modes)).doc('avgpkt: bytes per packet.'),
      'connbytes-dir': required(choice(s.direction, directions)).doc('Which packets count.'),
    }),
  ],
  matches: () => unknown('what its connection has transferred'),
  fickle: true,
  example: { connbytes: 10_000_000, connbytesMode: 'bytes', connbytesDir: 'both' },
  list: ({ connbytes, connbytesMode: mode, connbytesDir: dir }) =>
    `${shown<BigRange>(connbytes, (v) => `connbytes ${print(v)}`)} connbytes mode ${mode} connbytes direction ${dir}`,
});
