/** Ties structs to their options: one definition of an extension, from which everything else follows. */
import { alternatives, Mismatch, nearest } from '../errors';
import { protocolName } from '../net/databases';
import type { Family } from '../net/family';
import type { Hole } from './hole';
import type { Kernel } from './kernel';
import type { Effect, Test } from './meaning';
import { bare, type Context, isNot, type Operand } from './operand';
import type { Option } from './option';
import { Memory, type Place } from './struct';
import type { PacketSet, Symbols } from './symbol';

export type { Family };
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

// biome-ignore lint/suspicious/noExplicitAny: options of any value
export type Options = Readonly<Record<string, Option<any, boolean>>>;
/** Another spelling of options: its operand holds no place, `expand` says what it stands for. */
export interface Synonym<T> {
  readonly operand: Operand<T>;
  readonly description: string;
  readonly negatable: boolean;
  expand(value: T): Record<string, unknown>;
}
// biome-ignore lint/suspicious/noExplicitAny: synonyms of any value
export type Synonyms = Readonly<Record<string, Synonym<any>>>;

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Simplify<T> = { [K in keyof T]: T[K] } & {};
type ValueOf<O> = O extends Option<infer T, boolean> ? T : never;
type Required<O, S> = [keyof S] extends [never]
  ? { [K in keyof O]: O[K] extends { readonly required: true } ? K : never }[keyof O]
  : never;
/** What the user writes: the options' names, camel-cased, with their inferred types. */
export type Settings<O, S = {}> = [keyof O | keyof S] extends [never]
  ? { readonly [none: string]: never }
  : Simplify<
      { readonly [K in keyof O & string as K extends Required<O, S> ? Camel<K> : never]: ValueOf<O[K]> } & {
        readonly [K in keyof O & string as K extends Required<O, S> ? never : Camel<K>]?: ValueOf<O[K]>;
      } & { readonly [K in keyof S & string as Camel<K>]?: S[K] extends Synonym<infer T> ? T : never }
    >;

export const camel = (name: string): string => name.replace(/-(.)/g, (_, c: string) => c.toUpperCase());

/** Where iptables-extensions(8) or the kernel lets an extension be used; what isn't said is everything. */
export interface Where {
  readonly tables?: readonly TableName[];
  readonly hooks?: readonly Hook[];
  /** The rule's `-p`, which must not be negated, has to be one of these. */
  readonly protocols?: readonly number[];
  /** What iptables says of another protocol, if it says so itself and doesn't leave it to the kernel. */
  readonly iptables?: string;
}

/** What a check may look at besides the settings. */
export interface RuleFacts {
  readonly family: Family;
  readonly protocol: number;
  readonly protocolNegated: boolean;
  /** The rule's matches, and where it is going to be, as far as that is known. */
  readonly match?: readonly { readonly name: string; readonly settings: unknown }[];
  readonly chain?: string | undefined;
}

/** A rule's protocol as its data says it, for messages about what was received. */
export function givenProtocol({ protocol, protocolNegated }: RuleFacts): unknown {
  if (protocol === 0) return undefined;
  const name = protocolName(protocol) ?? protocol;
  return protocolNegated ? { not: name } : name;
}

/** How -L prints: with names or numbers, in a rule of this protocol. */
export interface ListContext extends Context {
  readonly numeric: boolean;
  /** The revision of the settings listed. */
  readonly revision?: number;
  /** A host's name by its address, if it's to be printed; never asked if numeric. */
  readonly hostName?: ((address: string) => string | undefined) | undefined;
}

/** A wrong combination of options: the option to blame, and what was expected of it. */
export type Complaint = { readonly option?: string; readonly expected: string } | undefined;
/** Looks at the options given (by their names on the command line). */
export type Constraint = (given: ReadonlySet<string>, negated: ReadonlySet<string>) => Complaint;

const dashed = (names: readonly string[]) => names.map((n) => `--${n}`);
export const exactlyOne =
  (...names: readonly string[]): Constraint =>
  (given) => {
    const found = names.filter((n) => given.has(n));
    if (found.length === 1) return undefined;
    return found.length > 1
      ? { option: found[1]!, expected: `only one of ${alternatives(dashed(names))}` }
      : { expected: names.length === 1 ? `--${names[0]}` : `one of ${alternatives(dashed(names))}` };
  };
