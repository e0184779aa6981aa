/** Holes of addresses, of their ranges, and of where NAT maps to. */
import { formatIpv6, prefixLength, prefixMask } from '../../net/address';
import type { TextReader } from '../../net/reader';
import type { TextWriter } from '../../net/writer';
import type { Member, Memory } from '../struct';
import { type Hole, holeOf, IRREGULAR, isZero, REGULAR, SEVERAL } from './hole';
import { COLON, DASH, readRange, SLASH } from './number';

const [OPEN, CLOSE] = [91, 93];

/** `00:11:22:aa:bb:cc` */
export const macHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<Uint8Array>], (member) => ({
    formOf: () => 0,
    write({ at, bytes }, out) {
      for (let i = 0; i < 6; i++) {
        const byte = bytes[at + member.offset + i]!;
        if (i > 0) out.byte(COLON);
        out.number(byte >> 4, 16);
        out.number(byte & 15, 16);
      }
    },
    read({ at, bytes }, words) {
      for (let i = 0; i < 6; i++) {
        if (i > 0 && !words.byte(COLON)) return false;
        const byte = words.hexByte();
        if (byte < 0) return false;
        bytes[at + member.offset + i] = byte;
      }
      return true;
    },
  }));

/** An address of the rule's family, in as many bytes as it has or in a nf_inet_addr whose rest is zero. */
const address = {
  isRegular: (m: Memory, member: Member<Uint8Array>) => {
    const size = m.family === 'ipv4' ? 4 : 16;
    return isZero(m, m.at + member.offset + size, m.at + member.offset + member.type.size);
  },
  isZero: (m: Memory, member: Member<Uint8Array>) =>
    isZero(m, m.at + member.offset, m.at + member.offset + member.type.size),
  write(m: Memory, member: Member<Uint8Array>, out: TextWriter) {
    const at = m.at + member.offset;
    if (m.family === 'ipv4') out.ipv4(m.bytes, at);
    else out.text(formatIpv6(m.bytes, at));
  },
  compare: ({ bytes, at }: Memory, a: Member<Uint8Array>, b: Member<Uint8Array>): number =>
    Buffer.compare(
      bytes.subarray(at + a.offset, at + a.offset + a.type.size),
      bytes.subarray(at + b.offset, at + b.offset + b.type.size),
    ),
  read: (m: Memory, member: Member<Uint8Array>, words: TextReader): boolean =>
    words[m.family](m.bytes, m.at + member.offset),
};
const same = (m: Memory, a: Member<Uint8Array>, b: Member<Uint8Array>): boolean => {
  for (let i = 0; i < a.type.size; i++) if (m.bytes[m.at + a.offset + i] !== m.bytes[m.at + b.offset + i]) return false;
  return true;
};
function writeAddresses(m: Memory, low: Member<Uint8Array>, high: Member<Uint8Array>, out: TextWriter): void {
  address.write(m, low, out);
  if (same(m, low, high)) return;
  out.byte(DASH);
  address.write(m, high, out);
}

/** `10.0.0.1` */
export const addressHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<Uint8Array>], (member) => ({
    formOf: (m) => (address.isRegular(m, member) ? REGULAR : IRREGULAR),
    write: (m, out) => address.write(m, member, out),
    read: (m, words) => address.read(m, member, words),
  }));

/** `10.0.0.0/8`, or without a mask, where all of the member is compared. A host's mask iptables doesn't print. */
export const networkHole = (place: unknown, netmask: unknown): Hole | undefined =>
  holeOf([place, netmask] as readonly [Member<Uint8Array>, Member<Uint8Array>], (member, { offset, type }) => {
    const sizeOf = ({ family }: Memory) => (family === 'ipv4' ? 4 : 16);
    const bitsOf = (m: Memory) => prefixLength(m.bytes, m.at + offset, sizeOf(m));
    const formOf = (m: Memory): number => {
      const [size, bits, end] = [sizeOf(m), bitsOf(m), m.at + offset + type.size];
      if (bits < 0 || !address.isRegular(m, member)) return IRREGULAR;
      let rest = m.at + offset + size;
      if (rest < end && isZero(m, rest, end)) return bits === 8 * size ? HOST : SEVERAL;
      while (rest < end && m.bytes[rest] === 0xff) rest++;
      if (rest < end) return IRREGULAR;
      return bits === 8 * size ? REGULAR : size === type.size ? SEVERAL : IRREGULAR;
    };
    return {
      formOf,
      write(m, out) {
        address.write(m, member, out);
        const bits = bitsOf(m);
        if (bits === 8 * sizeOf(m)) return;
        out.byte(SLASH);
        out.number(bits);
      },
      read(m, words) {
        const form = formOf(m);
        if (form === HOST || !address.read(m, member, words)) return false;
        if (form === REGULAR) return true;
        const bits = words.byte(SLASH) ? words.number(8 * sizeOf(m) - 1) : -1;
        if (bits >= 0) m.bytes.set(prefixMask(bits, sizeOf(m)), m.at + offset);
        return bits >= 0;
      },
    };
  });
