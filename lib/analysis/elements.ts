/** Elements of sets as `ipset list` prints them: `10.0.0.0/8,tcp:80`, `192.0.2.7 nomatch`. */
import { type Check, listOf, recordOf } from '../arguments';
import { Mismatch } from '../errors';
import { ADDRESS, parseNetwork } from '../net/address';
import { protocolNumber, servicePort } from '../net/databases';
import type { Family } from '../net/family';
import { parseNumber } from '../net/number';

/** One part of an element, each of which is compared with one side of the packet. */
export type Part =
  | { readonly kind: 'address'; readonly family: Family; readonly low: Uint8Array; readonly high: Uint8Array }
  /** Of ICMP, type and code. Without a protocol it is TCP's and UDP's alike. */
  | { readonly kind: 'port'; readonly protocol: number | undefined; readonly low: number; readonly high: number }
  | { readonly kind: 'mac'; readonly address: string }
  | { readonly kind: 'mark'; readonly value: number }
  /** An interface, or a port of a bridge; where an element is nothing else, another set. With + at its end all that begin so. */
  | { readonly kind: 'name'; readonly name: string; readonly bridged: boolean };

export interface Element {
  readonly parts: readonly Part[];
  /** It takes its packets out of a larger network. */
  readonly nomatch: boolean;
  /** How long its prefixes are: the longest counts. */
  readonly prefixes: readonly number[];
}
export type SetsGiven = Readonly<Record<string, readonly string[]>>;

export const PORTED: readonly number[] = [6, 17, 132, 136];
export const ICMP: readonly number[] = [1, 58];

const element: Check<string> = (value) => {
  if (typeof value !== 'string' || !elementOf(value)) throw new Mismatch('an element as ipset list prints it', value);
  return value;
};
/** Sets by their names, as lists of elements. */
export const setsCheck: Check<SetsGiven> = recordOf(listOf(element));

/** Undefined for what is none. */
export function elementOf(text: string): Element | undefined {
  const [words = '', ...options] = text.trim().split(/\s+/);
  const parts: Part[] = [];
  for (const word of words.split(',')) {
    const part = partOf(word, options.includes('wildcard'));
    if (!part) return undefined;
    parts.push(part);
  }
  return { parts, nomatch: options.includes('nomatch'), prefixes: parts.map(prefixOf) };
}

function partOf(word: string, wildcard: boolean): Part | undefined {
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(word)) return { kind: 'mac', address: word.toLowerCase() };
  const address = addressOf(word);
  if (address) return address;
  if (/^0x[0-9a-f]{1,8}$/i.test(word)) return { kind: 'mark', value: Number(word) };
  const [, name, from = '', to = from] =
    /^(?:([a-z][\w-]*|\d+):)?(\d+|[a-z][\w/-]*?|\d+\/\d+)(?:-(\d+))?$/i.exec(word) ?? [];
  const protocol = name === undefined ? undefined : (protocolNumber(name) ?? parseNumber(name, 255));
  const bridged = word.startsWith('physdev:');
  if (name !== undefined && protocol === undefined && !bridged) return undefined;
  const [low, high] = [portOf(from, protocol), portOf(to, protocol)];
  if (low !== undefined && high !== undefined && (name !== undefined || /^\d/.test(from)))
    return { kind: 'port', protocol, low, high };
  const plain = bridged ? word.slice('physdev:'.length) : word;
  if ((name !== undefined && !bridged) || !/^(?![\d.:/-]*$)[^\s,:]+$/.test(plain)) return undefined;
  return { kind: 'name', name: wildcard ? `${plain}+` : plain, bridged };
}

function addressOf(word: string): Part | undefined {
  const family = word.includes(':') ? 'ipv6' : 'ipv4';
  const { parse } = ADDRESS[family];
  if (!(family === 'ipv4' ? /^\d+\.\d+\.\d+\.\d+/ : /^[\da-f:.]+([/-]|$)/i).test(word)) return undefined;
  const [first = '', last] = word.split('-');
  if (last !== undefined) {
    const [low, high] = [parse(first), parse(last)];
    return low && high && { kind: 'address', family, low, high };
  }
  const network = parseNetwork(word, family);
  if (!network) return undefined;
  const { address: low, mask } = network;
  return { kind: 'address', family, low, high: low.map((byte, i) => byte | (~mask[i]! & 255)) };
}

/** The names of ICMP's types are left aside: `ipset list` prints those that have one by it. */
function portOf(word: string, protocol: number | undefined): number | undefined {
  if (protocol !== undefined && ICMP.includes(protocol)) {
    const [, type, code] = /^(\d+)\/(\d+)$/.exec(word) ?? [];
    if (type !== undefined) return Number(type) * 256 + Number(code);
    return protocol === 1 ? ICMP_NAMES[word] : ICMPV6_NAMES[word];
  }
  return /^\d+$/.test(word) ? parseNumber(word, 65535) : servicePort(word);
}
const ICMP_NAMES: Readonly<Record<string, number>> = { 'echo-reply': 0, pong: 0, 'echo-request': 0x800, ping: 0x800 };
const ICMPV6_NAMES: Readonly<Record<string, number>> = { 'echo-request': 0x8000, ping: 0x8000, 'echo-reply': 0x8100 };

/** How many leading bits a part's addresses have in common. */
function prefixOf(part: Part): number {
  if (part.kind !== 'address') return 0;
  const { low, high } = part;
  for (let i = 0; i < low.length; i++) if (low[i] !== high[i]) return 8 * i + Math.clz32((low[i]! ^ high[i]!) << 24);
  return 8 * low.length;
}
