import { atLeastOne, camel, exactlyOne, excludes, OptionMismatch, revision, target } from '../../codec/extension';
import { forget } from '../../codec/meaning';
import { integer, mapped, type Operand, operand } from '../../codec/operand';
import { Option, optional } from '../../codec/option';
import { be16, be32, bit, inetAddr, type Place, struct, u16, u32, union } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { prefixLength, prefixMask } from '../../net/address';
import { hex } from '../../net/number';

// <linux/netfilter/xt_HMARK.h>
const ports = union({ b16: struct('', { src: be16, dst: be16 }), b32: be32 });
// biome-ignore format: as in C
const s = struct('xt_hmark_info', {
  src_mask: inetAddr, dst_mask: inetAddr, port_mask: ports, port_set: ports,
  flags: u32, proto_mask: u16, hashrnd: u32, hmodulus: u32, hoffset: u32,
});
const XT_HMARK_SADDR_MASK = 0;
const XT_HMARK_DADDR_MASK = 1;
const XT_HMARK_SPI = 2;
const XT_HMARK_SPI_MASK = 3;
const XT_HMARK_SPORT = 4;
const XT_HMARK_DPORT = 5;
const XT_HMARK_SPORT_MASK = 6;
const XT_HMARK_DPORT_MASK = 7;
const XT_HMARK_PROTO_MASK = 8;
const XT_HMARK_RND = 9;
const XT_HMARK_MODULUS = 10;
const XT_HMARK_OFFSET = 11;
const XT_HMARK_CT = 12;

const { port_mask, port_set } = s;
/** XT_HMARK_FLAG: a bit for each. */
const flag = (index: number) => bit(s.flags, 1 << index);
const decimal = (index: number, place: Place<number>, min = 0) => optional(flag(index), integer(place, min));
const hexed = (index: number, width: number, place: Place<number>) =>
  optional(
    flag(index),
    integer(place, undefined, undefined, (n) => hex(n, width)),
  );

/** 128 bits in an IPv4 rule are what a tuple makes of src and dst; iptables shows them as 32. */
function prefix(index: number, mask: Place<Uint8Array>): Option<number, false> {
  const length = mapped<Uint8Array, number>(
    mask,
    (bytes) => prefixLength(bytes),
    (n, m) => {
      if (n > 32 && n < 128 && m.family === 'ipv4') throw new Mismatch('a prefix length from 0 to 32', n);
      return prefixMask(n, 16);
    },
  );
  const print: Operand<number>['print'] = (n, { kernel }) => String(kernel.family === 'ipv4' ? Math.min(n, 32) : n);
  return optional(flag(index), { ...integer(length, 0, 128), print });
}

/** In the order of -L, too. */
const hashed = {
  'hmark-src-prefix': prefix(XT_HMARK_SADDR_MASK, s.src_mask).doc('How many bits of the source address are hashed.'),
  'hmark-dst-prefix': prefix(XT_HMARK_DADDR_MASK, s.dst_mask).doc(
    'How many bits of the destination address are hashed.',
  ),
  'hmark-sport-mask': hexed(XT_HMARK_SPORT_MASK, 4, port_mask.b16.src).doc(
    'The bits of the source port that are hashed.',
  ),
  'hmark-dport-mask': hexed(XT_HMARK_DPORT_MASK, 4, port_mask.b16.dst).doc(
    'The bits of the destination port that are hashed.',
  ),
  'hmark-spi-mask': hexed(XT_HMARK_SPI_MASK, 8, port_mask.b32).doc(
    'The bits of the SPI of AH and ESP that are hashed.',
  ),
  'hmark-sport': hexed(XT_HMARK_SPORT, 4, port_set.b16.src).doc(
    'Bits that are set in the source port before it is hashed.',
  ),
  'hmark-dport': hexed(XT_HMARK_DPORT, 4, port_set.b16.dst).doc(
    'Bits that are set in the destination port before it is hashed.',
  ),
  'hmark-spi': hexed(XT_HMARK_SPI, 8, port_set.b32).doc('Bits that are set in the SPI before it is hashed.'),
  'hmark-proto-mask': hexed(XT_HMARK_PROTO_MASK, 2, s.proto_mask).doc('The bits of the protocol that are hashed.'),
  'hmark-rnd': hexed(XT_HMARK_RND, 8, s.hashrnd).doc('What the hash begins with.'),
};

