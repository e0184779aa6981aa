/**
 * What callers give, checked before anything is begun. Every value is read once: what was checked is what is used,
 * whatever a getter says the next time. A type of options is declared once, each key with what its value has to be.
 */
import { alternatives, IptcError, Mismatch, nearest, show } from './errors';

/** Gives the value, or a copy of what it holds; throws a Mismatch if it isn't what it has to be. */
export type Check<T> = (value: unknown) => T;

/** An argument of a public function, which `call` names. Throws ERR_BAD_ARGUMENT. */
export function argument<T>(call: string, name: string, value: unknown, check: Check<T>): T {
  try {
    return within(name, () => check(value));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const { expected, received, cause } = error;
    // Of options everybody knows what they belong to.
    const [at, path] = [error.at, error.path].map((way) => way.replace(/^options\./, ''));
    const object = at === 'options' ? `the options of ${call}()` : `${at} of ${call}()`;
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected ${expected} for ${object} but received ${received}`, {
      path,
      cause,
    });
  }
}

/** What a file holds, told by the way to it: `watch.sshd.maxRetry`. Throws ERR_BAD_TEXT with that `path`. */
export function setting<T>(value: unknown, check: Check<T>): T {
  try {
    return within('', () => check(value));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const [at, path] = [error.at, error.path].map((way) => way.replace(/^\./, ''));
    const object = at === '' ? 'the whole' : at;
    throw new IptcError('ERR_BAD_TEXT', `Expected ${error.expected} for ${object} but received ${error.received}`, {
      path,
      cause: error.cause,
    });
  }
}

/** The values of a list that is given, each read when it is asked for. */
export function* valuesOf<T>(call: string, name: string, list: Iterable<T>): Generator<T, void> {
  const iterator = argument(call, name, list, () => list[Symbol.iterator]());
  const next = () => iterator.next();
  let more = true;
  try {
    for (;;) {
      more = false; // whoever throws has ended
      const { done, value } = argument(call, name, list, next);
      if (done) return;
      more = true;
      yield value;
    }
  } finally {
    if (more) iterator.return?.();
  }
}

/** The same of options, which need not be given at all. */
export const optionsOf = <T extends object>(call: string, value: unknown, check: Check<T>): T =>
  argument(call, 'options', value === undefined ? {} : value, check);

/** A Mismatch, and the way to it from the argument on. */
class Misfit extends Error {
  constructor(
    readonly expected: string,
    readonly received: string,
    /** What is told, and what to look at: an unknown key is told of the object that has it. */
    readonly at: string,
    readonly path: string,
    override readonly cause?: unknown,
  ) {
    super(expected);
  }
}
class UnknownKey extends Mismatch {}

/** Reads a part of a value; whatever goes wrong is told of that part. */
function within<T>(at: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Misfit)
      throw new Misfit(error.expected, error.received, at + error.at, at + error.path, error.cause);
    if (error instanceof UnknownKey)
      throw new Misfit(error.expected, show(error.received), at, `${at}.${error.received}`);
    if (error instanceof Mismatch) throw new Misfit(error.expected, show(error.received), at + error.at, at + error.at);
    throw new Misfit('a value that can be read', show(error), at, at, error);
  }
}

/** For each key of a type, what its value has to be. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<Exclude<T[K], undefined>> };

/** An object of these keys and no other; undefined is as good as absent, but where a key is needed. */
export function fields<T extends object>(checks: Checks<T>, ...needed: readonly (keyof T & string)[]): Check<T> {
  const names = Object.keys(checks) as (keyof T & string)[];
  return (value) => {
    if (!isPlain(value)) throw new Mismatch('an object', value);
    for (const key in value) if (!Object.hasOwn(checks, key)) throw new UnknownKey(oneOfKeys(key, names), key);
    const read: { -readonly [K in keyof T]?: T[K] } = {};
    for (const name of names) {
      if (!(name in value) && !needed.includes(name)) continue;
      within(`.${name}`, () => {
        const given = (value as Partial<T>)[name] as unknown;
        if (given !== undefined || needed.includes(name)) read[name] = checks[name](given) as T[typeof name];
      });
    }
    return read as T;
  };
}

function oneOfKeys(key: string, names: readonly string[]): string {
  const near = nearest(key, names);
  if (names.length === 1) return `${names[0]}, the only option,`;
  return `${near === undefined ? 'one of ' : `${near}, or another of `}${alternatives(names)},`;
}

/** No list, Map, Date or Promise, which have no keys to be refused. */
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';

export const flag: Check<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new Mismatch('true or false', value);
  return value;
};

export const string =
  (expected = 'a text'): Check<string> =>
  (value) => {
    if (typeof value !== 'string') throw new Mismatch(expected, value);
    return value;
  };
/** A string that isn't empty, of any characters but the zero byte, which ends it for whoever reads bytes. */
export const named =
  (expected: string): Check<string> =>
  (value) => {
    if (typeof value !== 'string' || value === '') throw new Mismatch(expected, value);
    if (value.includes('\0')) throw new Mismatch(`${expected} without a zero byte`, value);
    return value;
  };
export const path = named('a path');

/** A function, which is called as it was given. */
export const callback = <T>(value: unknown): T => {
  if (typeof value !== 'function') throw new Mismatch('a function', value);
  return value as T;
};

/** A number within limits. */
export const numeric =
  (expected: string, fits: (value: number) => boolean): Check<number> =>
  (value) => {
    if (typeof value !== 'number' || !fits(value)) throw new Mismatch(expected, value);
    return value;
  };
/** A timer of Node's waits no longer. */
const LONGEST = 0x7fffffff;
export const milliseconds = numeric(`milliseconds, from 0 to ${LONGEST},`, (value) => value >= 0 && value <= LONGEST);
export const patience = numeric('milliseconds from 0 on, or Infinity,', (value) => value >= 0);
export const count = numeric(
  'an integer from 1 on, or Infinity,',
  (value) => value >= 1 && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY),
);

export const oneOf =
  <const N extends string>(...names: readonly N[]): Check<N> =>
  (value) => {
    if (!names.includes(value as N)) throw new Mismatch(alternatives(names), value);
    return value as N;
  };

/** A list, copied. */
export const listOf =
  <T>(check: Check<T>, expected = 'a list'): Check<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) throw new Mismatch(expected, value);
    return Array.from({ length: value.length }, (_, i) => within(`[${i}]`, () => check(value[i])));
  };

/** An object that can do this, kept as it is. */
export const having =
  <T>(expected: string, methods: readonly (keyof T & string)[]): Check<T> =>
  (value) => {
    const object = value as Record<string, unknown>;
    if (typeof value !== 'object' || value === null || methods.some((name) => typeof object[name] !== 'function'))
      throw new Mismatch(expected, value);
    return value as T;
  };
/** An object of any names, copied. */
export const recordOf =
  <T>(check: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value) => {
    if (!isPlain(value)) throw new Mismatch('an object', value);
    const read = (name: string) => within(`.${name}`, () => check((value as Record<string, unknown>)[name]));
    return Object.fromEntries(Object.keys(value).map((name) => [name, read(name)]));
  };

/** One of a class, kept as it is. */
export const instance =
  <T>(type: Function & { readonly prototype: T }, expected: string): Check<T> =>
  (value) => {
    if (!(value instanceof type)) throw new Mismatch(expected, value);
    return value as T;
  };
export const signal: Check<AbortSignal> = (value) => {
  const found = having<AbortSignal>('an AbortSignal', ['addEventListener', 'removeEventListener'])(value);
  if (typeof found.aborted !== 'boolean') throw new Mismatch('an AbortSignal', value);
  return found;
};

/** A network namespace: a path, a descriptor, or `new`. */
export const namespace: Check<string | number> = (value) => {
  if (typeof value !== 'number') return named('a path, a file descriptor or new')(value);
  return numeric('an open file descriptor', (fd) => Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff)(value);
};
