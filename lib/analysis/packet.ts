/** A packet in the words of rules, as callers give it and get it, and as what is known when rules look at it. */
import { argument, type Check, fields, flag, listOf, numeric, oneOf, string } from '../arguments';
import { type Facts, type Surroundings, toBytes, toWords } from '../codec/meaning';
import { Mismatch } from '../errors';
import { ADDRESS } from '../net/address';
import { groupId, protocolName, protocolNumber, servicePort, userId } from '../net/databases';
import type { Family } from '../net/family';
import { fromHex, toHex } from '../net/number';
import { IFNAMSIZ } from '../rule/layout';
import { parseRule } from '../text/rule';

export const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;
export type ConnectionState = (typeof STATES)[number];
/** Of the bits of a TCP header, as rules name them, and the two of explicit congestion notification. */
export const TCP_FLAGS = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128 } as const;
export type TcpFlag = keyof typeof TCP_FLAGS;

/** Who has made a packet of this machine's own. */
export interface Owner {
  /** By name or number. */
  readonly uid?: number | string;
  readonly gid?: number | string;
  /** Supplementary groups. */
  readonly groups?: readonly number[];
}

/**
 * A packet, in the words of rules. With `inInterface` alone it comes in for this machine, with both interfaces it is
 * forwarded, with `outInterface` alone this machine sends it. What isn't given isn't known, but for three things: the
 * marks of a packet, and those of a connection that begins, are 0, and it is no fragment.
 */
export interface Packet {
  readonly protocol?: string | number;
  readonly source?: string;
  readonly destination?: string;
  readonly inInterface?: string;
  readonly outInterface?: string;
  /** Whether it is a second or further fragment. */
  readonly fragment?: boolean;
  /** By number, or by a service's name. */
  readonly sport?: number | string;
  readonly dport?: number | string;
  /** In bytes, the IP header included. */
  readonly length?: number;
  /** Those that are set. */
  readonly tcpFlags?: readonly TcpFlag[];
  /** Those that are there, by their numbers. */
  readonly tcpOptions?: readonly number[];
  /** The maximum segment size that it offers; 0 if none. */
  readonly mss?: number;
  /** `8`, `'3/1'` or a name, of ICMP or of ICMPv6. */
  readonly icmpType?: number | string;
  readonly ctstate?: ConnectionState;
  readonly ctstatus?: readonly ('EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED')[];
  readonly ctdir?: 'ORIGINAL' | 'REPLY';
  /** For how many seconds its connection is kept. */
  readonly ctexpire?: number;
  /** Which helper expected its connection; empty if none. */
  readonly helper?: string;
  readonly connmark?: number;
  readonly mark?: number;
  readonly owner?: Owner;
  /** Whether a socket of this machine belongs to it. */
  readonly socket?: boolean;
  /** The path of its socket's control group, and the class that net_cls gives. */
  readonly cgroup?: string;
  readonly classid?: number;
  /** The Ethernet address that it comes from. */
  readonly mac?: string;
  readonly pktType?: 'unicast' | 'broadcast' | 'multicast' | 'otherhost';
  /** What routing says of its addresses: `LOCAL`, `UNICAST`, `BROADCAST` … */
  readonly srcType?: string;
  readonly dstType?: string;
  /** The time to live, in IPv6 the hop limit. */
  readonly ttl?: number;
  /** The byte that holds type of service, DSCP and ECN; in IPv6 the traffic class. */
  readonly tos?: number;
  readonly realm?: number;
  readonly cpu?: number;
  /** The ports of a bridge that it passes; empty if none. */
  readonly physdevIn?: string;
  readonly physdevOut?: string;
  /** How many connections its address has. */
  readonly connections?: number;
  /** Whether answers to it would leave by the interface that it came in by. */
  readonly rpfilter?: boolean;
  /** Whether IPsec handles it. */
  readonly ipsec?: boolean;
  readonly chunkTypes?: readonly string[];
  readonly dccpType?: string;
  readonly mhType?: number;
  /** Of ESP or AH. */
  readonly spi?: number;
  /** All of it from its IP header on, as hexadecimal digits. */
  readonly data?: string;
}

/** A number of so many bits. */
const bits = (size: number): Check<number> => {
  const most = 2 ** size - 1;
  return numeric(`an integer from 0 to ${most}`, (n) => Number.isInteger(n) && n >= 0 && n <= most);
};
/** A number, or a name that the system knows one of. */
const numbered =
  (expected: string, number: Check<number>, find: (name: string) => number | undefined): Check<number> =>
  (value) => {
    if (typeof value === 'number') return number(value);
    const found = typeof value === 'string' ? (/^\d+$/.test(value) ? Number(value) : find(value)) : undefined;
    if (found === undefined) throw new Mismatch(expected, value);
    return number(found);
  };
