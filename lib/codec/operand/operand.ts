/** The user's side of an extension: the words after an option, as a typed value, in a struct. */
import type { Hole } from '../hole';
import type { Kernel } from '../kernel';
import type { Memory, Place } from '../struct';

/** What words may depend on: the family, the rule's protocol (0 if it names none), names in the kernel. */
export interface Context {
  readonly kernel: Kernel;
  readonly protocol: number;
}

/** A two-way lens: one value, seen as bytes in a struct and as words on a command line. */
export interface Operand<T> extends Place<T> {
  /** How many words it takes; 'maybe' is one that doesn't look like an option. */
  readonly words: 0 | 1 | 2 | 'maybe';
  /** The words as help shows them: `port[:port]`. */
  readonly metavar: string;
  /** The value's type, as documentation shows it. */
  readonly type: string;
  /** The words as iptables-save prints them, quoted where it quotes; undefined where it says nothing at all. */
  print(value: T, context: Context): string | undefined;
  /** Throws a Mismatch if the words can't be such a value; its limits are checked by write. */
  parse(words: readonly string[], context: Context): T;
  /** The value as it is read back, if it may be spelled otherwise; the same one if it is. */
  readonly canonical?: ((value: T) => T) | undefined;
  /** How it is printed without the value, where its bytes are that simple. */
  readonly hole?: Hole | undefined;
  /** What iptables says of a word, or of a part of it, that can't be such a value. */
  readonly phrase?: Phrase | undefined;
}
export type Phrase = (received: string, option: string, extension: string) => string;
/** The same operand, with iptables' words for what can't be one. */
// biome-ignore lint/suspicious/noExplicitAny: operands of any value
export const phrased = <O extends Operand<any>>(inner: O, phrase: Phrase): O => ({ ...inner, phrase });
/** What libxtables says of all numbers. */
export const badNumber =
  (min: number | bigint, max: number | bigint): Phrase =>
  (_, option, extension) =>
    `${extension}: bad value for option "--${option}", or out of range (${min}-${max}).`;

export type Not<T> = { readonly not: T };
export const isNot = (value: unknown): value is Not<unknown> =>
  typeof value === 'object' && value !== null && 'not' in value && Object.keys(value).length === 1;
/** The value, negated or not. */
export const bare = <T>(value: T | Not<T>): T => (isNot(value) ? value.not : value) as T;
/** As listings mostly show it: `! 5`. */
export const shown = <T>(value: T | Not<T>, print: (value: T) => string = String): string =>
  `${isNot(value) ? '! ' : ''}${print(bare(value))}`;

/** An operand of one word, from its parts. */
export const operand = <T>(
  metavar: string,
  type: string,
  place: Place<T>,
  print: (value: T, context: Context) => string | undefined,
  parse: (word: string, context: Context) => T,
  hole?: Hole,
): Operand<T> => ({
  words: 1,
  hole,
  metavar,
  type,
  read: (m) => place.read(m),
  write: (m, value) => place.write(m, value),
  print,
  parse: (words, context) => parse(words[0]!, context),
});

/** The same place seen as another type. */
export const mapped = <A, B>(place: Place<A>, to: (a: A, m: Memory) => B, from: (b: B, m: Memory) => A): Place<B> => ({
  read: (m) => to(place.read(m), m),
  write: (m, value) => place.write(m, from(value, m)),
});

/** `! --ctstate NEW`: the place says whether the option is negated. */
export interface Negatable<T> extends Operand<T | Not<T>> {
  readonly negatable: true;
}
export function negatable<T>(inverted: Place<boolean>, inner: Operand<T>): Negatable<T> {
  return {
    words: inner.words,
    hole: inner.hole,
    metavar: inner.metavar,
    type: inner.type,
    negatable: true,
    phrase: inner.phrase,
    canonical:
      inner.canonical &&
      ((value) => {
        if (!isNot(value)) return inner.canonical!(value);
        const not = inner.canonical!(value.not as T);
        return not === value.not ? value : { not };
      }),
    read(m) {
      const value = inner.read(m);
      return inverted.read(m) ? { not: value } : value;
    },
    write(m, value) {
      const not = isNot(value);
      inner.write(m, (not ? value.not : value) as T);
      inverted.write(m, not);
    },
    print: (value, context) => inner.print((isNot(value) ? value.not : value) as T, context),
    parse: (words, context) => inner.parse(words, context),
  };
}
