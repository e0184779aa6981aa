/**
 * What elements are made of. In ipset's text a part is a word between commas, in data one or two keys, in a message
 * attributes. Data goes into a message by way of its word, so that there is one way of reading it.
 */
import { Mismatch } from '../errors';
import { formatMac, parseMac } from '../net/address';
import { protocolName, protocolNumber, servicePort } from '../net/databases';
import { hex, parseNumber } from '../net/number';
import { encodeText } from '../net/text';
import type { MessageWriter } from '../netlink/writer';
import { address, FIRST, SECOND } from './addresses';
import { NET } from './attributes';
import { IPSET_ATTR as A, IPSET_FLAG_BIT, IPSET_MAXNAMELEN } from './constants';
import { icmpName, icmpNumber } from './icmp';
import type { Family, Part } from './part';

/** Protocols that have ports. */
const WITH_PORTS: readonly number[] = [6, 17, 132, 136];
const [ICMP, ICMPV6, TCP, UDP] = [1, 58, 6, 17];

function parsePort(word: string, protocol: string): number {
  const port = parseNumber(word, 0xffff) ?? servicePort(word, protocol);
  if (port === undefined)
    throw new Mismatch(
      'a port from 0 to 65535, or the name of a service',
      word,
      'port',
      // It says of each of its attempts how it went: as a number, and by the name of the protocol.
      [
        `Syntax error: '${word}' is ${/^-?\d+$/.test(word) ? 'out of range 0-65535' : 'invalid as number'}`,
        ...(parseNumber(protocol) === undefined ? [`Syntax error: '${protocol}' is invalid as number`] : []),
        `cannot parse '${word}' as a ${protocol} port`,
      ].join('\n'),
    );
  return port;
}
/** `80`, `80-90`; a name may have a dash in it. */
export function parsePorts(word: string, protocol = 'tcp'): readonly [number, number?] {
  const dash = word.startsWith('[') ? word.indexOf('-', word.indexOf(']')) : word.search(/(?<=.)-(?=.)/s);
  const bare = (name: string) => name.replace(/^\[(.*)\]$/, '$1');
  if (dash < 0) return [parsePort(bare(word), protocol)];
  if (parseNumber(word.slice(0, dash)) === undefined && servicePort(word, protocol) !== undefined)
    return [parsePort(word, protocol)];
  return [parsePort(bare(word.slice(0, dash)), protocol), parsePort(bare(word.slice(dash + 1)), protocol)];
}
function parseProtocol(word: string): number {
  const number = parseNumber(word, 255) ?? protocolNumber(word.toLowerCase() === 'icmpv6' ? 'ipv6-icmp' : word);
  if (number === undefined)
    throw new Mismatch('a protocol', word, 'protocol', `Syntax error: cannot parse '${word}' as a protocol`);
  return number;
}

const protocols = new Map<number, string>();
function nameOf(protocol: number): string {
  const known = protocols.get(protocol);
  if (known !== undefined) return known;
  const name = protocolName(protocol) ?? String(protocol);
  protocols.set(protocol, name);
  return name;
}

function writePorts(writer: MessageWriter, [from, to]: readonly [number, number?]): void {
  writer.u16(A.PORT | NET, from);
  if (to !== undefined) writer.u16(A.PORT_TO | NET, to);
}
const portWord = (port: unknown) => (Array.isArray(port) ? port.join('-') : port);
/** What stands for a port where there is none. */
function pseudoPort(protocol: number, name: string, word: string, family: Family): number {
  if (protocol === ICMP || protocol === ICMPV6) {
    const label = protocol === ICMP ? 'ICMP' : 'ICMPv6';
    const own: Family = protocol === ICMP ? 'ipv4' : 'ipv6';
    if (own !== family)
      throw new Mismatch(
        `a protocol of ${family === 'ipv4' ? 'IPv4' : 'IPv6'}`,
        name,
        'protocol',
        `Syntax error: Protocol ${label} can be used with family ${own === 'ipv4' ? 'inet' : 'inet6'} only`,
      );
    const number = icmpNumber(family, word);
    if (number !== undefined) return number;
    throw new Mismatch(`a type and code of ${label}`, word, 'port', `Cannot parse ${word} as an ${label} type/code.`);
  }
  if (word === '0') return 0;
  throw new Mismatch(
    `0, since ${name} has no ports,`,
    word,
    'port',
    `Syntax error: Protocol ${name} can be used with pseudo port value 0 only.`,
  );
}
/** Which protocol, and which of its ports, or of its types. */
const protocolPort: Part = {
  keys: ['port', 'protocol'],
  word: ({ protocol, port }) => {
    const word = portWord(port);
    return protocol === undefined || word === undefined ? word : `${protocol}:${word}`;
  },
  write(writer, word, family) {
    const colon = word.indexOf(':');
    const [name, rest] = colon < 0 ? ['tcp', word] : [word.slice(0, colon), word.slice(colon + 1)];
    const protocol = colon < 0 ? TCP : parseProtocol(name);
    if (WITH_PORTS.includes(protocol)) writePorts(writer, parsePorts(rest, name));
    else writer.u16(A.PORT | NET, pseudoPort(protocol, name, rest, family));
    writer.u8(A.PROTO, protocol);
    return 0;
  },
  read(attributes, data, family) {
    const [protocol, port] = [attributes.u8(A.PROTO), attributes.u16(A.PORT)];
    data.protocol = nameOf(protocol);
    data.port = protocol === ICMP || protocol === ICMPV6 ? icmpName(family, port) : port;
  },
};

