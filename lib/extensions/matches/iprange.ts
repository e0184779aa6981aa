import { atLeastOne, match, revision } from '../../codec/extension';
import { all, compareWords, fact, given, toWords } from '../../codec/meaning';
import {
  type AddressRange,
  addressRange,
  bare,
  isNot,
  type Not,
  negatable,
  toAddress,
  toAddressRange,
} from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, inAddr, inetAddr, type Place, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_iprange.h>
// biome-ignore format: a table
const v1 = struct('xt_iprange_mtinfo', {
  src_min: inetAddr, src_max: inetAddr, dst_min: inetAddr, dst_max: inetAddr, flags: u8,
});
const IPRANGE_SRC = 1 << 0;
const IPRANGE_DST = 1 << 1;
const IPRANGE_SRC_INV = 1 << 4;
const IPRANGE_DST_INV = 1 << 5;

// <linux/netfilter_ipv4/ipt_iprange.h>, which newer kernels don't have
const range = struct('ipt_iprange', { min_ip: inAddr, max_ip: inAddr });
const v0 = struct('ipt_iprange_info', { src: range, dst: range, flags: u8 });

/** It matches nothing; iptables says so, and takes it. */
const reversed = (given: AddressRange | Not<AddressRange>): string | undefined => {
  const [low, high] = toAddressRange(bare<AddressRange>(given));
  const family = low.includes(':') ? 'ipv6' : 'ipv4';
  return Buffer.compare(toAddress(low, family), toAddress(high, family)) > 0
    ? `xt_iprange: range ${low}-${high} is reversed and will never match`
    : undefined;
};
type Bytes = Place<Uint8Array>;
const options = (flags: Place<number>, src: readonly [Bytes, Bytes], dst: readonly [Bytes, Bytes]) => ({
  'src-range': optional(bit(flags, IPRANGE_SRC), negatable(bit(flags, IPRANGE_SRC_INV), addressRange(...src)))
    .doc('The first and the last source address.')
    .remarked(reversed)
    .varies(),
  'dst-range': optional(bit(flags, IPRANGE_DST), negatable(bit(flags, IPRANGE_DST_INV), addressRange(...dst)))
    .doc('The first and the last destination address.')
    .remarked(reversed)
    .varies(),
});

/** Matches by a range of addresses that need not be a network. */
export const iprange = match({
  name: 'iprange',
  doc: 'Matches by an arbitrary range of addresses.',
  revisions: [
    revision(1, v1, options(v1.flags, [v1.src_min, v1.src_max], [v1.dst_min, v1.dst_max])),
    revision(0, v0, options(v0.flags, [v0.src.min_ip, v0.src.max_ip], [v0.dst.min_ip, v0.dst.max_ip])),
  ],
  constraints: [atLeastOne('src-range', 'dst-range')],
  matches: ({ srcRange, dstRange }) => {
    const within = (range: AddressRange) => {
      const [low, high] = toAddressRange(range).map((word) =>
        toWords(toAddress(word, word.includes(':') ? 'ipv6' : 'ipv4')),
      );
      return (words: readonly number[]) => compareWords(words, low!) >= 0 && compareWords(words, high!) <= 0;
    };
    return all(
      given(srcRange, (range) => fact('source', within(range))),
      given(dstRange, (range) => fact('destination', within(range))),
    );
  },
  symbol({ srcRange, dstRange }, space) {
    const within = (field: 'source' | 'destination') => (range: AddressRange) =>
      space.addresses(field, ...toAddressRange(range));
    return space.and(space.given(srcRange, within('source')), space.given(dstRange, within('destination')));
  },
  example: { srcRange: ['192.168.1.10', '192.168.1.20'] },
  list({ srcRange, dstRange }) {
    const show = (label: string, value: typeof srcRange) =>
      value === undefined
        ? []
        : [
            `${label} IP range${isNot(value) ? ' !' : ''} ${toAddressRange(isNot(value) ? value.not : value).join('-')}`,
          ];
    return [...show('source', srcRange), ...show('destination', dstRange)].join(' ');
  },
});
