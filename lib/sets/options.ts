/** What may stand beside an element, and beside a set's type: a word of ipset's, a key of data, an attribute. */
import { Mismatch } from '../errors';
import { hex, parseNumber } from '../net/number';
import { encodeText } from '../net/text';
import type { MessageWriter } from '../netlink/writer';
import { type Attributes, NET, writeAddress } from './attributes';
import { IPSET_ATTR as A, IPSET_FLAG_BIT as BIT, IPSET_MAX_COMMENT_SIZE } from './constants';
import { checkSetName, type Family, parseAddress, parseLength, parsePorts } from './parts';

export interface Option {
  readonly name: string;
  /** Words of ipset's that mean the same. */
  readonly aliases?: readonly string[];
  /** Gives the bits that it adds to IPSET_ATTR_CADT_FLAGS. Throws a Mismatch. */
  write(writer: MessageWriter, value: unknown, family: Family): number;
  /** Undefined if it isn't there. */
  read(attributes: Attributes, family: Family): unknown;
  /** What is behind its name; a flag has none. */
  readonly flag?: true;
  parse(word: string): unknown;
  print(value: never): string;
  /** Which feature of a type's newer revisions it is. */
  readonly feature?: string;
  /** What it is, for help and documentation. */
  readonly doc: string;
}

const LARGEST_TIMEOUT = 2147483;
const U32 = 0xffffffff;

/** A flag: a bit of IPSET_ATTR_CADT_FLAGS. */
const flag = (name: string, bit: number, feature: string, doc: string): Option => ({
  name,
  flag: true,
  feature,
  doc,
  write(_writer, value) {
    if (typeof value !== 'boolean') throw new Mismatch('true or false', value, name);
    return value ? 1 << bit : 0;
  },
  read: (attributes) => attributes.flag(bit) || undefined,
  parse: () => true,
  print: () => '',
});

interface NumberForm {
  readonly size?: 'u8' | 'u16' | 'u32';
  readonly most?: number;
  readonly feature?: string;
  readonly doc: string;
  print?(value: number): string;
  /** A set's head has it always, if only as zero. */
  readonly zeroIsNone?: true;
}
const MOST = { u8: 0xff, u16: 0xffff, u32: U32 } as const;
const number = (
  name: string,
  attribute: number,
  { size = 'u32', most = MOST[size], print, ...rest }: NumberForm,
): Option => ({
  ...rest,
  name,
  write(writer, value) {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most)
      throw new Mismatch(
        `an integer from 0 to ${most}`,
        value,
        name,
        `Syntax error: '${value}' is out of range 0-${most}`,
      );
    writer[size](size === 'u8' ? attribute : attribute | NET, value);
    return 0;
  },
  read(attributes) {
    if (!attributes.has(attribute)) return undefined;
    return attributes[size](attribute);
  },
  parse(word) {
    const value = parseNumber(word);
    if (value === undefined) throw new Mismatch('a number', word, name, `Syntax error: '${word}' is invalid as number`);
    return value;
  },
  print: print ?? String,
});

/** Counters are bigints, as those of rules; numbers are taken as well. */
const counter = (name: string, attribute: number): Option => ({
  name,
  feature: 'counters',
  doc: `the ${name} that are counted already`,
  write(writer, value) {
    const counted = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof counted !== 'bigint' || counted < 0n || counted >= 1n << 64n)
      throw new Mismatch('a counter of 64 bits', value, name, `Syntax error: '${String(value)}' is invalid as number`);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, counted);
    writer.data(attribute | NET, bytes);
    return 0;
  },
  read: (attributes) => (attributes.has(attribute) ? attributes.u64(attribute) : undefined),
  parse(word) {
    if (!/^\d+$/.test(word)) throw new Mismatch('a number', word, name, `Syntax error: '${word}' is invalid as number`);
    return BigInt(word);
  },
  print: String,
});

