/** Where a fleet's data is: keys and bytes, ordered, watched, leased. What a store has to be able to do, and nothing more. */
import { type Check, having } from '../../arguments';

/** What a key holds. */
export interface StoreItem {
  readonly value: Uint8Array;
  /** The store's revision that has written it. */
  readonly revision: number;
}
/** Keys by their names, at one moment. */
export interface StoreState {
  readonly revision: number;
  readonly items: ReadonlyMap<string, StoreItem>;
}
/** A key that was written, or deleted where it has no item. */
export interface StoreChange {
  readonly key: string;
  readonly item?: StoreItem;
}
export interface StorePut {
  readonly key: string;
  readonly value: Uint8Array;
  /** It goes with the lease. */
  readonly lease?: StoreLease;
}
/** What is done as one, or not at all. */
export interface StoreCommit {
  /** By their revisions, or 0 for keys that must not be there. */
  readonly expect?: ReadonlyMap<string, number>;
  readonly put?: readonly StorePut[];
  readonly delete?: readonly string[];
}
/** Keys that go when nobody keeps them alive. */
export interface StoreLease {
  /** Settles when it is over, however that came. */
  readonly lost: Promise<void>;
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * A store: etcd (`etcdStore`), a folder (`directoryStore`), memory (`memoryStore`), or one of your own. A name that ends
 * with `/` stands for all keys that begin so. Whatever can't be reached rejects with ERR_UNREACHABLE.
 */
export interface Store {
  /** What is there now: what a commit has written that has been answered is seen, whoever made it. */
  read(names: readonly string[]): Promise<StoreState>;
  /** Whether it was done: not if a key isn't as expected. */
  commit(commit: StoreCommit): Promise<boolean>;
  /**
   * Tells what changes after a revision, in order, until the signal ends it. Rejects as soon as it can't tell everything
   * any more: the keys have to be read anew then.
   */
  watch(
    names: readonly string[],
    after: number,
    changed: (changes: readonly StoreChange[]) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** For so many seconds, kept alive until it is closed or can't be. */
  lease(seconds: number): Promise<StoreLease>;
  /** Resolves if a new connection to it can be made now, and it answers. */
  reach(milliseconds: number): Promise<void>;
  /** What its administrator should know before it fails. */
  warnings?(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export const store: Check<Store> = having<Store>('a store', ['read', 'commit', 'watch', 'lease', 'reach', 'close']);

/** Whether a key is among those that names stand for. */
export const isNamed = (key: string, names: readonly string[]): boolean =>
  names.some((name) => (name.endsWith('/') ? key.startsWith(name) : key === name));
