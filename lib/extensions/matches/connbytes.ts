import { match, revision } from '../../codec/extension';
import { unknown } from '../../codec/meaning';
import { type Big, bare, choice, fromBig, isNot, type Not, operand, shown, toBig } from '../../codec/operand';
import { required } from '../../codec/option';
import { type Place, struct, u8, u64 } from '../../codec/struct';
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
const range = { ...operand(...type, place, (value) => print(bare<BigRange>(value)), parse), negatable: true };

/** Matches by how much a connection has transferred. The kernel has to count it: sysctl net.netfilter.nf_conntrack_acct. */
export const connbytes = match({
  name: 'connbytes',
  doc: 'Matches by the bytes or packets that the connection has transferred.',
  revisions: [
    revision(0, s, {
      connbytes: required(range).doc('The amount: from this on, or a range.'),
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