const text = string();
/** As the kernel calls them: of at most 15 bytes. */
export const interfaceName: Check<string> = (value) => {
  if (typeof value !== 'string' || !/^[^\s/:\0]+$/.test(value) || Buffer.byteLength(value) >= IFNAMSIZ)
    throw new Mismatch('the name of an interface', value);
  return value;
};
const address: Check<string> = (value) => {
  if (typeof value !== 'string' || !(ADDRESS.ipv4.parse(value) ?? ADDRESS.ipv6.parse(value)))
    throw new Mismatch('an address', value);
  return value;
};
const port = numbered('a port or the name of a service', bits(16), (name) => servicePort(name));
const id = (find: (name: string) => number | undefined) => numbered('a name or a number', bits(32), find);
const hexadecimal: Check<string> = (value) => {
  if (typeof value !== 'string' || fromHex(value) === undefined) throw new Mismatch('hexadecimal digits', value);
  return value;
};
const mac: Check<string> = (value) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(value))
    throw new Mismatch('an Ethernet address', value);
  return value.toLowerCase().replace(/\b(?=[0-9a-f]\b)/g, '0');
};
const icmp: Check<number | string> = (value) => {
  if (typeof value !== 'number' && typeof value !== 'string') throw new Mismatch('a type, type/code or a name', value);
  return value;
};

/** @internal Reads a packet: names become numbers. */
export const checked = fields<Packet>({
  protocol: numbered('the name or number of a protocol', bits(8), protocolNumber),
  source: address,
  destination: address,
  inInterface: interfaceName,
  outInterface: interfaceName,
  fragment: flag,
  sport: port,
  dport: port,
  length: bits(32),
  tcpFlags: listOf(oneOf(...(Object.keys(TCP_FLAGS) as TcpFlag[]))),
  tcpOptions: listOf(bits(8)),
  mss: bits(16),
  icmpType: icmp,
  ctstate: oneOf(...STATES),
  ctstatus: listOf(oneOf('EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED')),
  ctdir: oneOf('ORIGINAL', 'REPLY'),
  ctexpire: bits(32),
  helper: text,
  connmark: bits(32),
  mark: bits(32),
  owner: fields<Owner>({ uid: id(userId), gid: id(groupId), groups: listOf(bits(32)) }),
  socket: flag,
  cgroup: text,
  classid: bits(32),
  mac,
  pktType: oneOf('unicast', 'broadcast', 'multicast', 'otherhost'),
  srcType: text,
  dstType: text,
  ttl: bits(8),
  tos: bits(8),
  realm: bits(32),
  cpu: bits(32),
  physdevIn: text,
  physdevOut: text,
  connections: bits(32),
  rpfilter: flag,
  ipsec: flag,
  chunkTypes: listOf(text),
  dccpType: text,
  mhType: bits(8),
  spi: bits(32),
  data: hexadecimal,
});

/** What of it is known the same way as it is said, and always said if it is known. */
// biome-ignore format: a table
const SAME = [
  'sport', 'dport', 'length', 'tcpOptions', 'mss', 'ctstate', 'ctstatus', 'ctdir', 'ctexpire', 'helper', 'connmark',
  'socket', 'cgroup', 'classid', 'mac', 'pktType', 'srcType', 'dstType', 'ttl', 'tos', 'realm', 'cpu', 'physdevIn',
  'physdevOut', 'connections', 'rpfilter', 'ipsec', 'chunkTypes', 'dccpType', 'mhType', 'spi',
] as const satisfies readonly (keyof Packet & keyof Facts)[];

/** What is known of a packet. Throws ERR_BAD_ARGUMENT. */
export function factsOf(call: string, given: Packet, family: Family, around: Surroundings): Facts {
  return argument(call, 'packet', given, (value) => read(checked(value), family, around));
}

