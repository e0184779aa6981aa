/// <reference lib="esnext.disposable" preserve="true" />
/** The kernel's ip_sets in one network namespace. */
import { argument, type Check, fields, flag, namespace, numeric, oneOf, optionsOf, path, string } from '../arguments';
import { loadAddon } from '../backend/addon';
import { alternatives, Mismatch, nearest } from '../errors';
import type { SetHead } from './head';
import { listed, listedNames } from './listing';
import type { Data, Family } from './part';
import { replaceSets } from './replace';
import { restoreLines } from './restore';
import { Session } from './session';
import { type EditOptions, editing, IpSet, savedLines, savedText, setName } from './set';
import type { SetOptions } from './set-options';
import { hasType, type SetSettings, type SetTypeName, TYPES } from './types';

export interface SetsOptions {
  /** A path, a descriptor, or 'new' for one of its own; that of the process unless told. */
  readonly namespace?: string | number;
  /** The addon's file, if it can't be found beside the code, as in a bundle. */
  readonly nativeBinding?: string;
  /** Of the sets that are created without saying: ipv4 unless told. */
  readonly family?: Family;
}
export interface RestoreSetsOptions extends EditOptions {
  /** Puts second sets in the place of those that there are. The text can do nothing but create sets and add to them. */
  readonly replace?: boolean;
}
const restoring = fields<RestoreSetsOptions>({ exist: flag, replace: flag });
const opening = fields<SetsOptions>({
  namespace,
  nativeBinding: path,
  family: oneOf('ipv4', 'ipv6'),
});

const amount = numeric('an integer from 0 on', (value) => Number.isInteger(value) && value >= 0);
/** What any type has; whether this one does is seen when its message is written. */
const settingsGiven = fields<{ type: string } & SetOptions>(
  {
    type: (value) => {
      if (typeof value === 'string' && hasType(value)) return value;
      const names = [...TYPES.keys()];
      throw new Mismatch((typeof value === 'string' && nearest(value, names)) || alternatives(names), value);
    },
    family: oneOf('ipv4', 'ipv6'),
    range: string(),
    markmask: amount,
    hashsize: amount,
    maxelem: amount,
    size: amount,
    netmask: amount,
    bitmask: string(),
    timeout: amount,
    counters: flag,
    comment: flag,
    forceadd: flag,
    skbinfo: flag,
    bucketsize: amount,
    initval: amount,
  },
  'type',
);
const linesGiven: Check<Iterable<string> | AsyncIterable<string>> = (value) => {
  if (typeof value === 'string') return linesOf(value);
  const given = value as Partial<Iterable<string> & AsyncIterable<string>> | null | undefined;
  if (typeof given === 'object' && given?.[Symbol.asyncIterator]) return linesIn(given as AsyncIterable<string>);
  if (typeof given === 'object' && given?.[Symbol.iterator]) return linesAmong(given as Iterable<string>);
  throw new Mismatch("lines of ipset's, as a text or one by one,", value);
};

/** One by one: to take a large text apart at once would hold the event loop. */
function* linesOf(text: string): Generator<string> {
  let at = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', at)) {
    yield text.slice(at, end);
    at = end + 1;
  }
  yield text.slice(at);
}
/** What the iterator throws, or gives that is no line, is the caller's. */
async function* linesIn(lines: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield lineGiven(line);
  } catch (error) {
    throw blamed(lines, error);
  }
}
function* linesAmong(lines: Iterable<string>): Generator<string> {
  try {
    for (const line of lines) yield lineGiven(line);
  } catch (error) {
    throw blamed(lines, error);
  }
}
function lineGiven(line: unknown): string {
  if (typeof line === 'string') return line;
  throw new Mismatch('lines', line);
}
function blamed(lines: unknown, error: unknown): unknown {
  try {
    return argument('restore', 'text', lines, () => {
      throw error;
    });
  } catch (told) {
    return told;
  }
}

/** The kernel's ip_sets in one network namespace. */
export class Sets {
  private constructor(
    private readonly session: Session,
    private readonly family: Family,
  ) {}

  /**
   * Opens the sets of a network namespace. Nothing is asked of the kernel yet. ERR_NAMESPACE, ERR_NO_ADDON.
   *
   * @example const sets = await Sets.open()
   */
  static async open(options?: SetsOptions): Promise<Sets> {
    const { namespace, nativeBinding, family = 'ipv4' } = optionsOf('open', options, opening);
    loadAddon(nativeBinding);
    return new Sets(new Session(namespace), family);
  }
  /** A path to the network namespace that the sets belong to, while they are open. */
  get namespace(): string {
    return this.session.namespace;
  }

  /**
   * Creates a set. With `exist` one that is there already, of that name and type, is as good.
   * ERR_SET_EXISTS, ERR_UNSUPPORTED_BY_KERNEL, ERR_BAD_ARGUMENT.
   *
   * @example
   * const blocked = await sets.create('blocked', { type: 'hash:net', timeout: 3600 });
   * // create blocked hash:net family inet hashsize 1024 maxelem 65536 timeout 3600 …
   */
  async create<const T extends SetTypeName>(
    name: string,
    settings: SetSettings<T> & { readonly type: T },
    options?: EditOptions,
  ): Promise<IpSet<T>> {
    const set = setName('create', name);
    const given: Data = { ...argument('create', 'settings', settings, settingsGiven) };
    const { exist = false } = optionsOf('create', options, editing);
    if (
      given.family === undefined &&
      this.family === 'ipv6' &&
      typeof given.type === 'string' &&
      /^hash:(?!mac)/.test(given.type)
    )
      given.family = this.family;
    await this.session.create(set, given, exist);
    return new IpSet<T>(this.session, set);
  }
  /** A set by its name, whether there is one or not. */
  set<T extends SetTypeName = SetTypeName>(name: string): IpSet<T> {
    return new IpSet<T>(this.session, setName('set', name));
  }

  /** The names of all sets. */
  async names(): Promise<string[]> {
    return listedNames(await this.session.list('names'));
  }
  /** All sets without their elements. */
  async *list(): AsyncGenerator<SetHead> {
    for await (const each of listed(await this.session.list('heads'))) if ('head' in each) yield each.head;
  }
  [Symbol.asyncIterator](): AsyncGenerator<SetHead> {
    return this.list();
  }

  /** All sets as `ipset save` prints them. */
  save(): Promise<string> {
    return savedText(() => this.all());
  }
  saveLines(): AsyncGenerator<string> {
    return savedLines(() => this.all());
  }
  private all(): Promise<ArrayBuffer> {
    return this.session.list('all');
  }
  /**
   * Does what lines of ipset's language say: what save() gave, or `ipset save`. It ends with the first that can't be
   * done; those before stay, and the error says its line. With `exist` what is there already is no error. With `replace`
   * the sets that it creates become what it says, all of them or none, whoever uses them; others stay.
   */
  async restore(text: string | Iterable<string> | AsyncIterable<string>, options?: RestoreSetsOptions): Promise<void> {
    const lines = argument('restore', 'text', text, linesGiven);
    const { replace = false, ...form } = optionsOf('restore', options, restoring);
    await (replace ? replaceSets(this.session, lines) : restoreLines(this.session, lines, form));
  }

  /** Deletes all elements of all sets. */
  async flush(): Promise<void> {
    await this.session.manage('flush');
  }
  /** Destroys all sets, or none if one is in use: ERR_SET_IN_USE. */
  async destroy(): Promise<void> {
    await this.session.manage('destroy');
    this.session.forget();
  }

  /** What was issued before is done first; later calls fail with ERR_CLOSED. */
  close(): Promise<void> {
    return this.session.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