export const atMostOne =
  (...names: readonly string[]): Constraint =>
  (given) => {
    const found = names.filter((n) => given.has(n));
    return found.length > 1
      ? { option: found[1]!, expected: `at most one of ${alternatives(dashed(names))}` }
      : undefined;
  };
export const atLeastOne =
  (...names: readonly string[]): Constraint =>
  (given) =>
    names.some((n) => given.has(n)) ? undefined : { expected: `at least one of ${alternatives(dashed(names))}` };
/** `name` may only be given along with all of `others`. */
export const needs =
  (name: string, ...others: readonly string[]): Constraint =>
  (given) =>
    given.has(name) && !others.every((o) => given.has(o))
      ? { option: name, expected: `${dashed(others).join(' and ')} with --${name}` }
      : undefined;
/** `name` may not be given along with any of `others`. */
export const excludes =
  (name: string, ...others: readonly string[]): Constraint =>
  (given) =>
    given.has(name) && others.some((o) => given.has(o))
      ? { option: name, expected: `--${name} without ${alternatives(dashed(others))}` }
      : undefined;

/** One option as parsing, printing and documentation see it. */
export interface OptionEntry {
  readonly name: string;
  readonly key: string;
  readonly option: Option<unknown, boolean>;
}

export interface RevisionMore {
  /** Writes what always holds and no option says. */
  readonly fixed?: (m: Memory) => void;
  /** Tells an extension from another that has the same name in the kernel: true in its own bytes. */
  readonly mark?: Place<boolean>;
  /** Writes what follows from several options together, when all are written. Throws a Mismatch or an OptionMismatch. */
  readonly finish?: (m: Memory, settings: Readonly<Record<string, unknown>>) => void;
  /** What libxtables compares, where its userspacesize isn't the bytes before the kernel's own. */
  readonly userspaceSize?: number;
}

/** One revision of an extension: its struct, and the options that live in it, in the order in which they are printed. */
export class Revision<O extends Options> {
  readonly entries: readonly OptionEntry[];
  readonly size: number;
  /** What libxtables compares. */
  readonly userspaceSize: number;
  /** What options say: all but what belongs to the kernel. */
  readonly saidSize: number;
  private readonly byKey: ReadonlyMap<string, OptionEntry>;
  private readonly templates = new Map<Family, Uint8Array>();

  constructor(
    readonly number: number,
    readonly layout: {
      readonly $name: string;
      readonly $size: number;
      readonly $userspaceSize: number;
      readonly $offsets: ReadonlyMap<string, number>;
    },
    readonly options: O,
    private readonly more: RevisionMore = {},
  ) {
    this.entries = Object.entries(options).map(([name, option]) => ({ name, key: camel(name), option }));
    this.byKey = new Map(this.entries.map((entry) => [entry.key, entry]));
    this.size = Math.ceil(layout.$size / 8) * 8;
    // Padding is compared too, as libxtables does where the kernel has nothing of its own.
    this.userspaceSize =
      more.userspaceSize ?? (layout.$userspaceSize === layout.$size ? this.size : layout.$userspaceSize);
    this.saidSize = this.userspaceSize || layout.$userspaceSize;
    this.holes = [...new Set(this.entries.flatMap(({ option }) => option.hole ?? []))];
  }

  /** What varies from rule to rule. */
  readonly holes: readonly Hole[];

  private template(kernel: Kernel): Uint8Array {
    let bytes = this.templates.get(kernel.family);
    if (!bytes) {
      bytes = new Uint8Array(this.size);
      const m = new Memory(bytes, 0, kernel);
      for (const { option } of this.entries) option.initial?.(m);
      this.more.fixed?.(m);
      this.more.mark?.write(m, true);
      this.templates.set(kernel.family, bytes);
    }
    return bytes;
  }

  /** Whether bytes under the kernel's name are this extension, and not another that shares the name. */
  recognises(m: Memory): boolean {
    return this.more.mark?.read(m) ?? true;
  }