/** What each part of a tuple says: an option with all its bits; ct alone has no other option. */
// biome-ignore format: a table
const parts = {
  ct: undefined, src: ['hmark-src-prefix', 128], dst: ['hmark-dst-prefix', 128], sport: ['hmark-sport-mask', 0xffff],
  dport: ['hmark-dport-mask', 0xffff], proto: ['hmark-proto-mask', 0xffff], spi: ['hmark-spi-mask', 0xffffffff],
} as const;
type Part = keyof typeof parts;
const order = Object.keys(parts) as Part[];
const through: Place<readonly Part[]> = {
  read: () => ['ct'],
  write(m, value) {
    if (!Array.isArray(value) || value.length === 0) throw new Mismatch(`a list of ${alternatives(order)}`, value);
    for (const part of value as readonly Part[]) {
      if (typeof part !== 'string' || !Object.hasOwn(parts, part)) throw new Mismatch(alternatives(order), part);
      if (parts[part]) hashed[parts[part][0]].write(m, parts[part][1]);
      else flag(XT_HMARK_CT).write(m, true);
    }
  },
};
/** Any beginning of a name will do, as iptables has it. */
const tuple = operand(
  'part[,part...]',
  `(${order.map((part) => `'${part}'`).join(' | ')})[]`,
  through,
  String,
  (word): readonly Part[] =>
    word.split(',').map((w) => {
      const part = w === '' ? undefined : order.find((name) => name.startsWith(w.toLowerCase()));
      if (!part) throw new Mismatch(alternatives(order), w);
      return part;
    }),
);

/** Marks packets by a hash of what they have in common with others of their connection. */
export const HMARK = target({
  name: 'HMARK',
  doc: 'Sets the netfilter mark of the packet to a hash of its addresses and ports.',
  revisions: [
    revision(0, s, {
      ...hashed,
      'hmark-mod': decimal(XT_HMARK_MODULUS, s.hmodulus, 1).doc('How many marks there are.'),
      'hmark-offset': decimal(XT_HMARK_OFFSET, s.hoffset).doc('The first mark.'),
      'hmark-tuple': new Option(
        tuple,
        false,
        (m) => (flag(XT_HMARK_CT).read(m) ? through.read(m) : undefined),
        through.write,
      ).doc('What is hashed, whole: src, dst, sport, dport, proto, spi; ct: as the connection began.'),
    }),
  ],
  constraints: [
    exactlyOne('hmark-mod'),
    exactlyOne('hmark-rnd'),
    excludes('hmark-spi-mask', 'hmark-sport-mask', 'hmark-dport-mask'),
    excludes('hmark-spi', 'hmark-sport', 'hmark-dport'),
    atLeastOne('hmark-tuple', ...Object.keys(hashed).slice(0, -1)),
  ],
  check({ hmarkTuple: given = [], hmarkSpiMask, hmarkSportMask, hmarkDportMask }) {
    const spi = hmarkSpiMask !== undefined || given.includes('spi');
    const port = (hmarkSportMask ?? hmarkDportMask) !== undefined || given.includes('sport') || given.includes('dport');
    if (spi && port) throw new OptionMismatch('hmark-tuple', new Mismatch('ports or an SPI', 'both'));
  },
  // IPv4's src and dst of a tuple are printed as prefixes of 32.
  unsaid: (settings) => /"src|"dst|Prefix":128/.test(JSON.stringify(settings)),
  effect: () => forget('mark'),
  example: { hmarkTuple: ['ct', 'src', 'dst'], hmarkMod: 10, hmarkOffset: 100, hmarkRnd: 0xfeedcafe },
  list(settings, { kernel: { family } }) {
    const words = Object.keys(hashed).map((name) => {
      const n = settings[camel(name) as 'hmarkRnd'];
      if (n === undefined) return '';
      if (!name.endsWith('prefix')) return `${name.slice(6)} ${hex(n)} `;
      // Of 128 bits iptables shows nothing, but the space behind.
      return `${name.slice(6)} ${family === 'ipv4' ? Math.min(n, 32) : n === 128 ? '' : n} `;
    });
    const head = `${settings.hmarkMod === undefined ? '' : `mod ${settings.hmarkMod} `}${settings.hmarkOffset === undefined ? '' : `+ ${hex(settings.hmarkOffset)} `}`;
    return `HMARK ${head}${settings.hmarkTuple ? 'ct, ' : ''}${words.join('')}`;
  },
});
