import { atLeastOne, exactlyOne, excludes, OptionMismatch, revision, target } from '../../codec/extension';
import { integer, mapped, type Operand, operand } from '../../codec/operand';
import { Option, optional } from '../../codec/option';
import { be16, be32, bit, inetAddr, type Place, struct, u16, u32, union } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { prefixLength, prefixMask } from '../../net/address';
import { hex } from '../../net/number';

// <linux/netfilter/xt_HMARK.h>
const ports = union({ b16: struct('', { src: be16, dst: be16 }), b32: be32 });
const s = struct('xt_hmark_info', {
  src_mask: inetAddr, dst_mask: inetAddr, port_mask: ports, port_set: ports,
  flags: u32, proto_mask: u16, hashrnd: u32, hmodulus: u32, hoffset: u32,
}); // prettier-ignore
const flag = (index: number) => bit(s.flags, index);
const given = <T>(index: number, o: Operand<T>) => optional(flag(index), o);
const digits = (n: number) => (value: number) => hex(value, n);

/** 128 bits in an IPv4 rule are what a tuple makes of src and dst; iptables shows them as 32. */
const prefix = (mask: Place<Uint8Array>): Operand<number> => ({
  ...integer(mapped(mask, (bytes) => prefixLength(bytes), (n, m) => {
    if (n > 32 && n < 128 && m.family === 'ipv4') throw new Mismatch('a prefix length from 0 to 32', n);
    return prefixMask(n, 16);
  }), 0, 128),
  print: (n, { kernel }) => String(kernel.family === 'ipv4' ? Math.min(n, 32) : n),
}); // prettier-ignore

/** What a packet's part in the tuple sets; ct is the only one that isn't the same as an option of its own. */
const parts = {
  ct: { write: (m) => flag(12).write(m, true) },
  src: given(0, prefix(s.src_mask)),
  dst: given(1, prefix(s.dst_mask)),
  sport: given(6, integer(s.port_mask.b16.src)),
  dport: given(7, integer(s.port_mask.b16.dst)),
  proto: given(8, integer(s.proto_mask)),
  spi: given(3, integer(s.port_mask.b32)),
} satisfies Record<string, Pick<Option<number, false>, 'write'>>;
type Part = keyof typeof parts;
const ones: Readonly<Record<Part, number>> = { ct: 0, src: 128, dst: 128, sport: 0xffff, dport: 0xffff, proto: 0xffff, spi: 0xffffffff };
const order = Object.keys(parts) as Part[];
const tuple = operand<readonly Part[]>('part[,part...]', `(${order.map((p) => `'${p}'`).join(' | ')})[]`, {
  read: () => ['ct'],
  write(m, value) {
    for (const part of value) {
      if (!Object.hasOwn(parts, part)) throw new Mismatch(alternatives(order), part);
      parts[part].write(m, ones[part]);
    }
  },
}, (value) => value.join(), (word) => word.split(',').map((w) => {
  // Any beginning of a name, as iptables has it.
  const part = w === '' ? undefined : order.find((name) => name.startsWith(w.toLowerCase()));
  if (!part) throw new Mismatch(alternatives(order), w);
  return part;
})); // prettier-ignore