/** `80-90`, `udp:domain`: the protocol says alone whose names these are. */
export function parsePortsOf(word: string): readonly [number, number?] {
  const [, name, rest] = /^([^:]+):(.+)$/s.exec(word) ?? [];
  if (name === undefined || rest === undefined) return parsePorts(word);
  if (![TCP, UDP].includes(parseProtocol(name)))
    throw new Mismatch('a port of tcp or udp', word, 'port', 'Syntax error: Only protocols TCP and UDP are valid');
  return parsePorts(rest, name);
}
/** A port of whatever protocol. */
const port: Part = {
  keys: ['port'],
  word: (data) => portWord(data.port),
  write(writer, word) {
    writePorts(writer, parsePortsOf(word));
    return 0;
  },
  read(attributes, data) {
    data.port = attributes.u16(A.PORT);
  },
};

const mac: Part = {
  keys: ['mac'],
  word: (data) => data.mac,
  write(writer, word) {
    const bytes = parseMac(word);
    if (!bytes)
      throw new Mismatch(
        'an Ethernet address',
        word,
        'mac',
        `Syntax error: cannot parse '${word}' as ethernet address`,
      );
    writer.data(A.ETHER, bytes);
    return 0;
  },
  read(attributes, data) {
    if (attributes.has(A.ETHER)) data.mac = formatMac(attributes.data(A.ETHER)).toUpperCase();
  },
};

const mark: Part = {
  keys: ['mark'],
  word: (data) => data.mark,
  print: (data) => hex(data.mark as number, 8),
  write(writer, word) {
    const number = parseNumber(word, 0xffffffff);
    if (number === undefined)
      throw new Mismatch('a mark of 32 bits', word, 'mark', `Syntax error: '${word}' is invalid as number`);
    writer.u32(A.MARK | NET, number);
    return 0;
  },
  read(attributes, data) {
    data.mark = attributes.u32(A.MARK);
  },
};

const IFNAME_MAX = 15;
const PHYSDEV = 'physdev:';
const iface: Part = {
  keys: ['iface', 'physdev'],
  word: (data) => (data.physdev === true ? `${PHYSDEV}${data.iface}` : data.iface),
  write(writer, word) {
    const physical = word.startsWith(PHYSDEV);
    const name = physical ? word.slice(PHYSDEV.length) : word;
    if (name === '' || encodeText(name).length > IFNAME_MAX)
      throw new Mismatch(
        `the name of an interface, of at most ${IFNAME_MAX} bytes`,
        name,
        'iface',
        `Syntax error: interface name '${name}' is longer than ${IFNAME_MAX} characters`,
      );
    writer.text(A.IFACE, name);
    return physical ? 1 << IPSET_FLAG_BIT.PHYSDEV : 0;
  },
  read(attributes, data) {
    data.iface = attributes.text(A.IFACE);
    if (attributes.flag(IPSET_FLAG_BIT.PHYSDEV)) data.physdev = true;
  },
};

/** Whether a set can be called so. */
export function checkSetName(name: unknown, at = 'set'): string {
  if (typeof name !== 'string' || name === '' || /[\0\n"]/.test(name) || encodeText(name).length >= IPSET_MAXNAMELEN)
    throw new Mismatch(
      `the name of a set, of at most ${IPSET_MAXNAMELEN - 1} bytes,`,
      name,
      at,
      `Syntax error: setname '${name}' is longer than ${IPSET_MAXNAMELEN - 1} characters`,
    );
  return name;
}
/** A name as a word of a line. */
export const quotedName = (name: string): string => (/\s/.test(name) ? `"${name}"` : name);
const set: Part = {
  keys: ['set'],
  word: (data) => data.set,
  print: (data) => quotedName(data.set as string),
  write(writer, word) {
    writer.text(A.NAME, checkSetName(word));
    return 0;
  },
  read(attributes, data) {
    data.set = attributes.text(A.NAME);
  },
};

export const PARTS = {
  /** One address. */
  single: address('ip', FIRST, 'one'),
  ip: address('ip', FIRST, 'many'),
  ip2: address('ip2', SECOND, 'one'),
  net: address('net', FIRST, 'network'),
  net2: address('net2', SECOND, 'network'),
  protocolPort,
  port,
  mac,
  maybeMac: { ...mac, optional: true },
  mark,
  iface,
  set,
} as const satisfies Record<string, Part>;

/** What each part is in data. */
export interface PartData {
  single: { ip: string };
  /** Of IPv4 also a network or a range, which become so many elements. */
  ip: { ip: string };
  ip2: { ip2: string };
  net: { net: string };
  net2: { net2: string };
  /** tcp unless told. Of ICMP the port is a type's name or `type/code`. */
  protocolPort: { protocol?: string | number; port: number | string | readonly [number, number] };
  port: { port: number | string | readonly [number, number] };
  mac: { mac: string };
  maybeMac: { mac?: string };
  mark: { mark: number };
  iface: { iface: string; physdev?: boolean };
  set: { set: string };
}
