import { revision, target } from '../../codec/extension';
import { forget } from '../../codec/meaning';
import { operand, phrased } from '../../codec/operand';
import { Option } from '../../codec/option';
import { array, type Place, struct, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

// <linux/netfilter/xt_TCPOPTSTRIP.h>
const s = struct('xt_tcpoptstrip_target_info', { strip_bmap: array(u32, 8) });

const names = { wscale: 3, mss: 2, 'sack-permitted': 4, sack: 5, timestamp: 8, md5: 19 } as const;
/** An option of TCP, by name or number. */
export type OptionKind = number | keyof typeof names;
const nameOf = (kind: OptionKind) =>
  Object.keys(names).find((name) => names[name as keyof typeof names] === kind) ?? kind;
const toNumber = (kind: unknown): number => {
  const n = typeof kind === 'string' && Object.hasOwn(names, kind) ? names[kind as keyof typeof names] : kind;
  if (typeof n !== 'number' || !Number.isInteger(n) || n < 2 || n > 255)
    throw new Mismatch(`the number of a TCP option (2 to 255) or ${alternatives(Object.keys(names))}`, kind);
  return n;
};

const kinds: Place<readonly OptionKind[]> = {
  read(m) {
    const words = s.strip_bmap.read(m);
    return Array.from({ length: 256 }, (_, kind) => kind).filter((kind) => (words[kind >>> 5]! >>> (kind & 31)) & 1);
  },
  write(m, value) {
    if (!Array.isArray(value)) throw new Mismatch('a list of TCP options', value);
    const words = new Array<number>(8).fill(0);
    for (const kind of value.map(toNumber)) words[kind >>> 5] = (words[kind >>> 5]! | (1 << (kind & 31))) >>> 0;
    s.strip_bmap.write(m, words);
  },
};
function parse(word: string): readonly OptionKind[] {
  const list = word.split(',').map((w) => toNumber(parseNumber(w) ?? w));
  const twice = list.find((kind, i) => list.indexOf(kind) < i);
  if (twice !== undefined) throw new Mismatch('each TCP option once', twice);
  return list.sort((a, b) => a - b);
}
const strip = phrased(
  operand<readonly OptionKind[]>(
    'kind[,kind...]',
    `(number | ${Object.keys(names)
      .map((name) => `'${name}'`)
      .join(' | ')})[]`,
    kinds,
    (list) => list.map((kind) => (typeof kind === 'number' ? kind : names[kind])).join(),
    parse,
  ),
  (w) => `Bad TCP option value "${w}"`,
);

/** Replaces options of TCP headers by NOPs. */
export const TCPOPTSTRIP = target({
  name: 'TCPOPTSTRIP',
  doc: 'Removes options from the TCP header.',
  where: { tables: ['mangle'], protocols: [6] },
  revisions: [
    revision(0, s, {
      'strip-options': new Option<readonly OptionKind[], false>(
        strip,
        false,
        (m) => (s.strip_bmap.read(m).some((word) => word !== 0) ? kinds.read(m) : undefined),
        kinds.write,
      ).doc('The options to remove, by number (2 to 255) or name.'),
    }),
  ],
  effect: () => forget('tcpOptions'),
  example: { stripOptions: [4, 8] },
  list: ({ stripOptions }, { numeric }) =>
    stripOptions === undefined ? '' : `TCPOPTSTRIP options ${numeric ? stripOptions : stripOptions.map(nameOf)}`,
});