/** Always with the same keys in the same order, which is what makes it fast. */
function read(packet: Packet, family: Family, around: Surroundings): Facts {
  const { inInterface, outInterface, icmpType, owner, ctstate, data } = packet;
  if (!inInterface && !outInterface)
    throw new Mismatch('inInterface, outInterface or both, which say where it comes from and where it goes,', packet);
  const [type, code] = icmpType === undefined ? [] : typeOf(icmpType, family);
  const gid = owner?.gid as number | undefined;
  const facts: Facts = {
    family,
    around,
    protocol: packet.protocol as number | undefined,
    source: wordsOf(packet.source, family, '.source'),
    destination: wordsOf(packet.destination, family, '.destination'),
    inInterface: inInterface ?? '',
    outInterface: outInterface ?? '',
    fragment: packet.fragment ?? false,
    sport: packet.sport as number | undefined,
    dport: packet.dport as number | undefined,
    length: packet.length,
    tcpFlags: packet.tcpFlags?.reduce((all, name) => all | TCP_FLAGS[name], 0),
    tcpOptions: packet.tcpOptions,
    mss: packet.mss,
    icmpType: type,
    icmpCode: code,
    ctstate,
    ctstatus: packet.ctstatus,
    ctdir: packet.ctdir,
    ctexpire: packet.ctexpire,
    helper: packet.helper,
    connmark: packet.connmark,
    snat: undefined,
    dnat: undefined,
    original: undefined,
    mark: packet.mark ?? 0,
    changedSets: undefined,
    toSelf: undefined,
    uid: owner?.uid as number | undefined,
    gid,
    groups: owner?.groups && [...owner.groups, ...(gid === undefined ? [] : [gid])],
    socket: packet.socket ?? (owner ? true : undefined),
    cgroup: packet.cgroup,
    classid: packet.classid,
    mac: packet.mac,
    pktType: packet.pktType,
    srcType: packet.srcType,
    dstType: packet.dstType,
    ttl: packet.ttl,
    tos: packet.tos,
    realm: packet.realm,
    cpu: packet.cpu,
    physdevIn: packet.physdevIn,
    physdevOut: packet.physdevOut,
    connections: packet.connections,
    rpfilter: packet.rpfilter,
    ipsec: packet.ipsec,
    chunkTypes: packet.chunkTypes,
    dccpType: packet.dccpType,
    mhType: packet.mhType,
    spi: packet.spi,
    data: data === undefined ? undefined : fromHex(data),
  };
  if (ctstate === 'NEW') beginning(facts);
  return facts;
}

/** What is known of a connection that begins with a packet. */
export function beginning(facts: Facts): void {
  facts.connmark ??= 0;
  facts.ctdir ??= 'ORIGINAL';
  facts.ctstatus ??= [];
  facts.snat = false;
  facts.dnat = false;
  const { source, destination, sport, dport } = facts;
  facts.original = { source, destination, sport, dport };
}

function wordsOf(word: string | undefined, family: Family, at: string) {
  if (word === undefined) return undefined;
  const bytes = ADDRESS[family].parse(word);
  if (!bytes) throw new Mismatch(`an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`, word, at);
  return toWords(bytes);
}

/** Names are those of rules. */
function typeOf(given: number | string, family: Family): readonly [number, number | undefined] {
  const option = family === 'ipv4' ? '-p icmp -m icmp --icmp-type' : '-p icmpv6 -m icmp6 --icmpv6-type';
  let canonical: unknown = given;
  if (!/^\d+(\/\d+)?$/.test(String(given))) {
    try {
      const { match } = parseRule(`${option} ${given}`, { family }) as { match: readonly object[] };
      canonical = Object.values(Object.values(match[0]!)[0] as object)[0];
    } catch {
      throw new Mismatch('a type, type/code or a name', given, '.icmpType');
    }
  }
  const [type, code] = String(canonical).split('/').map(Number);
  if (!(type! <= 255) || !((code ?? 0) <= 255)) throw new Mismatch('a type, type/code or a name', given, '.icmpType');
  return [type!, code];
}

/** The packet that is known, in the words of rules: what isn't known of it isn't said. */
export function packetOf(facts: Facts): Packet {
  const packet: Record<string, unknown> = {};
  const { protocol, source, destination } = facts;
  const address = (words: readonly number[]) => ADDRESS[facts.family].format(toBytes(words));
  if (protocol !== undefined) packet.protocol = protocolName(protocol) ?? protocol;
  if (source) packet.source = address(source);
  if (destination) packet.destination = address(destination);
  if (facts.inInterface) packet.inInterface = facts.inInterface;
  if (facts.outInterface) packet.outInterface = facts.outInterface;
  for (const key of SAME) if (facts[key] !== undefined) packet[key] = facts[key];
  if (facts.fragment) packet.fragment = true;
  if (facts.mark) packet.mark = facts.mark >>> 0;
  if (facts.tcpFlags !== undefined)
    packet.tcpFlags = (Object.keys(TCP_FLAGS) as TcpFlag[]).filter((name) => facts.tcpFlags! & TCP_FLAGS[name]);
  if (facts.icmpType !== undefined)
    packet.icmpType = facts.icmpCode === undefined ? facts.icmpType : `${facts.icmpType}/${facts.icmpCode}`;
  const { uid, gid, groups } = facts;
  if (uid !== undefined || gid !== undefined || groups)
    packet.owner = { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }), ...(groups && { groups }) };
  if (facts.data) packet.data = toHex(facts.data);
  return packet as Packet;
}