/** Marks packets by a hash of what they have in common with others of their connection. */
export const HMARK = target({
  name: 'HMARK',
  doc: 'Sets the netfilter mark of the packet to a hash of its addresses and ports.',
  revisions: [
    revision(0, s, {
      'hmark-src-prefix': parts.src.doc('How many bits of the source address are hashed.'),
      'hmark-dst-prefix': parts.dst.doc('How many bits of the destination address are hashed.'),
      'hmark-sport-mask': given(6, integer(s.port_mask.b16.src, 0, 0xffff, digits(4))).doc('The bits of the source port that are hashed.'),
      'hmark-dport-mask': given(7, integer(s.port_mask.b16.dst, 0, 0xffff, digits(4))).doc('The bits of the destination port that are hashed.'),
      'hmark-spi-mask': given(3, integer(s.port_mask.b32, 0, 0xffffffff, digits(8))).doc('The bits of the SPI of AH and ESP that are hashed.'),
      'hmark-sport': given(4, integer(s.port_set.b16.src, 0, 0xffff, digits(4))).doc('Bits that are set in the source port before it is hashed.'),
      'hmark-dport': given(5, integer(s.port_set.b16.dst, 0, 0xffff, digits(4))).doc('Bits that are set in the destination port before it is hashed.'),
      'hmark-spi': given(2, integer(s.port_set.b32, 0, 0xffffffff, digits(8))).doc('Bits that are set in the SPI before it is hashed.'),
      'hmark-proto-mask': given(8, integer(s.proto_mask, 0, 0xffff, digits(2))).doc('The bits of the protocol that are hashed.'),
      'hmark-rnd': given(9, integer(s.hashrnd, 0, 0xffffffff, digits(8))).doc('What the hash begins with.'),
      'hmark-mod': given(10, integer(s.hmodulus, 1)).doc('How many marks there are.'),
      'hmark-offset': given(11, integer(s.hoffset)).doc('The first mark.'),
      'hmark-tuple': new Option<readonly Part[], false>(tuple, false, (m) => (flag(12).read(m) ? tuple.read(m) : undefined), tuple.write)
        .doc('What is hashed, whole: src, dst, sport, dport, proto, spi; ct: as the connection began.'),
    }),
  ],
  constraints: [
    exactlyOne('hmark-mod'),
    exactlyOne('hmark-rnd'),
    excludes('hmark-spi-mask', 'hmark-sport-mask', 'hmark-dport-mask'),
    excludes('hmark-spi', 'hmark-sport', 'hmark-dport'),
    atLeastOne('hmark-tuple', ...['src-prefix', 'dst-prefix', 'sport-mask', 'dport-mask', 'spi-mask', 'sport', 'dport', 'spi', 'proto-mask'].map((n) => `hmark-${n}`)),
  ],
  check(settings) {
    const has = (part: Part, ...masks: readonly unknown[]) => settings.hmarkTuple?.includes(part) || masks.some((mask) => mask !== undefined);
    const port = has('sport', settings.hmarkSportMask, settings.hmarkDportMask) || has('dport');
    if (port && has('spi', settings.hmarkSpiMask)) throw new OptionMismatch('hmark-tuple', new Mismatch('ports or an SPI', 'both'));
  },
  example: { hmarkTuple: ['ct', 'src', 'dst'], hmarkMod: 10, hmarkOffset: 100, hmarkRnd: 0xfeedcafe },
  list(t, { kernel }) {
    // Of 128 bits iptables shows nothing, but the space behind.
    const width = (n: number) => (kernel.family === 'ipv4' ? Math.min(n, 32) : n === 128 ? '' : n);
    const shown: readonly (readonly [string, number | undefined, ((n: number) => unknown)?])[] = [
      ['mod', t.hmarkMod, Number], ['+', t.hmarkOffset], [t.hmarkTuple ? 'ct,' : '', 0, () => undefined],
      ['src-prefix', t.hmarkSrcPrefix, width], ['dst-prefix', t.hmarkDstPrefix, width],
      ['sport-mask', t.hmarkSportMask], ['dport-mask', t.hmarkDportMask], ['spi-mask', t.hmarkSpiMask],
      ['sport', t.hmarkSport], ['dport', t.hmarkDport], ['spi', t.hmarkSpi], ['proto-mask', t.hmarkProtoMask], ['rnd', t.hmarkRnd],
    ];
    return `HMARK ${shown.map(([label, n, print = hex]) => (n === undefined || label === '' ? '' : [label, print(n), ''].filter((word) => word !== undefined).join(' '))).join('')}`;
  },
}); // prettier-ignore
