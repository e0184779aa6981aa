/** A packet written as words: `tcp 203.0.113.5:40000 -> 192.0.2.1:22 in eth0 state NEW`. */
import { argument, string } from '../arguments';
import { Mismatch } from '../errors';
import { ADDRESS } from '../net/address';
import type { Family } from '../net/family';
import { parseNumber } from '../net/number';
import { checked, type Packet, type TcpFlag } from './packet';

const NAMES: Readonly<Record<string, keyof Packet>> = {
  in: 'inInterface',
  out: 'outInterface',
  state: 'ctstate',
  type: 'icmpType',
  flags: 'tcpFlags',
  ttl: 'ttl',
  hl: 'ttl',
};
/** What is said of the one who has made it. */
const OWNER: readonly string[] = ['uid', 'gid'];
const LISTS: readonly string[] = ['tcpFlags', 'tcpOptions', 'ctstatus', 'chunkTypes'];
/** What looks like a number all the same. */
const TEXTS: readonly string[] = ['inInterface', 'outInterface', 'helper', 'cgroup', 'physdevIn', 'physdevOut', 'data'];
const ARROWS: readonly string[] = ['->', '→', 'to'];

/**
 * The packet that words say: a protocol, `source[:port] -> destination[:port]`, each of which may be left out, and names
 * with values: `in`, `out`, `state`, `flags`, `type`, and the keys of a Packet. Its connection begins unless another
 * state is said, TCP's with SYN. Throws ERR_BAD_ARGUMENT.
 *
 * @example parsePacket('tcp 203.0.113.5 -> :22 in eth0')
 *   // { protocol: 'tcp', source: '203.0.113.5', dport: 22, inInterface: 'eth0', ctstate: 'NEW', tcpFlags: ['SYN'] }
 */
export function parsePacket(words: string): Packet {
  return argument('parsePacket', 'words', words, (value) => {
    const packet = read(string('a packet in words')(value));
    checked(packet);
    return packet;
  });
}

function read(text: string): Packet {
  const said = new Map<string, unknown>();
  const owner = new Map<string, unknown>();
  const say = (key: string, value: unknown, into = said) => {
    if (into.has(key)) throw new Mismatch(`${key} once`, text);
    into.set(key, value);
  };
  const words = text.split(/\s+/).filter(Boolean);
  let side: 'source' | 'destination' = 'source';
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (ARROWS.includes(word)) {
      if (side === 'destination') throw new Mismatch('one arrow', text);
      side = 'destination';
    } else if (isEnd(word)) {
      const { address, port } = endOf(word);
      if (address !== undefined) say(side, address);
      if (port !== undefined) say(side === 'source' ? 'sport' : 'dport', parseNumber(port) ?? port);
    } else if (i === 0) said.set('protocol', word.toLowerCase());
    else {
      const value = words[++i];
      if (value === undefined) throw new Mismatch(`a value behind ${word}`, 'the end');
      const key = Object.hasOwn(NAMES, word) ? NAMES[word]! : word;
      say(key, meant(key, value), OWNER.includes(key) ? owner : said);
    }
  }
  if (owner.size > 0) said.set('owner', Object.fromEntries(owner));
  if (!said.has('ctstate')) said.set('ctstate', 'NEW');
  if (said.get('protocol') === 'tcp' && said.get('ctstate') === 'NEW' && !said.has('tcpFlags'))
    said.set('tcpFlags', ['SYN']);
  return Object.fromEntries(said) as Packet;
}

const isAddress = (word: string): boolean => (ADDRESS.ipv4.parse(word) ?? ADDRESS.ipv6.parse(word)) !== undefined;
const isEnd = (word: string): boolean => isAddress(word) || /^(\[[^\]]*\](:[\w-]+)?|([\d.]*|\*):[\w-]+|\*)$/.test(word);

function endOf(word: string): { readonly address?: string; readonly port?: string } {
  if (isAddress(word)) return { address: word };
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([\d.]*|\*)):?([\w-]+)?$/.exec(word) ?? [];
  const address = bracketed ?? plain ?? '';
  if (address !== '' && address !== '*' && !isAddress(address))
    throw new Mismatch('an address, maybe with a port,', word);
  return { ...(address !== '' && address !== '*' && { address }), ...(port !== undefined && { port }) };
}

function meant(key: string, word: string): unknown {
  if (LISTS.includes(key)) {
    const parts = word === 'NONE' ? [] : word.split(',');
    return key === 'tcpFlags'
      ? parts.map((name) => name.toUpperCase() as TcpFlag)
      : key === 'tcpOptions'
        ? parts.map(Number)
        : parts;
  }
  if (key === 'ctstate') return word.toUpperCase();
  if (word === 'true' || word === 'false') return word === 'true';
  if (TEXTS.includes(key)) return word;
  return parseNumber(word) ?? word;
}

/** Which family a packet is of, as its addresses or its protocol say. */
export function familyOf({ source, destination, protocol }: Packet, otherwise: Family): Family {
  const address = source ?? destination;
  if (typeof address === 'string') return address.includes(':') ? 'ipv6' : 'ipv4';
  return protocol === 'icmpv6' || protocol === 'ipv6-icmp' ? 'ipv6' : otherwise;
}

/** What follows from that a connection begins. */
const isUsual = (key: string, value: unknown, { ctstate }: Packet): boolean =>
  ctstate === 'NEW' &&
  ((key === 'connmark' && value === 0) ||
    (key === 'ctdir' && value === 'ORIGINAL') ||
    (key === 'ctstatus' && (value as readonly unknown[]).length === 0));

/** The same packet in words. */
export function formatPacket(packet: Packet): string {
  const { protocol, source, destination, sport, dport, inInterface, outInterface, data: _, ...rest } = packet;
  const end = (address = '', port?: number | string) =>
    `${port !== undefined && address.includes(':') ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}` ||
    '*';
  const said = { ...(inInterface && { in: inInterface }), ...(outInterface && { out: outInterface }), ...rest };
  const words = Object.entries(said)
    .filter(([key, value]) => !isUsual(key, value, packet))
    .map(([key, value]) => {
      const name = Object.keys(NAMES).find((short) => NAMES[short] === key) ?? key;
      return `${name} ${Array.isArray(value) ? value.join() || 'NONE' : typeof value === 'object' ? JSON.stringify(value) : value}`;
    });
  return [protocol ?? 'all', end(source, sport), '->', end(destination, dport), ...words].join(' ');
}