const comment: Option = {
  name: 'comment',
  feature: 'comment',
  doc: `a text, of at most ${IPSET_MAX_COMMENT_SIZE} bytes and without quotes`,
  write(writer, value) {
    if (typeof value !== 'string' || /[\0"\n]/.test(value) || encodeText(value).length > IPSET_MAX_COMMENT_SIZE)
      throw new Mismatch(
        `a text without quotes, of at most ${IPSET_MAX_COMMENT_SIZE} bytes,`,
        value,
        'comment',
        typeof value === 'string' && value.includes('"')
          ? 'Syntax error: " character is not permitted in comments'
          : `Syntax error: Comment is longer than the maximum allowed ${IPSET_MAX_COMMENT_SIZE} characters`,
      );
    writer.text(A.COMMENT, value);
    return 0;
  },
  read: (attributes) => (attributes.has(A.COMMENT) ? attributes.text(A.COMMENT) : undefined),
  parse: (word) => word,
  print: (value) => `"${value}"`,
};

/** `0x10/0xff`: mark and mask; all of the mark without. */
const skbmark: Option = {
  name: 'skbmark',
  feature: 'skbinfo',
  doc: 'the mark that the SET target gives a packet, with or without a mask: 0x10/0xff',
  write(writer, value) {
    const [, mark, mask] =
      (typeof value === 'string' && /^(0x[0-9a-f]{1,8})(?:\/(0x[0-9a-f]{1,8}))?$/i.exec(value)) || [];
    if (mark === undefined)
      throw new Mismatch(
        'a mark, 0x10 or 0x10/0xff,',
        value,
        'skbmark',
        'Syntax error: Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)',
      );
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, Number(mark));
    view.setUint32(4, mask === undefined ? U32 : Number(mask));
    writer.data(A.SKBMARK | NET, bytes);
    return 0;
  },
  read(attributes) {
    if (!attributes.has(A.SKBMARK)) return undefined;
    const both = attributes.u64(A.SKBMARK);
    const [mark, mask] = [Number(both >> 32n), Number(both & 0xffffffffn)];
    return mask === U32 ? hex(mark) : `${hex(mark)}/${hex(mask)}`;
  },
  parse: (word) => word,
  print: String,
};

const skbprio: Option = {
  name: 'skbprio',
  feature: 'skbinfo',
  doc: 'the class of a queueing discipline that the SET target gives a packet: 1:10, hexadecimal',
  write(writer, value) {
    const [, major, minor] = (typeof value === 'string' && /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(value)) || [];
    if (major === undefined)
      throw new Mismatch(
        'a class, 1:10,',
        value,
        'skbprio',
        'Syntax error: Invalid skbprio format, it should be:MAJOR:MINOR (see manpage)',
      );
    writer.u32(A.SKBPRIO | NET, ((Number.parseInt(major, 16) << 16) | Number.parseInt(minor!, 16)) >>> 0);
    return 0;
  },
  read(attributes) {
    if (!attributes.has(A.SKBPRIO)) return undefined;
    const both = attributes.u32(A.SKBPRIO);
    return `${(both >>> 16).toString(16)}:${(both & 0xffff).toString(16)}`;
  },
  parse: (word) => word,
  print: String,
};

/** Where in a list:set. */
const place = (name: 'before' | 'after'): Option => ({
  name,
  doc: `the element that it stands ${name}`,
  write(writer, value) {
    writer.text(A.NAMEREF, checkSetName(value, name));
    return name === 'before' ? 1 << BIT.BEFORE : 0;
  },
  read: () => undefined,
  parse: (word) => word,
  print: String,
});

const timeout = (doc: string) => number('timeout', A.TIMEOUT, { most: LARGEST_TIMEOUT, doc });

export const ELEMENT_OPTIONS = {
  timeout: timeout('seconds until it is deleted; 0: never'),
  nomatch: flag('nomatch', BIT.NOMATCH, 'nomatch', 'an exception: it is as if it were not in the set'),
  wildcard: flag('wildcard', BIT.IFACE_WILDCARD, 'wildcard', 'the name is how names of interfaces begin'),
  before: place('before'),
  after: place('after'),
  packets: counter('packets', A.PACKETS),
  bytes: counter('bytes', A.BYTES),
  comment,
  skbmark,
  skbprio,
  skbqueue: number('skbqueue', A.SKBQUEUE, {
    size: 'u16',
    feature: 'skbinfo',
    doc: 'the queue of the device that the SET target gives a packet',
  }),
} as const satisfies Record<string, Option>;

export interface ElementOptions {
  readonly timeout?: number;
  readonly nomatch?: boolean;
  readonly wildcard?: boolean;
  readonly before?: string;
  readonly after?: string;
  readonly packets?: bigint | number;
  readonly bytes?: bigint | number;
  readonly comment?: string;
  readonly skbmark?: string;
  readonly skbprio?: string;
  readonly skbqueue?: number;
}

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
    const [from, to] = typeof value === 'string' ? parsePorts(value) : [];
    if (from === undefined || to === undefined)
      throw new Mismatch(
        'the first and the last port',
        value,
        'range',
        `Syntax error: '${value}' is no range of ports`,
      );
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
        `Syntax error: '${value}' is out of range 1-${most}`,
      );
    writer.u8(A.NETMASK, value);
    return 0;
  },
  read: (attributes) => (attributes.has(A.NETMASK) ? attributes.u8(A.NETMASK) : undefined),
  parse(word) {
    const bits = parseNumber(word);
    if (bits !== undefined) return bits;
    throw new Mismatch('a number of bits', word, 'netmask', `Syntax error: '${word}' is invalid as number`);
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
