/** Packets as bytes, with right checksums: connection tracking looks at them. */
import type { Packet } from '../../lib/analysis';
import { TCP_FLAGS } from '../../lib/analysis/packet';
import { ADDRESS } from '../../lib/net/address';

function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (let i = 0; i < bytes.length; i += 2) total += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** `number` tells packets apart: it is the identification in IPv4, and what ICMP echoes. */
export function bytesOf(packet: Packet, number: number): Uint8Array {
  const six = packet.source!.includes(':');
  const { parse } = ADDRESS[six ? 'ipv6' : 'ipv4'];
  const [source, destination] = [parse(packet.source!)!, parse(packet.destination!)!];
  const protocol = { tcp: 6, udp: 17, icmp: 1, 'ipv6-icmp': 58 }[packet.protocol as 'tcp'];
  const body = transport(packet, number, protocol);
  const at = protocol === 6 ? 16 : protocol === 17 ? 6 : 2;
  // The pseudo header: ICMP of IPv4 has none.
  const pseudo = protocol === 1 ? 0 : sum(source, sum(destination, protocol + body.length));
  new DataView(body.buffer).setUint16(at, ~sum(body, pseudo) & 0xffff);
  const header = new Uint8Array(six ? 40 : 20);
  const view = new DataView(header.buffer);
  if (six) {
    view.setUint32(0, (6 << 28) | (packet.tos! << 20));
    view.setUint16(4, body.length);
    header.set([protocol, packet.ttl!], 6);
    header.set(source, 8);
    header.set(destination, 24);
  } else {
    header.set([0x45, packet.tos!, 0, 0, number >> 8, number & 255, 0, 0, packet.ttl!, protocol]);
    view.setUint16(2, 20 + body.length);
    header.set(source, 12);
    header.set(destination, 16);
    view.setUint16(10, ~sum(header) & 0xffff);
  }
  return new Uint8Array(Buffer.concat([header, body]));
}

function transport(packet: Packet, number: number, protocol: number): Uint8Array {
  const text = Buffer.from('by iptc, for tests');
  const payload = protocol === 6 ? Buffer.alloc(0) : number % 2 === 0 ? text : text.subarray(0, 2);
  const header = new Uint8Array(protocol === 6 ? 20 : 8);
  const view = new DataView(header.buffer);
  if (protocol === 1 || protocol === 58) {
    header[0] = protocol === 1 ? 8 : 128;
    view.setUint16(4, number);
  } else {
    view.setUint16(0, packet.sport as number);
    view.setUint16(2, packet.dport as number);
  }
  if (protocol === 6) {
    view.setUint32(4, number);
    header[12] = 0x50;
    header[13] = packet.tcpFlags!.reduce((all, flag) => all | TCP_FLAGS[flag], 0);
    view.setUint16(14, 1000);
  }
  if (protocol === 17) view.setUint16(4, 8 + payload.length);
  return new Uint8Array(Buffer.concat([header, payload]));
}
