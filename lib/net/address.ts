/** IPv4 and IPv6 addresses, masks and Ethernet addresses: words <-> bytes, as inet_ntop and iptables have them. */
import { parseNumber } from './number';

/** `a.b` of two bytes, once asked for: addresses have few beginnings, and many are printed. */
const pairs: (string | undefined)[] = new Array(1 << 16).fill(undefined);
const pair = (high: number, low: number): string => {
  const index = (high << 8) | low;
  pairs[index] ??= `${high}.${low}`;
  return pairs[index]!;
};
export function formatIpv4(b: Uint8Array, at = 0): string {
  return `${pair(b[at]!, b[at + 1]!)}.${pair(b[at + 2]!, b[at + 3]!)}`;
}

/** As inet_ntop: the longest run of zero groups shortened; an embedded IPv4 address in dots. */
export function formatIpv6(b: Uint8Array, at = 0): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((b[at + i]! << 8) | b[at + i + 1]!);
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > length) {
      start = i;
      length = j - i;
    }
    i = Math.max(j, i + 1);
  }
  const embedded = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  if (embedded) return `::${length === 5 ? 'ffff:' : ''}${formatIpv4(b, at + 12)}`;
  const hex = groups.map((g) => g.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** Four parts; with `short`, fewer are the network's first, as in 10/8. Each part may be octal or hexadecimal. */
export function parseIpv4(word: string, short = false): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  if (writeIpv4(word, bytes, 0)) return bytes;
  const parts = word.split('.');
  if (parts.length > 4 || (parts.length < 4 && !short)) return undefined;
  for (let i = 0; i < parts.length; i++) {
    const byte = parseNumber(parts[i]!, 255);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** Writes a plain dotted quad, the usual case, without a detour; false if it is anything else. */
export function writeIpv4(word: string, into: Uint8Array, at: number): boolean {
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < word.length; i++) {
    const digit = word.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      // A leading zero means octal.
      if (digits > 0 && value === 0) return false;
      value = 10 * value + digit;
      digits++;
      if (value > 255) return false;
    } else if (digit === -2 && digits > 0 && part < 3) {
      into[at + part++] = value;
      digits = 0;
      value = 0;
    } else return false;
  }
  if (part !== 3 || digits === 0) return false;
  into[at + 3] = value;
  return true;
}

/** As inet_pton. */
export function parseIpv6(word: string): Uint8Array | undefined {
  const halves = word.split('::');
  if (halves.length > 2) return undefined;
  const bytesOf = (half: string, last: boolean): number[] | undefined => {
    const bytes: number[] = [];
    if (half === '') return bytes;
    const parts = half.split(':');
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      if (last && i === parts.length - 1 && part.includes('.')) {
        if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(part) || /(^|\.)0\d/.test(part)) return undefined;
        const ipv4 = parseIpv4(part);
        if (!ipv4) return undefined;
        bytes.push(...ipv4);
      } else {
        if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
        const group = Number.parseInt(part, 16);
        bytes.push(group >> 8, group & 255);
      }
    }
    return bytes;
  };
  const head = bytesOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? bytesOf(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Which family an address in full is of; undefined if it is none. */
export function addressFamily(word: string): 'ipv4' | 'ipv6' | undefined {
  if (parseIpv4(word)) return 'ipv4';
  return parseIpv6(word) ? 'ipv6' : undefined;
}

/** How many leading ones a mask has; -1 if it isn't ones and then zeroes. */
export function prefixLength(mask: Uint8Array, at = 0, size = mask.length): number {
  let length = 0;
  let i = 0;
  for (; i < size && mask[at + i] === 255; i++) length += 8;
  if (i < size) {
    const ones = Math.clz32(~(mask[at + i]! << 24));
    if (((mask[at + i]! << ones) & 255) !== 0) return -1;
    length += ones;
    for (i++; i < size; i++) if (mask[at + i] !== 0) return -1;
  }
  return length;
}

export function prefixMask(length: number, size: number): Uint8Array {
  const mask = new Uint8Array(size);
  for (let i = 0; i < size; i++) mask[i] = 0xff00 >> Math.min(8, Math.max(0, length - 8 * i));
  return mask;
}

export interface Family4or6 {
  readonly size: 4 | 16;
  format(bytes: Uint8Array, at?: number): string;
  parse(word: string, short?: boolean): Uint8Array | undefined;
}
export const ADDRESS = {
  ipv4: { size: 4, format: formatIpv4, parse: parseIpv4 },
  ipv6: { size: 16, format: formatIpv6, parse: parseIpv6 },
} as const satisfies Record<string, Family4or6>;

export interface Network {
  readonly address: Uint8Array;
  readonly mask: Uint8Array;
}

/** `10.0.0.0/8`, `10/8`, `10.0.0.0/255.0.0.0`, `10.1.2.3`; the address is masked unless its host bits stay. A null mask makes the address zero. */
export function parseNetwork(word: string, family: 'ipv4' | 'ipv6', hostBits = false): Network | undefined {
  const { size, parse } = ADDRESS[family];
  const slash = word.lastIndexOf('/');
  const maskWord = slash < 0 ? undefined : word.slice(slash + 1);
  let mask: Uint8Array | undefined;
  if (maskWord === undefined) mask = new Uint8Array(size).fill(255);
  else {
    mask = parse(maskWord);
    if (!mask) {
      const length = parseNumber(maskWord, 8 * size);
      if (length === undefined) return undefined;
      mask = prefixMask(length, size);
    }
  }
  let address = parse(slash < 0 ? word : word.slice(0, slash), true);
  if (!address) {
    if (mask.some((b) => b !== 0) || slash < 0) return undefined;
    address = new Uint8Array(size);
  }
  if (!hostBits) for (let i = 0; i < size; i++) address[i] = address[i]! & mask[i]!;
  return { address, mask };
}

/** As data: a host without its mask, a network with its prefix length, any other mask in full. */
export function formatNetwork(
  family: 'ipv4' | 'ipv6',
  address: Uint8Array,
  at: number,
  mask: Uint8Array,
  maskAt: number,
): string {
  const { size, format } = ADDRESS[family];
  const length = prefixLength(mask, maskAt, size);
  if (length === 8 * size) return format(address, at);
  return `${format(address, at)}/${length < 0 ? format(mask, maskAt) : length}`;
}

/** `00:11:22:aa:bb:cc`; iptables prints it in lower case since 1.8, and reads either. */
export function formatMac(b: Uint8Array, at = 0): string {
  return Array.from(b.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
export function parseMac(word: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$/.test(word)) return undefined;
  return Uint8Array.from(word.split(':'), (part) => Number.parseInt(part, 16));
}
