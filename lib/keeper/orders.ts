/** What a keeper is told, and what it says: over the channel between the two processes. */
import type { ErrorCode, ErrorDetails } from '../errors';
import type { Keeping } from '../services/snapshot';

/** Milliseconds: without a word everything is put back after `within`, or `grace` after the other process has gone. */
export interface Clock {
  readonly within: number;
  /** Something that the other process has started may still be at work. 0 unless told. */
  readonly grace?: number;
}

export type Order =
  | ({ readonly is: 'begin'; readonly what: Keeping } & Clock)
  | ({ readonly is: 'extend' } & Clock)
  | { readonly is: 'keep' }
  | { readonly is: 'revert' };

/** An IptcError, as data. */
export interface Told extends ErrorDetails {
  readonly code: ErrorCode;
  readonly message: string;
}

export type Answer =
  | { readonly is: 'ready' | 'extended' | 'kept' | 'reverting' | 'reverted' }
  /** Nothing was begun, or not everything has been put back. */
  | { readonly is: 'failed'; readonly error: Told };
