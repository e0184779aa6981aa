/** A store in the memory of this process: for tests of programs, and of what becomes of them when it is away. */
import { IptcError } from '../../errors';
import {
  isNamed,
  type Store,
  type StoreChange,
  type StoreCommit,
  type StoreItem,
  type StoreLease,
  type StoreState,
} from './store';

interface Watcher {
  readonly names: readonly string[];
  readonly changed: (changes: readonly StoreChange[]) => void;
  end(error?: Error): void;
}

class Lease implements StoreLease {
  over = false;
  private end: () => void = () => {};
  readonly lost = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  constructor(private readonly of: MemoryStore) {}
  async close(): Promise<void> {
    this.expire();
  }
  expire(): void {
    if (this.over) return;
    this.over = true;
    this.of.forget(this);
    this.end();
  }
}

/** A store in memory, which can be away. */
export class MemoryStore implements Store {
  private readonly items = new Map<string, StoreItem>();
  private readonly leased = new Map<string, Lease>();
  private readonly leases = new Set<Lease>();
  private readonly watchers = new Set<Watcher>();
  private revision = 1;
  private away = false;

  async read(names: readonly string[]): Promise<StoreState> {
    this.requireReach();
    const found = names.some((name) => name.endsWith('/'))
      ? [...this.items].filter(([key]) => isNamed(key, names))
      : names.flatMap((key) => (this.items.has(key) ? [[key, this.items.get(key)!] as const] : []));
    return { revision: this.revision, items: new Map(found) };
  }

  async commit({ expect = new Map(), put = [], delete: gone = [] }: StoreCommit): Promise<boolean> {
    this.requireReach();
    for (const [key, revision] of expect) if ((this.items.get(key)?.revision ?? 0) !== revision) return false;
    for (const { lease } of put) if (lease instanceof Lease && lease.over) throw unreachable('the lease is over');
    const changes: StoreChange[] = [];
    this.revision++;
    for (const key of gone) if (this.drop(key)) changes.push({ key });
    for (const { key, value, lease } of put) {
      const item = { value: Uint8Array.from(value), revision: this.revision };
      this.items.set(key, item);
      if (lease instanceof Lease) this.leased.set(key, lease);
      else this.leased.delete(key);
      changes.push({ key, item });
    }
    this.tell(changes);
    return true;
  }

  watch(
    names: readonly string[],
    after: number,
    changed: (changes: readonly StoreChange[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      // Nothing is kept of what has been: whoever comes late has to read anew.
      if (this.away || after !== this.revision) return reject(unreachable('it has changed meanwhile'));
      const watcher: Watcher = {
        names,
        changed,
        end: (error) => {
          this.watchers.delete(watcher);
          signal.removeEventListener('abort', stop);
          if (error) reject(error);
          else resolve();
        },
      };
      const stop = () => watcher.end();
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', stop);
      this.watchers.add(watcher);
    });
  }

  async lease(_seconds: number): Promise<StoreLease> {
    this.requireReach();
    const lease = new Lease(this);
    this.leases.add(lease);
    return lease;
  }
  async reach(): Promise<void> {
    this.requireReach();
  }
  async close(): Promise<void> {
    for (const watcher of [...this.watchers]) watcher.end();
  }

  /** From now on it can't be reached; watches end, and leases run out. */
  cut(): void {
    this.away = true;
    for (const watcher of [...this.watchers]) watcher.end(unreachable('it is cut off'));
    for (const lease of [...this.leases]) lease.expire();
  }
  /** It can be reached again. */
  mend(): void {
    this.away = false;
  }

  /** @internal What a lease held goes. */
  forget(lease: Lease): void {
    this.leases.delete(lease);
    const gone = [...this.leased].filter(([, of]) => of === lease).map(([key]) => key);
    if (gone.length === 0) return;
    this.revision++;
    for (const key of gone) this.drop(key);
    this.tell(gone.map((key) => ({ key })));
  }
  private drop(key: string): boolean {
    this.leased.delete(key);
    return this.items.delete(key);
  }
  private tell(changes: readonly StoreChange[]): void {
    for (const { names, changed } of [...this.watchers]) {
      const heard = changes.filter(({ key }) => isNamed(key, names));
      if (heard.length > 0) changed(heard);
    }
  }
  private requireReach(): void {
    if (this.away) throw unreachable('it is cut off');
  }
}

const unreachable = (why: string): IptcError =>
  new IptcError('ERR_UNREACHABLE', `Cannot reach the store in memory: ${why}`);

/** A store in memory. `cut()` takes it away, `mend()` gives it back. */
export const memoryStore = (): MemoryStore => new MemoryStore();
