/** What a set is created with. */
import { Mismatch } from '../errors';
import { hex, parseNumber } from '../net/number';
import { parseAddress, parseLength } from './addresses';
import { NET, writeAddress } from './attributes';
import { IPSET_ATTR as A, IPSET_FLAG_BIT as BIT } from './constants';
import { flag, noNumber, number, type Option, timeout } from './option';
import type { Family } from './part';
import { parsePortsOf } from './parts';

const FAMILIES: Readonly<Record<string, Family>> = {
  inet: 'ipv4',
  ipv4: 'ipv4',
  '-4': 'ipv4',
  inet6: 'ipv6',
  ipv6: 'ipv6',
  '-6': 'ipv6',
}; // prettier-ignore

/** Which family is said in the message's own attribute. */
const family: Option = {
  name: 'family',
  doc: 'ipv4 unless told',
  write(_writer, value) {
    if (value !== 'ipv4' && value !== 'ipv6') throw new Mismatch('ipv4 or ipv6', value, 'family');
    return 0;
  },
  read: (_attributes, own) => own,
  parse(word) {
    const named = Object.hasOwn(FAMILIES, word) ? FAMILIES[word] : undefined;
    if (!named) throw new Mismatch('inet or inet6', word, 'family', `Syntax error: unknown inet family ${word}`);
    return named;
  },
  print: (value: Family) => (value === 'ipv4' ? 'inet' : 'inet6'),
};

/** `10.0.0.0/24`, `10.0.0.0-10.0.0.255` of a bitmap. */
const range: Option = {
  name: 'range',
  doc: 'the addresses that it is for, at most 65,536: a network, or the first and the last',
  write(writer, value) {
    const [, from, slash, to] = (typeof value === 'string' && /^([^/-]+)(?:\/([^-]+)|-([^/]+))$/.exec(value)) || [];
    if (from === undefined)
      throw new Mismatch(
        'a network, or the first and the last address',
        value,
        'range',
        `Syntax error: IP/cidr or IP-IP range must be specified: ${value}`,
      );
    writeAddress(writer, A.IP, parseAddress(from, 'ipv4', 'range'));
    if (to !== undefined) writeAddress(writer, A.IP_TO, parseAddress(to, 'ipv4', 'range'));
    else writer.u8(A.CIDR, parseLength(slash!, 'ipv4', 'range'));
    return 0;
  },
  read: (attributes) => `${attributes.address(A.IP)}-${attributes.address(A.IP_TO)}`,
  parse: (word) => word,
  print: String,
};
const ports: Option = {
  ...range,
  doc: 'the first and the last port that it is for',
  write(writer, value) {
    const [from, to] = typeof value === 'string' ? parsePortsOf(value) : [];
    if (from === undefined || to === undefined)
      throw new Mismatch('the first and the last port', value, 'range', "Mandatory option `to' is missing");
    writer.u16(A.PORT | NET, from);
    writer.u16(A.PORT_TO | NET, to);
    return 0;
  },
  read: (attributes) => `${attributes.u16(A.PORT)}-${attributes.u16(A.PORT_TO)}`,
};

const netmask: Option = {
  name: 'netmask',
  feature: 'netmask',
  doc: 'how many bits of an address count',
  write(writer, value, own) {
    const most = own === 'ipv4' ? 32 : 128;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
      throw new Mismatch(
        `bits from 1 to ${most}`,
        value,
        'netmask',
        `Syntax error: '${value}' is out of range 1-${most}\nSyntax error: netmask is out of the inclusive range of 1-${most}`,
      );
    writer.u8(A.NETMASK, value);
    return 0;
  },
  read: (attributes) => (attributes.has(A.NETMASK) ? attributes.u8(A.NETMASK) : undefined),
  parse(word) {
    const bits = parseNumber(word);
    if (bits !== undefined) return bits;
    throw new Mismatch('a number of bits', word, 'netmask', noNumber(word, 32, 1));
  },
  print: String,
};
const bitmask: Option = {
  name: 'bitmask',
  feature: 'bitmask',
  doc: 'which bits of an address count: 255.255.0.255',
  write(writer, value, own) {
    if (typeof value !== 'string') throw new Mismatch('a mask, as an address,', value, 'bitmask');
    writeAddress(writer, A.BITMASK, parseAddress(value, own, 'bitmask'));
    return 0;
  },
  read: (attributes) => (attributes.has(A.BITMASK) ? attributes.address(A.BITMASK) : undefined),
  parse: (word) => word,
  print: String,
};

export const SET_OPTIONS = {
  family,
  range,
  ports,
  markmask: number('markmask', A.MARKMASK, { doc: 'which bits of a mark count', print: (value) => hex(value, 8) }),
  hashsize: number('hashsize', A.HASHSIZE, { doc: 'for how many elements memory is taken at the beginning' }),
  maxelem: number('maxelem', A.MAXELEM, { doc: 'how many elements it may have; 65,536 unless told' }),
  size: number('size', A.SIZE, { doc: 'how many sets it may hold; 8 unless told' }),
  netmask,
  bitmask,
  timeout: timeout(
    'seconds that elements stay unless told: with it elements can have a timeout; 0: until they are deleted',
  ),
  counters: flag('counters', BIT.WITH_COUNTERS, 'counters', 'each element counts packets and bytes'),
  comment: flag('comment', BIT.WITH_COMMENT, 'comment', 'elements can have a comment'),
  forceadd: flag(
    'forceadd',
    BIT.WITH_FORCEADD,
    'forceadd',
    'when it is full, an addition takes the place of another element',
  ),
  skbinfo: flag(
    'skbinfo',
    BIT.WITH_SKBINFO,
    'skbinfo',
    'elements can have a mark, a class and a queue, for the SET target',
  ),
  bucketsize: number('bucketsize', A.BUCKETSIZE, { size: 'u8', feature: 'bucketsize', doc: 'of the hash' }),
  initval: number('initval', A.INITVAL, {
    feature: 'bucketsize',
    doc: 'what hashing begins with; random unless told',
    print: (value) => hex(value, 8),
  }),
} as const satisfies Record<string, Option>;

export interface SetOptions {
  readonly family?: Family;
  readonly range?: string;
  readonly markmask?: number;
  readonly hashsize?: number;
  readonly maxelem?: number;
  readonly size?: number;
  readonly netmask?: number;
  readonly bitmask?: string;
  readonly timeout?: number;
  readonly counters?: boolean;
  readonly comment?: boolean;
  readonly forceadd?: boolean;
  readonly skbinfo?: boolean;
  readonly bucketsize?: number;
  readonly initval?: number;
}
