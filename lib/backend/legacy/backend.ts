/** The tables that libiptc reads and writes, through the addon. */
import { constants } from 'node:os';
import { decodeText, encodeText } from '../../net/text';
import { loadAddon, type NativeApplyOptions, type NativeSession, type NativeStream } from '../addon';
import type {
  ApplyOptions,
  Backend,
  BackendFailure,
  BackendSet,
  Committed,
  Family,
  LockedTable,
  LockWait,
  Timing,
} from '../backend';
import type { Observation, Observer } from '../observe';
import { calling, callingNow, failure } from './failure';
import { observeLegacy } from './observe';
import type { Situation } from './reasons';
import { loadedTables } from './tables';

export interface NativeOptions {
  readonly family: Family;
  /** As in NativeSessionOptions. */
  readonly namespace?: string | number | undefined;
  readonly lockFile?: string | undefined;
  readonly lockSocket?: boolean | undefined;
  /** As in Situation. */
  readonly withoutNft?: string | undefined;
}

/** Opens one family in one namespace. Throws a BackendFailure of stage 'namespace', or ERR_NO_ADDON. */
export function openNative(options: NativeOptions): Backend {
  return new NativeBackend(options);
}

/** Milliseconds between two tries for the lock. */
const INTERVAL = 10;

/** By NFPROTO_…, as <linux/netfilter.h> has them. */
const FAMILIES: ReadonlyMap<number, Family> = new Map([
  [2, 'ipv4'],
  [10, 'ipv6'],
]);

const { EBADF, ENOENT, ENOPROTOOPT, EPROTONOSUPPORT } = constants.errno;

class NativeBackend implements Backend {
  readonly kind = 'legacy';
  readonly family: Family;
  readonly namespace: string;
  readonly #session: NativeSession;
  readonly #situation: Situation;
  #lastId = 0;
  #closed: Promise<void> | undefined;

  constructor({ family, namespace, lockFile, lockSocket = false, withoutNft }: NativeOptions) {
    const { Session } = loadAddon();
    this.family = family;
    this.#situation = { family, lockFile, withoutNft };
    const open = () => new Session({ family: family === 'ipv4' ? 4 : 6, namespace, lockFile, lockSocket });
    this.#session = callingNow({ family, namespace }, open);
    this.namespace = `/proc/${process.pid}/task/${this.#session.thread}/ns/net`;
  }

  tables(): readonly string[] {
    if (this.#closed) throw failure('closed', EBADF, 'The session is closed', this.#situation);
    return loadedTables(this.namespace, this.family);
  }

  snapshot(table: string): Promise<ArrayBuffer> {
    return calling(this.#of(table), () => this.#session.snapshot(table));
  }

  snapshotSync(table: string): ArrayBuffer {
    return callingNow(this.#of(table), () => this.#session.snapshotSync(table));
  }

  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Committed> {
    return this.#waiting(table, options, (id) =>
      this.#session.apply(table, program, { id, ...nativeOptions(options) }),
    );
  }

  applySync(table: string, program: Uint8Array, options: ApplyOptions): Committed {
    return callingNow(this.#of(table), () => this.#session.applySync(table, program, nativeOptions(options)));
  }

  lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const { idle } = options;
    return this.#waiting(table, options, async (id) => {
      const stream = this.#session.begin(table, { id, idle, ...nativeOptions(options) });
      await stream.opened();
      return new StreamedTable(stream, this.#of(table));
    });
  }

  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    const newest = callingNow(this.#situation, () => this.#session.revision(kind === 'target', name, revision));
    if (newest >= 0) return newest;
    if (newest === -EPROTONOSUPPORT) return -1;
    if (newest === -ENOENT) return undefined;
    throw this.#unanswered(newest, "The kernel doesn't tell which extensions it has");
  }

  findSet(name: string): BackendSet | undefined {
    const set = callingNow(this.#situation, () => this.#session.setByName(encodeText(name)));
    return typeof set === 'number' ? this.#noSet(set) : { index: set.index, family: FAMILIES.get(set.family) };
  }

  setName(index: number): string | undefined {
    const name = callingNow(this.#situation, () => this.#session.setByIndex(index));
    return typeof name === 'string' ? decodeText(Buffer.from(name, 'latin1')) : this.#noSet(name);
  }

  /** Without the module there are no sets. */
  #noSet(error: number): undefined {
    if (error === -ENOENT || error === -ENOPROTOOPT) return undefined;
    throw this.#unanswered(error, "The kernel doesn't tell which sets it has");
  }
  #unanswered(error: number, reason: string): BackendFailure {
    return failure('read', -error, reason, this.#situation);
  }

  observe(tables: readonly string[], observer: Observer): Observation {
    return observeLegacy(this.#session, tables, observer, (table, call) => calling(this.#of(table), call));
  }

  close(): Promise<void> {
    this.#closed ??= this.#session.close();
    return this.#closed;
  }

  #of(table: string): Situation {
    return { ...this.#situation, table };
  }

  /** Posts a job that waits for the lock; the signal cancels it as long as it does. */
  async #waiting<T>(table: string, { signal }: LockWait, post: (id: number) => Promise<T>): Promise<T> {
    const situation = this.#of(table);
    if (signal?.aborted)
      throw failure('lock', constants.errno.ECANCELED, 'Gave up before the lock was asked for', situation);
    const id = ++this.#lastId;
    const job = calling(situation, () => post(id));
    if (signal === undefined) return job;
    const cancel = () => this.#session.cancel(id);
    signal.addEventListener('abort', cancel);
    try {
      return await job;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

class StreamedTable implements LockedTable {
  readonly #stream: NativeStream;
  readonly #situation: Situation;

  constructor(stream: NativeStream, situation: Situation) {
    this.#stream = stream;
    this.#situation = situation;
  }

  snapshot(): Promise<ArrayBuffer> {
    return calling(this.#situation, () => this.#stream.snapshot());
  }

  write(program: Uint8Array): Promise<void> {
    return this.#stream.write(program);
  }

  commit(): Promise<Timing> {
    return calling(this.#situation, () => this.#stream.end());
  }

  abort(): Promise<void> {
    return this.#stream.abort();
  }
}

function nativeOptions({ wait, interval = INTERVAL, chainsCapture = false, trial = false }: ApplyOptions) {
  const most = wait === Number.POSITIVE_INFINITY ? -1 : wait;
  return { wait: most, interval, keepPolicyCounters: true, chainsCapture, trial } satisfies NativeApplyOptions;
}
