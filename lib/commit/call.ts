/** What somebody asked for: an error tells it, and its stack begins where it was asked. */
import { IptcError } from '../errors';
import type { LookOptions, WaitOptions } from './waiting';

export interface Call {
  /** Told after "Cannot": `append a rule to`. */
  readonly operation: string;
  readonly chain?: string | undefined;
  /** What was to be the chain's policy. */
  readonly policy?: string | undefined;
  /** It isn't about one table; or about those of both families. */
  readonly everywhere?: boolean | 'both';
  /** How long it waits, looked at once. */
  readonly waiting?: (() => WaitOptions & LookOptions) | undefined;
  /** The public method. */
  readonly method: Function;
}

/** What a caller's own work was told keeps its place. */
const kept = new WeakSet<object>();
export function keepPlace(error: unknown): unknown {
  if (error instanceof IptcError) kept.add(error);
  return error;
}

/** The same error, with a stack that begins where the method was called. While it is running. */
export function placedAt(error: unknown, method: Call['method']): unknown {
  if (error instanceof IptcError && !kept.has(error)) Error.captureStackTrace(error, method);
  return error;
}

/** The same for what a method gave a promise of: it begins at what awaits that. Costs nothing until it fails. */
export const awaited = <T>(promise: Promise<T>): Promise<T> => promise.then(undefined, fail);

/** Throws the error where a promise that a method gave is settled. */
export function fail(error: unknown): never {
  const before = error instanceof IptcError ? error.stack : undefined;
  placedAt(error, fail);
  // Before what awaits it come the frames of Node's own from which this was called.
  if (error instanceof IptcError && !kept.has(error) && typeof error.stack === 'string')
    error.stack = error.stack.replace(/(?:\n {4}at (?!async )[^\n]*\bnode:[^\n]*)+/, '');
  // Nobody awaits it, as far as can be seen: then it stays where it was.
  if (before !== undefined && !hasPlace(error as Error)) (error as Error).stack = before;
  throw error;
}
const hasPlace = ({ stack = '' }: Error): boolean => /\n {4}at /.test(stack);

/** The same error, placed for good if the method is still running. */
export function placedNow(error: unknown, method: Call['method']): unknown {
  placedAt(error, method);
  return error instanceof IptcError && hasPlace(error) ? keepPlace(error) : error;
}

/** Runs what a public method does. */
export const called = <T>(work: () => Promise<T>): Promise<T> => awaited(work());
