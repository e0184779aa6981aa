/** One set. */
import { argument, type Check, fields, flag, listOf, optionsOf } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { Each } from './each';
import { elementText, type Given } from './element';
import { createLine, type SetHead } from './head';
import { listed } from './listing';
import type { Data } from './part';
import { checkSetName, quotedName } from './parts';
import { retold, temporaryName } from './replace';
import type { Session } from './session';
import type { SetElement, SetType, SetTypeName } from './types';

/** As ipset writes it, `'192.0.2.1,tcp:80'`; or as data, with what stands beside it: `{ ip: '192.0.2.1', timeout: 60 }`. */
export type ElementInput<T extends SetTypeName = SetTypeName> =
  | string
  | SetElement<T>
  | ({ readonly element: string } & Omit<SetElement<T>, keyof PartKeys>);
interface PartKeys {
  ip: never;
  ip2: never;
  net: never;
  net2: never;
  protocol: never;
  port: never;
  mac: never;
  mark: never;
  iface: never;
  set: never;
} // prettier-ignore

export interface EditOptions {
  /** What is there already is replaced, and what isn't there need not be deleted; else both are errors. */
  readonly exist?: boolean;
}

export const editing = fields<EditOptions>({ exist: flag });

/** What goes in is read once and not kept. */
const element: Check<Given> = (value) => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Mismatch('an element, as text or as an object,', value);
  return { ...(value as Data) };
};
const isText = (value: unknown): boolean => typeof value === 'string';
const allElements = listOf(element);
/** Of a million texts a plain copy is enough, which takes milliseconds. */
const list: Check<readonly Given[]> = (value) =>
  Array.isArray(value) && value.every(isText) ? value.slice() : allElements(value);
const elementList: Check<readonly Given[]> = (value) => (Array.isArray(value) ? list(value) : [element(value)]);
const nameOfSet: Check<string> = (value) => {
  try {
    return checkSetName(value);
  } catch (error) {
    const { expected, received } = error as Mismatch;
    throw new Mismatch(expected, received); // of the argument as a whole
  }
};
export const setName = (call: string, value: unknown, name = 'name'): string => argument(call, name, value, nameOfSet);

/** A set, by its name: its elements are added, looked for and deleted. It needn't be there yet. */
export class IpSet<T extends SetTypeName = SetTypeName> {
  /** @internal */
  constructor(
    private readonly session: Session,
    private current: string,
  ) {}
  get name(): string {
    return this.current;
  }

  /**
   * Adds elements. Those that are added in one tick share messages, and each promise settles for itself. Of a list, those
   * before the first that is refused stay; the error says its index.
   * ERR_ELEMENT_EXISTS, ERR_SET_FULL, ERR_BAD_ELEMENT, ERR_NO_SET.
   *
   * @example await sets.set('blocked').add({ net: '192.0.2.0/24', timeout: 3600 }) // add blocked 192.0.2.0/24 timeout 3600
   */
  async add(elements: ElementInput<T> | readonly ElementInput<T>[], options?: EditOptions): Promise<void> {
    await this.edit('add', 'elements', elements, options);
  }
  /** Deletes them. ERR_NO_ELEMENT, unless `exist` says that it doesn't matter. */
  async delete(elements: ElementInput<T> | readonly ElementInput<T>[], options?: EditOptions): Promise<void> {
    await this.edit('delete', 'elements', elements, options);
  }
  /** Whether an element is in the set; of a list, each. A set of networks has all addresses in them. */
  test(elements: ElementInput<T>): Promise<boolean>;
  test(elements: readonly ElementInput<T>[]): Promise<boolean[]>;
  async test(elements: ElementInput<T> | readonly ElementInput<T>[]): Promise<boolean | boolean[]> {
    const found = await this.edit('test', 'elements', elements);
    return Array.isArray(elements) ? found : found[0]!;
  }
  private edit(
    operation: 'add' | 'delete' | 'test',
    name: string,
    given: unknown,
    options?: EditOptions,
  ): Promise<boolean[]> {
    const elements = argument(operation, name, given, elementList);
    const { exist = false } = optionsOf(operation, options, editing);
    return this.session.edit({ operation, set: this.current, elements, exist });
  }

