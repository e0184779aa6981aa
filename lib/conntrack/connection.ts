/** A connection as the kernel tells of it: a message -> data. */
import { formatIpv4, formatIpv6 } from '../net/address';
import { protocolName } from '../net/databases';
import { Cursor } from '../netlink/attributes';
import { NFPROTO } from '../netlink/constants';
import type { Messages } from '../netlink/messages';
import {
  CTA,
  CTA_COUNTERS,
  CTA_HELP,
  CTA_IP,
  CTA_PROTO,
  CTA_PROTOINFO,
  CTA_PROTOINFO_TCP,
  CTA_TIMESTAMP,
  CTA_TUPLE,
  IPS,
} from './constants';

export type Family = 'ipv4' | 'ipv6';
export type Status = keyof typeof IPS;

/** One direction of a connection. ICMP has type, code and id where others have ports. */
export interface Tuple {
  readonly source: string;
  readonly destination: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly type?: number;
  readonly code?: number;
  readonly id?: number;
  /** Of this direction alone. */
  readonly zone?: number;
  /** What it has counted, where the kernel counts (net.netfilter.nf_conntrack_acct). */
  readonly counters?: { readonly packets: bigint; readonly bytes: bigint };
}

export interface Connection {
  readonly family: Family;
  /** By name; by number if it has none. */
  readonly protocol: string;
  readonly protocolNumber: number;
  /** As its first packet went, and as the answers come: after NAT they differ. */
  readonly original: Tuple;
  readonly reply: Tuple;
  /** Of TCP, SCTP and DCCP: ESTABLISHED. */
  readonly state?: string;
  readonly status: readonly Status[];
  /** Seconds until it is forgotten. */
  readonly timeout?: number;
  readonly mark: number;
  readonly zone?: number;
  readonly helper?: string;
  /** When it began and ended, in nanoseconds since 1970, where the kernel notes it (nf_conntrack_timestamp). */
  readonly start?: bigint;
  readonly stop?: bigint;
  readonly use?: number;
  readonly id?: number;
}

/** States by their numbers (nf_conntrack_tcp.h, _sctp.h, nf_conntrack_dccp.h). */
const STATES: Readonly<Record<number, readonly string[]>> = {
  [CTA_PROTOINFO.TCP]: [
    ...['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT'],
    ...['CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'],
  ],
  [CTA_PROTOINFO.SCTP]: [
    ...['NONE', 'CLOSED', 'COOKIE_WAIT', 'COOKIE_ECHOED', 'ESTABLISHED'],
    ...['SHUTDOWN_SENT', 'SHUTDOWN_RECD', 'SHUTDOWN_ACK_SENT', 'HEARTBEAT_SENT', 'HEARTBEAT_ACKED'],
  ],
  [CTA_PROTOINFO.DCCP]: [
    ...['NONE', 'REQUEST', 'RESPOND', 'PARTOPEN', 'OPEN'],
    ...['CLOSEREQ', 'CLOSING', 'TIMEWAIT', 'IGNORE', 'INVALID'],
  ],
};
export const STATE_NAMES: readonly string[] = [...new Set(Object.values(STATES).flat())];

const STATUS = Object.entries(IPS) as [Status, number][];
export const STATUS_NAMES: readonly Status[] = STATUS.map(([name]) => name);

type Written<T> = { -readonly [K in keyof T]?: T[K] };

const names = new Map<number, string>();
/** As getprotobynumber(3) has it. */
function nameOf(protocol: number): string {
  const known = names.get(protocol);
  if (known !== undefined) return known;
  const name = protocolName(protocol) ?? String(protocol);
  names.set(protocol, name);
  return name;
}

const [outer, middle, inner] = [new Cursor(), new Cursor(), new Cursor()];

