import { match, revision } from '../../codec/extension';
import { type Big, choice, fromBig, isNot, type Not, type Negatable, operand, toBig } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u8, u64 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { parseBigNumber } from '../../net/number';

// <linux/netfilter/xt_connbytes.h>
const s = struct('xt_connbytes_info', { count: struct('', { from: u64, to: u64 }), what: u8, direction: u8 });

type BigRange = Big | readonly [from: Big, to: Big];
const MAX = 2n ** 64n - 1n;
const toEnds = (value: BigRange): readonly [bigint, bigint] => {
  const [from, to] = Array.isArray(value) ? [fromBig(value[0]), fromBig(value[1])] : [fromBig(value), MAX];
  if (from > to) throw new Mismatch('a range [from, to] in that order', value);
  return [from, to];
};
const fromEnds = (from: bigint, to: bigint): BigRange => (to === MAX ? toBig(from) : [toBig(from), toBig(to)]);

/** `1000:2000`; without an end it has none. The kernel knows a negated range by its ends' order. */
const range: Negatable<BigRange> = {
  ...operand<BigRange | Not<BigRange>>(
    'from[:to]',
    'number | [from, to]',
    {
      read(m) {
        const [from, to] = [s.count.from.read(m), s.count.to.read(m)];
        return from > to ? { not: fromEnds(to, from) } : fromEnds(from, to);
      },
      write(m, value) {
        const [from, to] = toEnds((isNot(value) ? value.not : value) as BigRange);
        if (isNot(value) && from === to) throw new Mismatch('a range of more than one number, which alone can be negated', value);
        s.count.from.write(m, isNot(value) ? to : from);
        s.count.to.write(m, isNot(value) ? from : to);
      },
    },
    (value) => {
      const [from, to] = toEnds((isNot(value) ? value.not : value) as BigRange);
      return to === 0n || to === MAX ? String(from) : `${from}:${to}`;
    },
    (word) => {
      const parts = word.split(':');
      const [from, to] = parts.map((part, i) => (part === '' ? (i === 0 ? 0n : MAX) : parseBigNumber(part)));
      if (parts.length > 2 || from === undefined || (parts.length === 2 && to === undefined)) throw new Mismatch('a number or a range from:to', word);
      return fromEnds(from, to ?? MAX);
    },
  ),
  negatable: true,
};

/** Matches by how much a connection has transferred. The kernel has to count it: sysctl net.netfilter.nf_conntrack_acct. */
export const connbytes = match({
  name: 'connbytes',
  doc: 'Matches by the bytes or packets that the connection has transferred.',
  revisions: [
    revision(0, s, {
      connbytes: required(range).doc('The amount: from this on, or a range.'),
      'connbytes-mode': required(choice(s.what, { packets: 0, bytes: 1, avgpkt: 2 })).doc('What is counted: packets, bytes, or bytes per packet.'),
      'connbytes-dir': required(choice(s.direction, { original: 0, reply: 1, both: 2 })).doc('Which packets of the connection count.'),
    }),
  ],
  example: { connbytes: 10_000_000, connbytesMode: 'bytes', connbytesDir: 'both' },
  list: ({ connbytes, connbytesMode, connbytesDir }, context) =>
    `${isNot(connbytes) ? '! ' : ''}connbytes ${range.print(connbytes, context)} connbytes mode ${connbytesMode} connbytes direction ${connbytesDir}`,
});
