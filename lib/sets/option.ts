/** What may stand beside an element, and beside a set's type: a word of ipset's, a key of data, an attribute. */
import { Mismatch } from '../errors';
import { parseNumber } from '../net/number';
import type { MessageWriter } from '../netlink/writer';
import { type Attributes, NET } from './attributes';
import { IPSET_ATTR as A } from './constants';
import type { Family } from './part';

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
export const U32 = 0xffffffff;

/** A flag: a bit of IPSET_ATTR_CADT_FLAGS. */
export const flag = (name: string, bit: number, feature: string, doc: string): Option => ({
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

/** What ipset says of a word that is no number, or one beyond what it may be. */
export const noNumber = (word: string, most: number | bigint, least = 0): string =>
  /^\s*[-+]?(?:0x[\da-f]+|0[0-7]*|[1-9]\d*)$/i.test(word)
    ? `Syntax error: '${word}' is out of range ${least}-${most}`
    : `Syntax error: '${word}' is invalid as number`;

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
export const number = (
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
    const value = parseNumber(word, most);
    if (value === undefined) throw new Mismatch('a number', word, name, noNumber(word, most));
    return value;
  },
  print: print ?? String,
});

export const timeout = (doc: string) => number('timeout', A.TIMEOUT, { most: LARGEST_TIMEOUT, doc });