  /** Writes settings without synonyms into `size` bytes at `m.at`; gives them in canonical words. Throws an OptionMismatch. */
  encode(given: Readonly<Record<string, unknown>>, m: Memory): Readonly<Record<string, unknown>> {
    let settings = given;
    m.bytes.set(this.template(m.kernel), m.at);
    for (const key in given) {
      const value = given[key];
      if (value === undefined) continue;
      const entry = this.byKey.get(key);
      if (!entry) throw new OptionMismatch(key, new Mismatch(`one of ${alternatives([...this.byKey.keys()])}`, key));
      try {
        entry.option.write(m, value);
        const said = entry.option.operand.canonical?.(value) ?? value;
        if (said !== value) settings = { ...settings, [key]: said };
      } catch (error) {
        throw new OptionMismatch(entry.name, misfit(error, value, entry.option));
      }
    }
    this.more.finish?.(m, settings);
    return settings;
  }

  decode(m: Memory): Record<string, unknown> {
    const settings: Record<string, unknown> = {};
    for (const { key, option } of this.entries) {
      const value = option.read(m);
      if (value !== undefined) settings[key] = value;
    }
    return settings;
  }
}
/** What is wrong with a value. An operand may take its type for granted: of plain data, a TypeError says that it's another. */
function misfit(
  error: unknown,
  value: unknown,
  { negatable, operand }: Pick<Option<unknown>, 'negatable' | 'operand'>,
): Mismatch {
  if (!(error instanceof Mismatch || error instanceof TypeError)) throw error;
  if (isNot(value) && !negatable)
    return new Mismatch('a value that is not negated: it cannot be, in this revision', value);
  return error instanceof Mismatch ? error : new Mismatch(operand.type, value);
}

export const revision = <const O extends Options>(
  number: number,
  layout: Revision<O>['layout'],
  options: O,
  more?: RevisionMore,
): Revision<O> => new Revision(number, layout, options, more);

/** A Mismatch with the option that it is about. */
export class OptionMismatch extends Error {
  constructor(
    readonly option: string | undefined,
    readonly mismatch: Mismatch,
    /** What iptables says; nothing if it leaves it to the kernel. */
    readonly iptables = mismatch.iptables,
  ) {
    super(mismatch.message);
  }
}
/** What a check throws: this was expected of the option. */
export const wrong = (option: string, expected: string, received: unknown): OptionMismatch =>
  new OptionMismatch(option, new Mismatch(expected, received));