/** A mask that isn't printed, and so is read as another. */
const HOST = SEVERAL + 1;

/** `10.0.0.1-10.0.0.9` */
export const addressRangeHole = (low: unknown, high: unknown): Hole | undefined =>
  holeOf([low, high] as readonly [Member<Uint8Array>, Member<Uint8Array>], (first, last) => ({
    formOf: (m) => (address.isRegular(m, first) && address.isRegular(m, last) ? 0 : IRREGULAR),
    write(m, out) {
      // As two words each with itself, so is one address.
      address.write(m, first, out);
      out.byte(DASH);
      address.write(m, last, out);
    },
    // Of a reversed range iptables warns.
    read: (m, words) =>
      address.read(m, first, words) &&
      words.byte(DASH) &&
      address.read(m, last, words) &&
      address.compare(m, first, last) <= 0,
  }));

/** `1.1.1.1-1.1.1.9:1024-65535`, of which bits that don't vary say whether there are addresses, ports, and more of these. */
export const mappingHole = (
  [min_addr, max_addr, min_proto, max_proto]: readonly unknown[],
  hasAddresses: (m: Memory) => boolean,
  hasPorts: (m: Memory) => boolean,
  hasMore: (m: Memory) => boolean,
): Hole | undefined =>
  holeOf(
    [min_addr, max_addr, min_proto, max_proto] as readonly [
      Member<Uint8Array>,
      Member<Uint8Array>,
      Member<number>,
      Member<number>,
    ],
    (first, last, low, high) => ({
      formOf(m) {
        const [addresses, ports] = [hasAddresses(m), hasPorts(m)];
        if (hasMore(m) || (!addresses && !ports)) return IRREGULAR;
        const fits = addresses ? address.isRegular : address.isZero;
        if (!fits(m, first) || !fits(m, last)) return IRREGULAR;
        const [from, to] = [low.read(m), high.read(m)];
        return (ports ? from <= to : from === 0 && to === 0) ? 0 : IRREGULAR;
      },
      write(m, out) {
        const [addresses, ports] = [hasAddresses(m), hasPorts(m)];
        const brackets = addresses && ports && m.family === 'ipv6';
        if (brackets) out.byte(OPEN);
        if (addresses) writeAddresses(m, first, last, out);
        if (brackets) out.byte(CLOSE);
        if (!ports) return;
        out.byte(COLON);
        const [from, to] = [low.read(m), high.read(m)];
        out.number(from);
        if (from === to) return;
        out.byte(DASH);
        out.number(to);
      },
      read(m, words) {
        if (hasAddresses(m)) {
          const brackets = hasPorts(m) && m.family === 'ipv6';
          if (brackets && !words.byte(OPEN)) return false;
          if (!address.read(m, first, words)) return false;
          if (!words.byte(DASH)) copyAddress(m, first, last);
          else if (!address.read(m, last, words)) return false;
          if (brackets && !words.byte(CLOSE)) return false;
        }
        return !hasPorts(m) || (words.byte(COLON) && readRange(m, words, low, high, DASH));
      },
    }),
  );
const copyAddress = ({ bytes, at }: Memory, from: Member<Uint8Array>, to: Member<Uint8Array>): void => {
  bytes.copyWithin(at + to.offset, at + from.offset, at + from.offset + from.type.size);
};
