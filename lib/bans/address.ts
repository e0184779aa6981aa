/** Addresses, networks and ranges of both families, in the one form in which they are kept. */
import { Mismatch } from '../errors';
import { formatNetwork, parseNetwork, prefixLength, prefixMask } from '../net/address';
import type { Family } from '../rule/rule';

export interface Place {
  readonly family: Family;
  /** `192.0.2.1`, `192.0.2.0/24`: no host bits, no prefix for a single address. */
  readonly text: string;
  readonly bits: number;
}

const SIZE = { ipv4: 4, ipv6: 16 } as const;
const familyOf = (word: string): Family => (word.includes(':') ? 'ipv6' : 'ipv4');

export function placeAt(family: Family, address: Uint8Array, bits: number): Place {
  const mask = prefixMask(bits, SIZE[family]);
  return {
    family,
    text: formatNetwork(
      family,
      address.map((b, i) => b & mask[i]!),
      0,
      mask,
      0,
    ),
    bits,
  };
}

/** The bits of `::ffff:` before an address of IPv4. */
const MAPPED = 96;
const isMapped = (address: Uint8Array): boolean =>
  address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 255 && address[11] === 255;

/** An address or a network. Of IPv6 an embedded IPv4 address is that. */
export function placeOf(word: unknown): Place {
  if (typeof word === 'string') {
    const text = word.trim();
    const family = familyOf(text);
    const found = parseNetwork(text, family);
    const bits = found ? prefixLength(found.mask) : -1;
    if (found && bits > 0 && (/\/|:/.test(text) || text.split('.').length === 4))
      return bits > MAPPED && family === 'ipv6' && isMapped(found.address)
        ? placeAt('ipv4', found.address.slice(12), bits - MAPPED)
        : placeAt(family, found.address, bits);
  }
  throw new Mismatch('an address, or a network such as 192.0.2.0/24,', word);
}

/** The same, or the networks that a range `192.0.2.1-192.0.2.9` is made of. */
export function placesOf(word: unknown): Place[] {
  const [, from, to] = (typeof word === 'string' && /^\s*([^\s-]+)\s*-\s*([^\s-]+)\s*$/.exec(word)) || [];
  if (from === undefined) return [placeOf(word)];
  const [first, last] = [placeOf(from), placeOf(to)];
  const size = SIZE[first.family];
  if (first.family !== last.family || first.bits !== 8 * size || last.bits !== 8 * size)
    throw new Mismatch('a range of two addresses', word);
  let at = numberOf(first);
  const end = numberOf(last);
  if (at > end) throw new Mismatch('a range whose first address is the lower one', word);
  const places: Place[] = [];
  while (at <= end) {
    // The largest network that begins here and doesn't go beyond the end.
    let free = 0;
    while (free < 8 * size && (at >> BigInt(free)) % 2n === 0n && at + (1n << BigInt(free + 1)) - 1n <= end) free++;
    if (free === 8 * size) throw new Mismatch('a range of less than all addresses', word);
    places.push(placeAt(first.family, bytesOf(at, size), 8 * size - free));
    at += 1n << BigInt(free);
  }
  return places;
}
const numberOf = ({ text, family }: Place): bigint =>
  parseNetwork(text, family)!.address.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = value;
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

/** The networks of some lengths around a place, itself too; the narrowest first. */
export function* around({ family, text, bits }: Place, lengths: Iterable<number>): Generator<string> {
  const { address } = parseNetwork(text, family)!;
  const fitting = [...lengths].filter((length) => length <= bits).sort((a, b) => b - a);
  for (const length of fitting) yield placeAt(family, address, length).text;
}
