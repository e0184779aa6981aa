/** What may stand beside an element. */
import { Mismatch } from '../errors';
import { hex, parseBigNumber } from '../net/number';
import { encodeText } from '../net/text';
import { NET } from './attributes';
import { IPSET_ATTR as A, IPSET_FLAG_BIT as BIT, IPSET_MAX_COMMENT_SIZE } from './constants';
import { flag, noNumber, number, type Option, timeout, U32 } from './option';
import { checkSetName } from './parts';

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
    const value = parseBigNumber(word);
    if (value === undefined) throw new Mismatch('a number', word, name, noNumber(word, (1n << 64n) - 2n));
    return value;
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
