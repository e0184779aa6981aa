/** Sets as ipset prints them: plainly, as lines to be restored, or as XML. */
import { Messages } from '../netlink/messages';
import { Attributes } from './attributes';
import { IPSET_ATTR as A, IPSET_PROTOCOL } from './constants';
import { elementText, elementWords, type Given, readElement, type SetKind } from './element';
import { createLine, headWords, readMessage, type SetHead } from './head';
import type { Listed } from './listing';
import { SetWriter } from './messages';
import type { Option } from './option';
import type { Data } from './part';
import { quotedName } from './parts';
import { compareElements } from './sorted';

export type Output = 'plain' | 'save' | 'xml';
export const OUTPUTS: readonly string[] = ['plain', 'save', 'xml'];

export interface PrintForm {
  readonly output: Output;
  readonly sorted?: boolean;
  /** Heads without elements. */
  readonly terse?: boolean;
  /** Elements as they are to be printed, where that is otherwise. */
  readonly named?: (kind: SetKind, elements: readonly Data[]) => Promise<readonly Data[]>;
}

/** An option as XML: `<timeout>5</timeout>`, `<counters/>`. */
function xmlOptions(options: readonly Option[], data: Data): string {
  let text = '';
  for (const { name, flag, print } of options) {
    const value = data[name];
    if (value === undefined || value === false) continue;
    text += flag ? `<${name}/>` : `<${name}>${escaped(print(value as never))}</${name}>`;
  }
  return text;
}
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string => text.replace(/[&<>]/g, (c) => ENTITIES[c]!);

interface Printed {
  head(head: SetHead, kind: SetKind, first: boolean): string;
  element(head: SetHead, kind: SetKind, element: Data): string;
  end(): string;
}

const plain = (terse: boolean): Printed => ({
  head(head, { type }, first) {
    const words = headWords(type, head);
    return `${first ? '' : '\n'}Name: ${head.name}
Type: ${head.type}
Revision: ${head.revision}
Header:${words === '' ? '' : ` ${words}`}
Size in memory: ${head.memory}
References: ${head.references}
Number of entries: ${head.elements}
${terse ? '' : 'Members:\n'}`;
  },
  element: (_head, { type }, element) => `${elementText(type, element)}\n`,
  end: () => '',
});
const save: Printed = {
  head: (head) => `${createLine(head)}\n`,
  element: ({ name }, { type }, element) => `add ${quotedName(name)} ${elementText(type, element)}\n`,
  end: () => '',
};
const xml = (terse: boolean): Printed => ({
  head: (head, { type }) => `<ipset name="${escaped(head.name).replace(/"/g, '&quot;')}">
<type>${head.type}</type>
<revision>${head.revision}</revision>
<header>${xmlOptions(type.options, head.options as Data)}
<memsize>${head.memory}</memsize>
<references>${head.references}</references>
<numentries>${head.elements}</numentries>
</header>
${terse ? '' : '<members>\n'}`,
  element: (_head, { type }, element) =>
    `<member><elem>${escaped(elementWords(type, element))}</elem>${xmlOptions(type.elementOptions, element)}</member>\n`,
  end: () => `${terse ? '' : '</members>\n'}</ipset>\n`,
});

/** In pieces, each of whole lines. */
export async function* printed(
  all: AsyncIterable<Listed>,
  { output, sorted = false, terse = false, named }: PrintForm,
): AsyncGenerator<string> {
  const form = output === 'save' ? save : output === 'xml' ? xml(terse) : plain(terse);
  let set: { readonly head: SetHead; readonly kind: SetKind } | undefined;
  let kept: { readonly words: string; readonly text: string }[] = [];
  const ended = () => {
    kept.sort((a, b) => compareElements(a.words, b.words));
    const text = kept.map((each) => each.text).join('');
    kept = [];
    return set ? text + form.end() : '';
  };
  if (output === 'xml') yield '<ipsets>\n';
  for await (const each of all)
    if ('head' in each) {
      yield ended() + form.head(each.head, each.kind, set === undefined);
      set = each;
    } else if (set) {
      const { head, kind } = set;
      const keeps = sorted && head.type.startsWith('hash:');
      let piece = '';
      for (const element of named ? await named(kind, each.elements) : each.elements) {
        const text = form.element(head, kind, element);
        if (keeps) kept.push({ words: elementText(kind.type, element), text });
        else piece += text;
      }
      yield piece;
    }
  yield `${ended()}${output === 'xml' ? '</ipsets>\n' : ''}`;
}

/** An element as it is printed: with the protocol that was left out, addresses and ports instead of names. */
export function canonicalWords(kind: SetKind, element: Given): string {
  const words = elementWords(kind.type, readElement(attributesOf(kind, element), kind));
  if (typeof element === 'string') return words;
  // Of what is asked for, ipset says `after` of both.
  const place = (['before', 'after'] as const).find((each) => element[each] !== undefined);
  return place ? `${words} ${place} ${element[place]}` : words;
}

/** What of an element is a range, which no test takes but that of hash:ip. */
export function rangeIn(kind: SetKind, element: Given): string | undefined {
  const attributes = attributesOf(kind, element);
  if (kind.type.name === 'hash:ip') return undefined;
  if (attributes.has(A.PORT_TO)) return 'FROM-TO port';
  if (attributes.has(A.IP_TO) || attributes.has(A.IP2_TO)) return 'FROM-TO IP';
  return attributes.has(A.CIDR) && kind.type.parts[0]!.keys[0] === 'ip' ? 'IP/CIDR' : undefined;
}
function attributesOf(kind: SetKind, element: Given): Attributes {
  const writer = new SetWriter(IPSET_PROTOCOL);
  writer.single('TEST', 'x', kind, element, 0);
  const message = new Messages(writer.pieces[0]!);
  message.next();
  return new Attributes().readFrom(message, readMessage(message).data!);
}

/** The names alone. */
export const printedNames = (names: readonly string[], xml: boolean): string =>
  xml
    ? `<ipsets>\n${names.map((name) => `<ipset name="${escaped(name)}"/>\n`).join('')}</ipsets>\n`
    : names.map((name) => `${name}\n`).join('');
