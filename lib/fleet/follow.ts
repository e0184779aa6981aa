/**
 * What keys hold, told anew at each change, for as long as it takes. Whatever ends a watch (the store is away, was
 * restored, has forgotten its past), all is read again: no change is counted, so none can be missed.
 */
import { clearTimeout, setTimeout } from '../clock';
import { IptcError } from '../errors';
import type { Store, StoreItem } from './store/store';

/** Milliseconds to wait for the store: at first, and at most. Which of them is chance, since others wait too. */
const FIRST = 100;
const MOST = 2_000;
/** All is read again now and then, whatever is told. */
const ANEW = 600_000;

export type Items = ReadonlyMap<string, StoreItem>;
export interface Followed {
  /** What the keys hold now. */
  found(items: Items): void;
  /** It can't be told any more; again and again, while that lasts. */
  lost(error: Error): void;
}

export class Follower {
  private readonly closed = new AbortController();
  private round = new AbortController();
  private names: readonly string[] = [];
  private wake: () => void = () => {};
  private readonly ended: Promise<void>;

  constructor(
    private readonly store: Store,
    names: readonly string[],
    private readonly told: Followed,
  ) {
    this.names = names;
    this.ended = this.run();
  }

  /** Other keys from now on; false if they are the same. */
  follow(names: readonly string[]): boolean {
    if (names.join('\0') === this.names.join('\0')) return false;
    this.names = names;
    this.again();
    return true;
  }
  /** Reads all again. */
  again(): void {
    this.round.abort();
    this.wake();
  }
  close(): Promise<void> {
    this.closed.abort();
    this.again();
    return this.ended;
  }

  private async run(): Promise<void> {
    let wait = FIRST;
    while (!this.closed.signal.aborted) {
      this.round = new AbortController();
      const { signal } = this.round;
      const timer = setTimeout(() => this.round.abort(), ANEW * (0.5 + Math.random()));
      timer.unref();
      try {
        const { names } = this;
        const { revision, items } = await this.store.read(names);
        if (signal.aborted) continue;
        wait = FIRST;
        const now = new Map(items);
        this.told.found(now);
        await this.store.watch(
          names,
          revision,
          (changes) => {
            for (const { key, item } of changes)
              if (item) now.set(key, item);
              else now.delete(key);
            this.told.found(now);
          },
          signal,
        );
        if (!signal.aborted) throw new IptcError('ERR_UNREACHABLE', 'Cannot watch the store: it has ended');
      } catch (error) {
        if (signal.aborted) continue;
        this.told.lost(error as Error);
        await this.pause(wait * (0.5 + Math.random()));
        wait = Math.min(2 * wait, MOST);
      } finally {
        clearTimeout(timer);
      }
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.closed.signal.aborted) this.wake();
    });
  }
}