  /** The set without its elements: type, options, how many elements and references. ERR_NO_SET. */
  async head(): Promise<SetHead> {
    const set = this.current;
    for await (const each of listed(await this.session.list('heads', set))) if ('head' in each) return each.head;
    throw new IptcError('ERR_NO_SET', `Cannot list set ${set}: there is no such set`, { set });
  }
  /** Its elements, as they are when the first is asked for, in the kernel's order. */
  list(): AsyncGenerator<SetElement<T>> {
    return new Each(this.pieces());
  }
  private async *pieces(): AsyncGenerator<readonly SetElement<T>[]> {
    for await (const each of listed(await this.all()))
      if ('elements' in each) yield each.elements as unknown as SetElement<T>[];
  }
  /** All of them at once. */
  async elements(): Promise<SetElement<T>[]> {
    const elements: SetElement<T>[] = [];
    for await (const piece of this.pieces()) for (const element of piece) elements.push(element);
    return elements;
  }
  [Symbol.asyncIterator](): AsyncGenerator<SetElement<T>> {
    return this.list();
  }
  private all(): Promise<ArrayBuffer> {
    const set = this.current;
    return this.session.list('all', set);
  }

  /**
   * Makes these its elements, all or nothing: they are added to a second set, which takes the place of this one in a
   * single step. Rules that use it see the old ones, then the new ones.
   */
  async replace(elements: readonly ElementInput<T>[]): Promise<void> {
    const { session, current: set } = this;
    const copies = argument('replace', 'elements', elements, list);
    const { type, options } = await this.head();
    const other = temporaryName();
    await session.create(other, { ...options, type } as Data, false);
    try {
      await session.edit({ operation: 'add', set: other, elements: copies, exist: true }).catch((error: unknown) => {
        throw retold(error, new Map([[set, other]]));
      });
      await session.manage('swap', set, other);
    } finally {
      await session.manage('destroy', other);
    }
  }

  /** Deletes all of its elements. */
  async flush(): Promise<void> {
    const set = this.current;
    await this.session.manage('flush', set);
  }
  /** Gives it another name; this object stands for it further on. ERR_SET_EXISTS, ERR_SET_IN_USE. */
  async rename(name: string): Promise<void> {
    const from = this.current;
    const to = setName('rename', name);
    await this.session.manage('rename', from, to);
    this.current = to;
  }
  /** What is in one is in the other then, for all who use them: names stay. ERR_NO_SET, ERR_BAD_ARGUMENT. */
  async swap(other: string | IpSet): Promise<void> {
    const set = this.current;
    const second = argument('swap', 'other', other, (value) =>
      value instanceof IpSet ? value.name : nameOfSet(value),
    );
    await this.session.manage('swap', set, second);
  }
  /** ERR_SET_IN_USE if rules or other sets use it, and do so for another half a second: nf_tables lets go of it late. */
  async destroy(): Promise<void> {
    const set = this.current;
    await this.session.manage('destroy', set);
  }
  /** As `ipset save` prints it, line by line. */
  saveLines(): AsyncGenerator<string> {
    return savedLines(() => this.all());
  }
  save(): Promise<string> {
    return savedText(() => this.all());
  }
}

type Ask = () => Promise<ArrayBuffer>;
export const savedLines = (ask: Ask): AsyncGenerator<string> => new Each(savedPieces(ask));
/** Line by line, in pieces. */
async function* savedPieces(ask: Ask): AsyncGenerator<readonly string[]> {
  let begin = '';
  let type: SetType | undefined;
  for await (const each of listed(await ask()))
    if ('head' in each) {
      begin = `add ${quotedName(each.head.name)} `;
      ({ type } = each.kind);
      yield [createLine(each.head)];
    } else yield each.elements.map((element) => begin + elementText(type!, element));
}
export async function savedText(ask: Ask): Promise<string> {
  let text = '';
  for await (const lines of savedPieces(ask)) for (const line of lines) text += `${line}\n`;
  return text;
}
