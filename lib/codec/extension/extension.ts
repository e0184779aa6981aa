/** Ties structs to their options: one definition of an extension, from which everything else follows. */
import { alternatives, Mismatch, nearest } from '../../errors';
import type { Family } from '../../net/family';
import type { Hole } from '../hole';
import type { Kernel } from '../kernel';
import { bare, type Context, isNot, type Operand } from '../operand';
import { OptionMismatch } from './constraint';
import {
  camel,
  type Definition,
  type ListContext,
  type Options,
  type RuleFacts,
  type Settings,
  type Synonym,
  type Synonyms,
} from './definition';
import { misfit, type Revision } from './revision';

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

  /** The options as iptables-save prints them, each with a space before it; HOLE where one varies whose hole is taken. */
  print(
    settings: Readonly<Record<string, unknown>>,
    revision: Revision<Options>,
    context: Context,
    dashes = '--',
    takes?: (hole: Hole) => boolean,
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
        if (takes && option.hole && words !== undefined && takes(option.hole)) words = HOLE;
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
