/** What the kernel tells of sets, taken apart where it is looked at. */
import { unreadable } from '../backend/socket';
import { IptcError } from '../errors';
import { Cursor } from '../netlink/attributes';
import { NFNL_SUBSYS } from '../netlink/constants';
import { Messages } from '../netlink/messages';
import { Slice } from '../slice';
import { Attributes } from './attributes';
import { IPSET_ATTR as A } from './constants';
import { readElement, type SetKind } from './element';
import { readHead, readMessage, type SetHead, UnknownType } from './head';
import type { Option } from './option';
import type { Data } from './part';

/** A set's head, or some elements of the set whose head came before. */
export type Listed = { readonly head: SetHead; readonly kind: SetKind } | { readonly elements: readonly Data[] };

export async function* listed(messages: ArrayBuffer): AsyncGenerator<Listed> {
  const slice = new Slice();
  const attributes = new Attributes();
  let kind: SetKind | undefined;
  let options: readonly Option[] = [];
  try {
    for (const message = new Messages(messages); message.next(); ) {
      if (message.type >> 8 !== NFNL_SUBSYS.IPSET) continue;
      const told = readMessage(message);
      if (told.kind) {
        kind = told.kind;
        const head = readHead(message, told);
        options = elementOptions(kind, head);
        yield { head, kind };
      }
      if (!kind || !told.elements) continue;
      const found: Data[] = [];
      for (const { elements } = told; elements.next(); )
        if (elements.type === A.DATA) found.push(readElement(attributes.readInside(message, elements), kind, options));
      yield { elements: found };
      if (slice.over) await slice.next();
    }
  } catch (error) {
    throw error instanceof UnknownType ? unknownType(error) : unreadable(error, 'the sets');
  }
}

/** The options that elements of a set may have: what it wasn't created with, none has. */
const elementOptions = ({ type }: SetKind, { options }: SetHead): readonly Option[] =>
  type.elementOptions.filter(({ name, feature }) => {
    if (name === 'timeout') return options.timeout !== undefined;
    if (feature === 'counters' || feature === 'comment' || feature === 'skbinfo') return options[feature] === true;
    return feature !== undefined; // else it says where to add it, and isn't told
  });

/** The names of all sets. */
export function listedNames(messages: ArrayBuffer): string[] {
  const names: string[] = [];
  const cursor = new Cursor();
  for (const message = new Messages(messages); message.next(); ) {
    if (message.type >> 8 !== NFNL_SUBSYS.IPSET) continue;
    for (message.attributes(cursor); cursor.next(); ) if (cursor.type === A.SETNAME) names.push(cursor.text());
  }
  return names;
}

export const unknownType = ({ type }: UnknownType): IptcError =>
  new IptcError('ERR_UNSUPPORTED_BY_KERNEL', `Cannot read a set: its type ${type} is not known here`, {
    hint: 'A newer libiptc may know it.',
  });
