/** The headers of a packet, as the words of rules. */
import { ADDRESS } from '../../net/address';
import { protocolName } from '../../net/databases';
import { toHex } from '../../net/number';
import { type Packet, TCP_FLAGS, type TcpFlag } from '../packet';

const [ICMP, TCP, UDP, DCCP, ICMPV6, SCTP, UDPLITE] = [1, 6, 17, 33, 58, 132, 136];
const WITH_PORTS: readonly number[] = [TCP, UDP, DCCP, SCTP, UDPLITE];
/** IPv6 headers that stand before that of the transport protocol. */
const EXTENSIONS: readonly number[] = [0, 43, 60];
const FRAGMENT = 44;

/** Of bytes that begin with an IP header; what isn't there isn't said. */
export function readHeaders(bytes: Uint8Array): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes[0]! >> 4 === 6 ? read6(bytes, view) : read4(bytes, view);
}

function read4(bytes: Uint8Array, view: DataView): Packet {
  const start = (bytes[0]! & 15) * 4;
  const offset = view.getUint16(6) & 0x1fff;
  return {
    ...named(bytes[9]!),
    source: ADDRESS.ipv4.format(bytes, 12),
    destination: ADDRESS.ipv4.format(bytes, 16),
    ...(offset > 0 && { fragment: true }),
    length: view.getUint16(2),
    tos: bytes[1]!,
    ttl: bytes[8]!,
    ...(offset === 0 && transport(bytes, view, bytes[9]!, start)),
    ...(bytes.length >= view.getUint16(2) && { data: toHex(bytes) }),
  };
}

function read6(bytes: Uint8Array, view: DataView): Packet {
  let [protocol, at] = [bytes[6]!, 40];
  let fragment = false;
  while ((EXTENSIONS.includes(protocol) || protocol === FRAGMENT) && at + 8 <= bytes.length) {
    if (protocol === FRAGMENT) fragment ||= view.getUint16(at + 2) >> 3 > 0;
    const size = protocol === FRAGMENT ? 8 : 8 * (bytes[at + 1]! + 1);
    protocol = bytes[at]!;
    at += size;
  }
  const length = view.getUint16(4) + 40;
  return {
    ...named(protocol),
    source: ADDRESS.ipv6.format(bytes, 8),
    destination: ADDRESS.ipv6.format(bytes, 24),
    ...(fragment && { fragment }),
    length,
    tos: (view.getUint16(0) >> 4) & 255,
    ttl: bytes[7]!,
    ...(!fragment && transport(bytes, view, protocol, at)),
    ...(bytes.length >= length && { data: toHex(bytes) }),
  };
}

const named = (protocol: number): Packet => ({ protocol: protocolName(protocol) ?? protocol });

function transport(bytes: Uint8Array, view: DataView, protocol: number, at: number): Packet {
  if ((protocol === ICMP || protocol === ICMPV6) && bytes.length >= at + 2)
    return { icmpType: `${bytes[at]}/${bytes[at + 1]}` };
  if (!WITH_PORTS.includes(protocol) || bytes.length < at + 4) return {};
  const ports = { sport: view.getUint16(at), dport: view.getUint16(at + 2) };
  if (protocol !== TCP || bytes.length < at + 20) return ports;
  const flags = bytes[at + 13]!;
  const tcpFlags = (Object.keys(TCP_FLAGS) as TcpFlag[]).filter((name) => flags & TCP_FLAGS[name]);
  const end = at + (bytes[at + 12]! >> 4) * 4;
  return { ...ports, tcpFlags, ...(bytes.length >= end && tcpOptions(bytes, view, at + 20, end)) };
}

function tcpOptions(bytes: Uint8Array, view: DataView, from: number, end: number): Packet {
  const options: number[] = [];
  let mss = 0;
  for (let at = from; at < end && bytes[at] !== 0; ) {
    const kind = bytes[at]!;
    options.push(kind);
    if (kind === 2 && at + 4 <= end) mss = view.getUint16(at + 2);
    at += kind === 1 ? 1 : Math.max(2, bytes[at + 1] ?? 2);
  }
  return { tcpOptions: options, mss };
}