/** What a message says of a connection. */
export function readConnection(message: Messages): Connection {
  const connection: Written<Connection> = {};
  const [original, reply]: [Written<Tuple>, Written<Tuple>] = [{}, {}];
  let protocol = 0;
  let status = 0;
  for (message.attributes(outer); outer.next(); )
    switch (outer.type) {
      case CTA.TUPLE_ORIG:
        protocol = readTuple(message, original);
        break;
      case CTA.TUPLE_REPLY:
        readTuple(message, reply);
        break;
      case CTA.COUNTERS_ORIG:
        original.counters = readCounters();
        break;
      case CTA.COUNTERS_REPLY:
        reply.counters = readCounters();
        break;
      case CTA.STATUS:
        status = outer.u32();
        break;
      case CTA.PROTOINFO:
        readState(connection);
        break;
      case CTA.TIMEOUT:
        connection.timeout = outer.u32();
        break;
      case CTA.MARK:
        connection.mark = outer.u32();
        break;
      case CTA.ZONE:
        connection.zone = outer.u16();
        break;
      case CTA.USE:
        connection.use = outer.u32();
        break;
      case CTA.ID:
        connection.id = outer.u32();
        break;
      case CTA.HELP:
        for (middle.inside(outer); middle.next(); )
          if (middle.type === CTA_HELP.NAME) connection.helper = middle.text();
        break;
      case CTA.TIMESTAMP:
        for (middle.inside(outer); middle.next(); )
          if (middle.type === CTA_TIMESTAMP.START) connection.start = middle.bigU64();
          else if (middle.type === CTA_TIMESTAMP.STOP) connection.stop = middle.bigU64();
        break;
      default:
    }
  return {
    family: message.family === NFPROTO.IPV6 ? 'ipv6' : 'ipv4',
    protocol: nameOf(protocol),
    protocolNumber: protocol,
    original: original as Tuple,
    reply: reply as Tuple,
    status: STATUS.filter(([, bit]) => (status & bit) !== 0).map(([name]) => name),
    mark: 0,
    ...connection,
  };
}

/** Gives the protocol. */
function readTuple({ bytes }: Messages, tuple: Written<Tuple>): number {
  let protocol = 0;
  for (middle.inside(outer); middle.next(); )
    if (middle.type === CTA_TUPLE.ZONE) tuple.zone = middle.u16();
    else if (middle.type === CTA_TUPLE.IP) {
      for (inner.inside(middle); inner.next(); )
        if (inner.type === CTA_IP.V4_SRC) tuple.source = formatIpv4(bytes, inner.start);
        else if (inner.type === CTA_IP.V4_DST) tuple.destination = formatIpv4(bytes, inner.start);
        else if (inner.type === CTA_IP.V6_SRC) tuple.source = formatIpv6(bytes, inner.start);
        else if (inner.type === CTA_IP.V6_DST) tuple.destination = formatIpv6(bytes, inner.start);
    } else if (middle.type === CTA_TUPLE.PROTO)
      for (inner.inside(middle); inner.next(); )
        switch (inner.type) {
          case CTA_PROTO.NUM:
            protocol = inner.u8();
            break;
          case CTA_PROTO.SRC_PORT:
            tuple.sport = inner.u16();
            break;
          case CTA_PROTO.DST_PORT:
            tuple.dport = inner.u16();
            break;
          case CTA_PROTO.ICMP_ID:
          case CTA_PROTO.ICMPV6_ID:
            tuple.id = inner.u16();
            break;
          case CTA_PROTO.ICMP_TYPE:
          case CTA_PROTO.ICMPV6_TYPE:
            tuple.type = inner.u8();
            break;
          case CTA_PROTO.ICMP_CODE:
          case CTA_PROTO.ICMPV6_CODE:
            tuple.code = inner.u8();
            break;
          default:
        }
  return protocol;
}
function readCounters(): { packets: bigint; bytes: bigint } {
  const counters = { packets: 0n, bytes: 0n };
  for (middle.inside(outer); middle.next(); )
    if (middle.type === CTA_COUNTERS.PACKETS) counters.packets = middle.bigU64();
    else if (middle.type === CTA_COUNTERS.BYTES) counters.bytes = middle.bigU64();
  return counters;
}
function readState(connection: Written<Connection>): void {
  for (middle.inside(outer); middle.next(); ) {
    const states = STATES[middle.type];
    if (!states) continue;
    // The state is the first attribute of each.
    for (inner.inside(middle); inner.next(); )
      if (inner.type === CTA_PROTOINFO_TCP.STATE) connection.state = states[inner.u8()] ?? 'NONE';
  }
}