/** Checks that the option, if it is given, is given where it can be: in these built-in chains, or in those called from them. */
export function onlyIn(hooks: readonly Hook[], option: string, value: unknown, { chain = '' }: RuleFacts): void {
  if (value !== undefined && HOOKS.has(chain) && !hooks.includes(chain as Hook))
    throw wrong(option, `chain ${alternatives(hooks)}, or a chain called from there,`, chain);
}
const HOOKS: ReadonlySet<string> = new Set<Hook>(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** What has to be in the kernel before a rule can name it; the kernel's refusal doesn't say that it isn't. */
export interface KernelObject {
  /** `conntrack helper` */
  readonly kind: string;
  /** How one of this name comes about. */
  readonly make: (name: string, family: Family) => string;
  /** What the kernel refuses such a rule with, if not ENOENT. It may then have other reasons, too. */
  readonly errno?: 'EINVAL';
}

export interface Definition<N extends string, F extends Family, O extends Options, S extends Synonyms> {
  /** As after -m or -j. */
  readonly name: N;
  /** Other names that stand for it on input. */
  readonly aliases?: readonly string[];
  /** What it does, one sentence. */
  readonly doc: string;
  /** Where it exists; both families if not said. */
  readonly families?: readonly F[];
  /** Its name in the kernel, if that is another one (`state` is a `conntrack` with a mark of its own). */
  readonly kernelName?: string;
  readonly where?: Where;
  /** Newest first; the first one gives the settings their type. */
  // biome-ignore lint/suspicious/noExplicitAny: older revisions have options of their own
  readonly revisions: readonly [Revision<O>, ...Revision<any>[]];
  /** The options by whose values the kernel names files (in /proc or /sys): it refuses what can't name one. */
  readonly files?: readonly string[];
  /** The options that name an object of the kernel's. */
  readonly refersTo?: Readonly<Record<string, KernelObject>>;
  /** Input-only spellings. */
  readonly synonyms?: S;
  readonly constraints?: readonly Constraint[];
  /** What options alone can't say. Throws a Mismatch or an OptionMismatch. */
  readonly check?: (settings: Settings<O>, rule: RuleFacts) => void;
  /** The same, of what iptables leaves to the kernel to refuse. */
  readonly kernelCheck?: (settings: Settings<O>, rule: RuleFacts) => void;
  /** These look at the rule's matches. */
  readonly looksAtMatches?: true;
  /**
   * The text in a listing (-L), without the space before it: as saved behind a label, with dashes or without;
   * or made by a function. As saved, but without dashes, if not said. 'name': iptables says but the name, a space behind it.
   */
  readonly list?:
    | { readonly label: string; readonly dashes?: boolean }
    | 'name'
    | ((settings: Settings<O>, context: ListContext) => string);
  /** What iptables makes of words that say nothing: settings as they were read -> without them. */
  readonly understood?: (settings: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  /**
   * Whether iptables' words leave out what the kernel doesn't look at, so that, read again, they make other bytes:
   * an IPv4 mask of 32 bits, which is printed the same whether it was given or not, and what lies behind it.
   */
  readonly unsaid?: (settings: Readonly<Record<string, unknown>>) => boolean;
  /** Its settings name what the running kernel may name otherwise the next time (ip_sets, by index): nothing read is kept. */
  readonly volatile?: boolean;
  /** iptables forgets the space before what `list` says. */
  readonly tight?: boolean;
  /** What a match says of a packet, of settings as they are read: nobody can say if it isn't there. */
  readonly matches?: (settings: Settings<O>) => Test;
  /** What a target does with a packet; it goes on unchanged if it isn't there. */
  readonly effect?: (settings: Settings<O>, family: Family) => Effect;
  /** The packets that a match matches, of settings as they are read: a condition that nobody knows if it doesn't say. */
  readonly symbol?: (settings: Settings<O>, space: Symbols) => PacketSet | undefined;
  /** Each option is a condition by itself, and what is negated matches exactly what it otherwise doesn't. */
  readonly separate?: true;
  /** Negated it matches exactly what it otherwise doesn't: only one of its options can be. */
  readonly inverts?: true;
  /** Asked twice of one packet it may answer otherwise: it counts, or somebody else changes what it looks at. */
  readonly fickle?: true;
  /** Settings that documentation shows and tests run. */
  readonly example?: Settings<O, S>;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry holds extensions of all types
export type AnyExtension = Extension<string, Family, any, any>;
export type SettingsOf<E> = E extends Extension<string, Family, infer O, infer S> ? Settings<O, S> : never;
/** What decoding gives: never a synonym. */
export type CanonicalSettingsOf<E> = E extends Extension<string, Family, infer O, Synonyms> ? Settings<O> : never;

export class Extension<N extends string, F extends Family, O extends Options, S extends Synonyms> {
  readonly name: N;
  readonly kernelName: string;
  readonly families: readonly F[];
  readonly revisions: Definition<N, F, O, S>['revisions'];
  /** Everything that may be written after it, by its name on the command line. */
  readonly words: ReadonlyMap<string, Word>;

  constructor(
    readonly kind: 'match' | 'target',
    readonly definition: Definition<N, F, O, S>,
  ) {
    this.name = definition.name;
    this.kernelName = definition.kernelName ?? definition.name;
    this.families = definition.families ?? (['ipv4', 'ipv6'] as readonly Family[] as readonly F[]);
    this.revisions = definition.revisions;
    const words = new Map<string, Word>();
    for (const { entries } of [...definition.revisions].reverse()) {
      for (const { name, key, option } of entries) {
        const { operand, negatable, repeatable, description, after, opens, remark } = option;
        const word: Word = { name, key, operand, negatable, repeatable, description, after, opens, remark };
        for (const spelling of [name, ...option.aliases]) words.set(spelling, word);
      }
    }
    for (const [name, s] of Object.entries(definition.synonyms ?? {}))
      words.set(name, {
        name,
        key: camel(name),
        operand: s.operand,
        negatable: s.negatable,
        repeatable: false,
        description: s.description,
        expand: s.expand,
      });
    this.words = words;
  }

  revisionNumbered(number: number): Revision<Options> | undefined {
    return this.revisions.find((r) => r.number === number) as Revision<Options> | undefined;
  }

  /** What iptables says of a value that doesn't fit. */
  phrase(option: string, { iptables, received }: Mismatch): string | undefined {
    const word = Array.isArray(received) ? received.join(':') : String(received as string);
    return iptables ?? this.words.get(option)?.operand.phrase?.(word, option, this.name);
  }

  /** The newest revision that the kernel has too. */
  revisionFor(kernel: Kernel): Revision<Options> | undefined {
    const best = kernel.revision(this.kind, this.kernelName, this.revisions[0].number);
    return best === undefined
      ? undefined
      : (this.revisions.find((r) => r.number <= best) as Revision<Options> | undefined);
  }

  /**
   * Settings without synonyms, their options' rules obeyed. Whether the values fit is found out by encoding.
   * Throws an OptionMismatch.
   */
  canonical(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    if (hasShape(settings, this.usual)) return settings;
    const shape = shapeOf(settings);
    if (!this.accepted.has(shape)) return this.canonicalNew(settings, shape);
    this.usual = shape.split(' ');
    return settings;
  }

  /**
   * What options alone can't say, of canonical settings whose values fit; what the kernel refuses by itself is left to it
   * if asked. Throws a Mismatch or an OptionMismatch.
   */
  check(settings: Readonly<Record<string, unknown>>, rule: RuleFacts, trusting = false): void {
    this.definition.check?.(settings as Settings<O>, rule);
    if (trusting) return;
    try {
      this.definition.kernelCheck?.(settings as Settings<O>, rule);
    } catch (error) {
      const { option, mismatch } = error instanceof OptionMismatch ? error : { option: undefined, mismatch: error };
      throw mismatch instanceof Mismatch ? new OptionMismatch(option, mismatch, '') : error;
    }
  }

  /** Which options were given, and which of them negated, where that was found to be right, and without synonyms. */
  private readonly accepted = new Set<string>();
  /** Those of settings that were accepted last. */
  private usual: readonly string[] = [];

  private canonicalNew(settings: Readonly<Record<string, unknown>>, shape: string): Record<string, unknown> {
    const [first] = Object.keys(settings);
    if (shape === '' && first !== undefined && this.kind === 'match')
      throw new OptionMismatch(
        this.byKey.get(first)?.name ?? first,
        new Mismatch('a value, without which the match is for all packets,', undefined),
      );
    let plain = settings as Record<string, unknown>;
    const given = new Set<string>();
    const negated = new Set<string>();
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined) continue;
      const word = this.byKey.get(key);
      if (!word) throw this.unknown(key);
      if (isNot(value) && !word.negatable && word.operand.words === 0)
        throw new OptionMismatch(word.name, new Mismatch('true: it cannot be negated', value));
      if (word.expand && word.operand.words === 0 && bare(value) !== true)
        throw new OptionMismatch(word.name, new Mismatch('true', value));
      given.add(word.name);
      if (isNot(value)) negated.add(word.name);
      if (word.expand) {
        if (plain === settings) plain = { ...settings };
        delete plain[key];
        let expanded: Record<string, unknown>;
        try {
          expanded = word.expand(value);
        } catch (error) {
          throw new OptionMismatch(word.name, misfit(error, value, word));
        }
        for (const [k, v] of Object.entries(expanded)) {
          if (plain[k] !== undefined)
            throw new OptionMismatch(
              word.name,
              new Mismatch(`--${word.name} without --${this.byKey.get(k)?.name}`, 'both'),
            );
          plain[k] = v;
          given.add(this.byKey.get(k)!.name);
        }
      }
    }
    for (const { name, key, option } of this.revisions[0].entries)
      if (option.required && plain[key] === undefined)
        throw new OptionMismatch(
          name,
          new Mismatch('a value', undefined),
          `${this.name}: option "--${name}" must be specified`,
        );
    for (const constraint of this.definition.constraints ?? []) {
      const complaint = constraint(given, negated);
      if (complaint)
        throw new OptionMismatch(
          complaint.option,
          new Mismatch(complaint.expected, [...given].map((n) => `--${n}`).join(' ') || undefined),
        );
    }
    // Nothing at all isn't accepted for good: the next time, keys may have no values.
    if (plain === settings && shape !== '' && this.accepted.size < 256) this.accepted.add(shape);
    return plain;
  }

  private get byKey(): ReadonlyMap<string, Word> {
    let map = this.keys;
    if (!map) {
      map = new Map([...this.words.values()].map((word) => [word.key, word]));
      this.keys = map;
    }
    return map;
  }
  private keys?: ReadonlyMap<string, Word>;

  private unknown(key: string): OptionMismatch {
    const keys = [...this.byKey.keys()];
    const near = nearest(key, keys);
    return new OptionMismatch(
      key,
      new Mismatch(
        keys.length === 0
          ? 'no options'
          : `${near === undefined ? 'one of ' : `${near}, or another of `}${alternatives(keys)}`,
        key,
      ),
    );
  }

  /** The options as iptables-save prints them, each with a space before it; HOLE where one varies, if holes are collected. */
  print(
    settings: Readonly<Record<string, unknown>>,
    revision: Revision<Options>,
    context: Context,
    dashes = '--',
    holes?: Hole[],
  ): string {
    let text = '';
    for (const { name, key, option } of revision.entries) {
      const value = settings[key];
      if (value === undefined) {
        if (option.unsaid) text += ` ${dashes}${name} ${option.unsaid(context)}`;
        continue;
      }
      for (const one of option.repeatable ? (value as readonly unknown[]) : [value]) {
        let words = option.operand.print(option.repeatable ? [one] : one, context);
        if (holes && option.hole && words !== undefined) {
          holes.push(option.hole);
          words = HOLE;
        }
        if (words !== undefined) text += `${isNot(one) ? ' !' : ''} ${dashes}${name}${words === '' ? '' : ` ${words}`}`;
      }
    }
    return text;
  }

  /** What -L prints behind a rule's addresses, with a space before it. */
  list(settings: Readonly<Record<string, unknown>>, revision: Revision<Options>, context: ListContext): string {
    const { list } = this.definition;
    if (!list) return this.print(settings, revision, context, '');
    if (list === 'name') return `${this.name} `;
    if (typeof list === 'object')
      return ` ${list.label}${this.print(settings, revision, context, list.dashes ? '--' : '')}`;
    const text = list(settings as Settings<O>, { ...context, revision: revision.number });
    return text === '' || this.definition.tight ? text : ` ${text}`;
  }
}

/** Stands for what varies in a text: no text of the kernel's has one. */
export const HOLE = '\0';

/** The keys of settings, each with a mark if its value is negated. */
function shapeOf(settings: Readonly<Record<string, unknown>>): string {
  let shape = '';
  for (const key in settings) {
    const value = settings[key];
    if (value === undefined) continue;
    const said = isNot(value) ? `${key}!` : key;
    shape = shape === '' ? said : `${shape} ${said}`;
  }
  return shape;
}

/** The same of settings that are mostly so, without a text of it: what is negated isn't. */
function hasShape(settings: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  let at = 0;
  for (const key in settings)
    if (key !== keys[at++] || settings[key] === undefined || isNot(settings[key])) return false;
  return at === keys.length && at > 0;
}

/** What may stand after an extension's name, by the name of an option or of a synonym. */
export interface Word {
  readonly name: string;
  readonly key: string;
  readonly operand: Operand<unknown>;
  readonly negatable: boolean;
  readonly repeatable: boolean;
  readonly description: string;
  readonly after?: string | undefined;
  readonly opens?: readonly string[] | undefined;
  readonly remark?: ((value: unknown, spelling: string) => string | undefined) | undefined;
  readonly expand?: (value: unknown) => Record<string, unknown>;
}

/** Defines a match (`-m name`). */
export const match = <const N extends string, O extends Options, F extends Family = Family, S extends Synonyms = {}>(
  definition: Definition<N, F, O, S>,
): Extension<N, F, O, S> => new Extension('match', definition);
/** Defines a target (`-j NAME`). */
export const target = <const N extends string, O extends Options, F extends Family = Family, S extends Synonyms = {}>(
  definition: Definition<N, F, O, S>,
): Extension<N, F, O, S> => new Extension('target', definition);

/** Is written as `like` is, and stands for what `expand` says. */
export const synonym = <T>(
  like: Pick<Operand<unknown>, 'words' | 'metavar' | 'type' | 'parse'>,
  expand: (value: T) => Record<string, unknown>,
  { doc = '', negatable = false }: { readonly doc?: string; readonly negatable?: boolean } = {},
): Synonym<T> => ({
  operand: { ...(like as Operand<T>), read: () => undefined as T, write: () => {}, print: () => undefined },
  description: doc,
  negatable,
  expand,
});
