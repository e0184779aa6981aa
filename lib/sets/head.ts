/** A set without its elements: what it was created with, and what the kernel tells of it. */
import { Mismatch } from '../errors';
import { decodeText } from '../net/text';
import { Cursor } from '../netlink/attributes';
import { NFPROTO } from '../netlink/constants';
import type { Messages } from '../netlink/messages';
import type { MessageWriter } from '../netlink/writer';
import { Attributes, NET } from './attributes';
import { IPSET_ATTR as A } from './constants';
import { optionWords, type SetKind, writeOption } from './element';
import type { Data } from './part';
import { quotedName } from './parts';
import type { SetOptions } from './set-options';
import { type SetType, type SetTypeName, TYPES } from './types';

/** A set, as the kernel tells of it. */
export interface SetHead {
  readonly name: string;
  readonly type: SetTypeName;
  readonly revision: number;
  /** As create() takes them. */
  readonly options: SetOptions;
  readonly elements: number;
  /** How many rules and other sets use it. */
  readonly references: number;
  /** Bytes. */
  readonly memory: number;
}

/** The attributes of a set that is created. Throws a Mismatch. */
export function writeSettings(writer: MessageWriter, kind: SetKind, settings: Data): void {
  const { type } = kind;
  const names = type.options.map(({ name }) => name);
  for (const key in settings)
    if (key !== 'type' && settings[key] !== undefined && !names.includes(key))
      throw new Mismatch(
        `one of ${names.join(', ')}, which ${type.name} has,`,
        key,
        key,
        `Unknown argument: \`${key}'`,
      );
  if (settings.netmask !== undefined && settings.bitmask !== undefined)
    throw new Mismatch(
      'netmask or bitmask, not both,',
      settings.bitmask,
      'bitmask',
      'Syntax error: bitmask and netmask are mutually exclusive, provide only one',
    );
  let bits = 0;
  for (const option of type.options) {
    const value = settings[option.name];
    if (value !== undefined) bits |= writeOption(writer, kind, option, value);
    else if (option.name === 'range')
      throw new Mismatch('a range, which bitmaps need,', undefined, 'range', `Mandatory option \`range' is missing`);
  }
  if (bits !== 0) writer.u32(A.CADT_FLAGS | NET, bits >>> 0);
}

/** A type that isn't known here, or a newer kernel's: it can be named, but neither read nor written. */
export class UnknownType extends Error {
  constructor(readonly type: string) {
    super(type);
  }
}

export const familyNumber = (type: SetType, family: 'ipv4' | 'ipv6'): number =>
  type.families === 'none' ? NFPROTO.UNSPEC : family === 'ipv4' ? NFPROTO.IPV4 : NFPROTO.IPV6;

/** What of a message says of which set it is; undefined but for the name in the messages that follow a list's first. */
export interface Told {
  readonly name: string;
  readonly kind: SetKind | undefined;
  /** Cursors that have come to what the set was created with, and to its elements. */
  readonly data: Cursor | undefined;
  readonly elements: Cursor | undefined;
}

export function readMessage(message: Messages): Told {
  let [name, typeName, revision, family] = ['', '', 0, 0];
  let [data, elements]: (Cursor | undefined)[] = [];
  for (const cursor = message.attributes(new Cursor()); cursor.next(); ) {
    const { start, end, type } = cursor;
    if (type === A.SETNAME) name = decodeText(message.bytes, start, end);
    else if (type === A.TYPENAME) typeName = decodeText(message.bytes, start, end);
    else if (type === A.REVISION) revision = cursor.u8();
    else if (type === A.FAMILY) family = cursor.u8();
    else if (type === A.DATA) data = at(message, start, end);
    else if (type === A.ADT) elements = at(message, start, end);
  }
  if (typeName === '') return { name, kind: undefined, data, elements };
  const type = TYPES.get(typeName);
  if (!type) throw new UnknownType(typeName);
  return { name, kind: { type, revision, family: family === NFPROTO.IPV6 ? 'ipv6' : 'ipv4' }, data, elements };
}
/** A cursor inside of an attribute. */
const at = (message: Messages, start: number, end: number): Cursor => new Cursor().over(message, start, end);

export function readHead(message: Messages, { name, kind, data }: Told): SetHead {
  const { type, family, revision } = kind!;
  const attributes = new Attributes();
  if (data) attributes.readFrom(message, data);
  const options: Data = {};
  for (const option of type.options) {
    const value = option.read(attributes, family);
    if (value !== undefined) options[option.name] = value;
  }
  return {
    name,
    type: type.name,
    revision,
    options,
    elements: attributes.u32(A.ELEMENTS),
    references: attributes.u32(A.REFERENCES),
    memory: attributes.u32(A.MEMSIZE),
  };
}

export const headWords = (type: SetType, { options }: SetHead): string =>
  optionWords(type.options, options as Data).slice(1);
/** `create blocked hash:net family inet …` */
export function createLine(head: SetHead): string {
  const words = headWords(TYPES.get(head.type)!, head);
  return `create ${quotedName(head.name)} ${head.type}${words === '' ? '' : ` ${words}`}`;
}
