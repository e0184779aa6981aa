/** How long a call waits, and what makes it give up. */
import { type Check, fields, flag, optionsOf, patience, signal } from '../arguments';
import type { Cancellation } from '../backend/backend';

/** Of every method that waits for its turn. */
export interface ReadOptions {
  /**
   * Gives up: what has not been begun is withdrawn, and rejects with ERR_ABORTED. What has the lock already runs to its
   * end, and settles as it ends.
   */
  readonly signal?: AbortSignal | undefined;
}
/** Of every method that reads rules. */
export interface LookOptions extends ReadOptions {
  /**
   * False: what rules and policies have counted may be as it was when they were read last. Then they aren't read again,
   * nor decoded, unless something has changed; where the backend can tell (nf_tables).
   */
  readonly counters?: boolean | undefined;
}
/** Of every method that waits for the lock, too. */
export interface WaitOptions extends ReadOptions {
  /** Milliseconds to wait for the lock, from its turn on, instead of the firewall's `lock.wait`; Infinity: for ever. */
  readonly wait?: number | undefined;
}

export const READING = { signal };
export const WAITING = { ...READING, wait: patience };
const [reading, waiting] = [fields<ReadOptions>(READING), fields<WaitOptions>(WAITING)];
const looking = fields<LookOptions>({ ...READING, counters: flag });

/** Looked at when the call is, so that a method that gives a promise never throws. */
const lazily =
  <T extends object>(check: Check<T>) =>
  (method: Function, options: T | undefined): (() => T) | undefined => {
    if (options === undefined) return undefined;
    let given: T | undefined;
    return () => {
      given ??= optionsOf(method.name, options, check);
      return given;
    };
  };
export const readingOf = lazily(reading);
export const waitingOf = lazily(waiting);
export const lookingOf = lazily(looking);

/** Of options that have been looked at, whatever else they say. */
export const waitingAs = ({ wait, signal }: WaitOptions): { readonly waiting?: () => WaitOptions } =>
  wait === undefined && signal === undefined ? {} : { waiting: () => ({ wait, signal }) };

/** Several signals as one: the first that is aborted counts. */
export function anyOf(...all: readonly (Cancellation | undefined)[]): Cancellation | undefined {
  const signals = all.filter((each) => each !== undefined);
  if (signals.length < 2) return signals[0];
  return {
    get aborted() {
      return signals.some(({ aborted }) => aborted);
    },
    addEventListener(type, listener) {
      for (const each of signals) each.addEventListener(type, listener);
    },
    removeEventListener(type, listener) {
      for (const each of signals) each.removeEventListener(type, listener);
    },
  };
}
