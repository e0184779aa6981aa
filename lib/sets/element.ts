/** Elements: data or text -> attributes, attributes -> data, data -> text. */
import { alternatives, Mismatch, nearest } from '../errors';
import type { MessageWriter } from '../netlink/writer';
import { type Attributes, NET } from './attributes';
import { IPSET_ATTR as A } from './constants';
import type { Option } from './option';
import type { Data, Family } from './part';
import type { SetType } from './types';

/** What a set is: all that reading and writing its elements depends on. */
export interface SetKind {
  readonly type: SetType;
  readonly family: Family;
  readonly revision: number;
}

/** An element as text, or as data whose keys are what it may have. */
export type Given = string | Data;

/** The attributes of an element; what stands around them is the caller's. Throws a Mismatch. */
export function writeElement(writer: MessageWriter, kind: SetKind, element: Given): void {
  let bits = 0;
  if (typeof element === 'string') bits = writeWords(writer, kind, element, ',');
  else {
    const { type, family } = kind;
    if (typeof element !== 'object' || element === null)
      throw new Mismatch('an element, as text or as an object', element);
    if (typeof element.element === 'string') bits = writeWords(writer, kind, element.element, ',');
    else
      for (const part of type.parts) {
        const word = part.word(element);
        if (word === undefined || word === null) {
          if (part.optional) continue;
          throw new Mismatch(`a value for ${part.keys[0]}`, undefined, part.keys[0]);
        }
        if (typeof word !== 'string' && typeof word !== 'number')
          throw new Mismatch('a text or a number', word, part.keys[0]);
        bits |= part.write(writer, String(word), family);
      }
    for (const key in element) {
      const value = element[key];
      if (value === undefined) continue;
      const option = type.elementOption(key);
      if (option) bits |= writeOption(writer, kind, option, value);
      else if (!type.isKey(key) && key !== 'element') throw unknownKey(type, key);
    }
  }
  if (bits !== 0) writer.u32(A.CADT_FLAGS | NET, bits >>> 0);
}

export function writeOption(
  writer: MessageWriter,
  { type, family, revision }: SetKind,
  option: Option,
  value: unknown,
): number {
  if (revision < type.sinceRevision(option) && value !== false)
    throw new Mismatch(
      `no ${option.name}, which came with revision ${type.sinceRevision(option)} of ${type.name}: this kernel has ${revision},`,
      value,
      option.name,
      `Unknown argument: \`${option.name}'`,
    );
  return option.write(writer, value, family);
}

const ORDINALS = ['First', 'Second', 'Third'] as const;

function writeWords(writer: MessageWriter, { type, family }: SetKind, text: string, separator: string): number {
  const { parts } = type;
  if (parts.length === 1) {
    // A list's elements were once written with a place: `name,before,other`.
    if (text.includes(separator))
      throw new Mismatch(
        `an element of ${type.name}`,
        text,
        '',
        `Syntax error: Elem separator in ${text}, but settype ${type.name} supports none.`,
      );
    return parts[0]!.write(writer, text, family);
  }
  const words = text.split(separator);
  if (words.length > parts.length)
    throw new Mismatch(
      `${parts.length} parts, as an element of ${type.name} has,`,
      text,
      '',
      words.length === 3
        ? `Syntax error: Two elem separators in ${text}, but settype ${type.name} supports one.`
        : `Syntax error: Three elem separators in ${text}, but settype ${type.name} supports two.`,
    );
  if (words.length < parts.length && !parts[words.length]!.optional)
    throw new Mismatch(
      `${parts.length} parts, as an element of ${type.name} has,`,
      text,
      '',
      `Syntax error: ${ORDINALS[words.length]} element is missing from ${text}.`,
    );
  let bits = 0;
  for (const [i, word] of words.entries()) bits |= parts[i]!.write(writer, word, family);
  return bits;
}

function unknownKey(type: SetType, key: string): Mismatch {
  const names = type.keyNames;
  return new Mismatch(
    `${nearest(key, names) ?? alternatives(names)} as a key`,
    key,
    key,
    `Unknown argument: \`${key}'`,
  );
}

/** An element's attributes as data: with such of its type's options as its set has. */
export function readElement(
  attributes: Attributes,
  { type, family }: SetKind,
  options: readonly Option[] = type.elementOptions,
): Data {
  const data: Data = {};
  for (const part of type.parts) part.read(attributes, data, family);
  for (const option of options) {
    const value = option.read(attributes, family);
    if (value !== undefined) data[option.name] = value;
  }
  return data;
}

/** The parts of an element, as ipset prints them: `192.0.2.1,tcp:80`. */
export function elementWords({ parts }: SetType, data: Data): string {
  let text = '';
  for (const part of parts) {
    const word = part.print ? part.print(data) : part.word(data);
    if (word !== undefined) text += text === '' ? word : `,${word}`;
  }
  return text;
}
/** What stands behind them: ` timeout 30 comment "x"`. */
export function optionWords(options: readonly Option[], data: Data): string {
  let text = '';
  for (const option of options) {
    const value = data[option.name];
    if (value === undefined || value === false) continue;
    text += option.flag ? ` ${option.name}` : ` ${option.name} ${option.print(value as never)}`;
  }
  return text;
}
export const elementText = (type: SetType, data: Data): string =>
  elementWords(type, data) + optionWords(type.elementOptions, data);
