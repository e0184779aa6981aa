/**
 * A folder as a store, for the programs of one host. Each revision is a file of its own with all keys: whoever is first to
 * link it has made it, so that a commit is one step whatever happens. Larger values lie beside it, by their hashes.
 */
import { createHash } from 'node:crypto';
import { watch as watchFolder } from 'node:fs';
import { link, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { argument, path as isPath } from '../../arguments';
import { now, setTimeout } from '../../clock';
import { IptcError } from '../../errors';
import { makeFolder, replaceFile } from '../../persist/replace';
import { System } from '../../persist/system';
import { startOf } from '../../persist/temporary';
import {
  isNamed,
  type Store,
  type StoreChange,
  type StoreCommit,
  type StoreItem,
  type StoreLease,
  type StoreState,
} from './store';

/** A key of a revision's file: its value, or that one's hash; and whose lease it is on. */
interface Kept {
  readonly value?: string;
  readonly hash?: string;
  readonly revision: number;
  readonly owner?: { readonly pid: number; readonly start: string; readonly lease: string };
}
interface Revision {
  readonly revision: number;
  readonly keys: Readonly<Record<string, Kept>>;
}

/** Bytes up to which a value is written into the revision's file. */
const SMALL = 4096;
/** Older revisions that are kept, so that who was slow finds his number taken. */
const OLDER = 100;
/** Milliseconds: who takes longer from reading to linking begins anew. */
const SLOW = 10_000;
/** Milliseconds after which a watch looks by itself: whether processes are gone nobody tells. */
const LOOK = 1_000;

let leases = 0;

class Lease implements StoreLease {
  readonly owner = { pid: process.pid, start: startOf(process.pid)!, lease: `${process.pid}.${++leases}` };
  private end: () => void = () => {};
  readonly lost = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  constructor(private readonly of: DirectoryStore) {}
  async close(): Promise<void> {
    await this.of.forget(this.owner.lease);
    this.end();
  }
}

export class DirectoryStore implements Store {
  private readonly system = new System();
  /** @internal */
  constructor(private readonly folder: string) {}

  async read(names: readonly string[]): Promise<StoreState> {
    return this.state(await this.newest(), names);
  }

  async commit({ expect = new Map(), put = [], delete: gone = [] }: StoreCommit): Promise<boolean> {
    for (;;) {
      const begun = now();
      const old = await this.newest();
      const kept = living(old);
      for (const [key, revision] of expect) if ((kept[key]?.revision ?? 0) !== revision) return false;
      const revision = old.revision + 1;
      const keys: Record<string, Kept> = { ...kept };
      for (const key of gone) delete keys[key];
      for (const { key, value, lease } of put) {
        const owner = lease instanceof Lease ? { owner: lease.owner } : {};
        keys[key] = { ...(await this.kept(value)), revision, ...owner };
      }
      if (await this.link({ revision, keys }, begun)) return true;
    }
  }

  async watch(
    names: readonly string[],
    after: number,
    changed: (changes: readonly StoreChange[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let wake: () => void = () => {};
    const stop = () => wake();
    signal.addEventListener('abort', stop);
    const watcher = watchFolder(this.folder, () => wake());
    watcher.on('error', () => {}); // it looks by itself
    try {
      const begun = await this.newest();
      // What was deleted before the first look isn't known.
      if (begun.revision !== after) throw this.unreachable('it has changed meanwhile');
      // Of those whose process has gone since nobody has told, and no revision does.
      let known = new Map(Object.entries(begun.keys).map(([key, { revision }]) => [key, revision]));
      while (!signal.aborted) {
        const { items } = await this.read(names);
        const changes: StoreChange[] = [];
        for (const [key, item] of items) if (known.get(key) !== item.revision) changes.push({ key, item });
        for (const key of known.keys()) if (isNamed(key, names) && !items.has(key)) changes.push({ key });
        known = new Map([...items].map(([key, item]) => [key, item.revision]));
        if (changes.length > 0) changed(changes);
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      watcher.close();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Lasts as long as this process. */
  async lease(_seconds: number): Promise<StoreLease> {
    return new Lease(this);
  }
  async reach(): Promise<void> {
    await this.newest();
  }
  async close(): Promise<void> {}

  /** @internal */
  async forget(lease: string): Promise<void> {
    const { keys } = await this.newest();
    const gone = Object.keys(keys).filter((key) => keys[key]!.owner?.lease === lease);
    if (gone.length > 0) await this.commit({ delete: gone });
  }

  private async newest(): Promise<Revision> {
    for (;;) {
      const [newest] = await this.revisions();
      if (newest === undefined) return { revision: 1, keys: {} };
      try {
        return JSON.parse(await readFile(this.file(newest), 'utf8')) as Revision;
      } catch (error) {
        // Meanwhile it may have become an old one.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw this.unreachable((error as Error).message, error);
      }
    }
  }
  /** The newest first. */
  private async revisions(): Promise<number[]> {
    try {
      await makeFolder(this.folder);
      const names = await readdir(this.folder);
      return names.flatMap((name) => (/^\d{12}$/.test(name) ? [Number(name)] : [])).sort((a, b) => b - a);
    } catch (error) {
      throw this.unreachable((error as Error).message, error);
    }
  }
  private file(revision: number): string {
    return join(this.folder, String(revision).padStart(12, '0'));
  }

  /** Makes it the newest; false if somebody else was faster. */
  private async link(revision: Revision, begun: number): Promise<boolean> {
    const file = this.file(revision.revision);
    const draft = join(
      this.folder,
      `.draft-${process.pid}-${revision.revision}-${Math.random().toString(36).slice(2)}`,
    );
    await replaceFile(this.system, draft, [JSON.stringify(revision)]);
    try {
      if (now() - begun > SLOW) return false;
      await link(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw this.unreachable((error as Error).message, error);
    } finally {
      await rm(draft, { force: true });
    }
    if (revision.revision % OLDER === 0) await this.tidy(revision);
    return true;
  }
  /** Takes away what only old revisions have. */
  private async tidy({ keys }: Revision): Promise<void> {
    for (const old of (await this.revisions()).slice(OLDER)) await rm(this.file(old), { force: true });
    const used = new Set(Object.values(keys).map(({ hash }) => hash));
    for (const name of await readdir(this.folder)) {
      if (!/^[0-9a-f]{64}$/.test(name) || used.has(name)) continue;
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      // A new one may belong to a commit that is on its way.
      if (found && Date.now() - found.mtimeMs > 6 * SLOW) await rm(path, { force: true });
    }
  }

  private async kept(value: Uint8Array): Promise<Pick<Kept, 'value' | 'hash'>> {
    if (value.length <= SMALL) return { value: Buffer.from(value).toString('base64') };
    const hash = createHash('sha256').update(value).digest('hex');
    await replaceFile(this.system, join(this.folder, hash), value);
    return { hash };
  }
  private async state(of: Revision, names: readonly string[]): Promise<StoreState> {
    const items = new Map<string, StoreItem>();
    for (const [key, { value, hash, revision }] of Object.entries(living(of)))
      if (isNamed(key, names))
        items.set(key, {
          value: hash === undefined ? Buffer.from(value!, 'base64') : await readFile(join(this.folder, hash)),
          revision,
        });
    return { revision: of.revision, items };
  }
  private unreachable(why: string, cause?: unknown): IptcError {
    return new IptcError('ERR_UNREACHABLE', `Cannot reach the store in ${this.folder}: ${why}`, { cause });
  }
}

/** Without what the leases of ended processes held. */
function living({ keys }: Revision): Readonly<Record<string, Kept>> {
  return Object.fromEntries(
    Object.entries(keys).filter(([, { owner }]) => owner === undefined || startOf(owner.pid) === owner.start),
  );
}

/**
 * A folder as a store, for one host. It is made when it is needed.
 *
 * @example const publisher = await Publisher.open(directoryStore('/var/lib/iptc-fleet/store'), { key })
 */
export const directoryStore = (path: string): DirectoryStore =>
  new DirectoryStore(argument('directoryStore', 'path', path, isPath));
