/** The tables that libiptc reads and writes, through the addon. */
import { constants } from 'node:os';
import { decodeText, encodeText } from '../../net/text';
import { loadAddon, type NativeApplyOptions, type NativeSession, type NativeStream } from '../addon';
import type {
  ApplyOptions,
  Backend,
  BackendFailure,
  BackendSet,
  Family,
  LockedTable,
  LockWait,
  Timing,
} from '../backend';
import { explained, explainedNow } from './refusal';

export interface NativeOptions {
  readonly family: Family;
  /** As in NativeSessionOptions. */
  readonly namespace?: string | number | undefined;
  readonly lockFile?: string | undefined;
  readonly lockSocket?: boolean | undefined;
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

const { ENOENT, ENOPROTOOPT, EPROTONOSUPPORT } = constants.errno;

class NativeBackend implements Backend {
  readonly kind = 'legacy';
  readonly family: Family;
  readonly namespace: string;
  readonly lockFile: string | undefined;
  readonly #session: NativeSession;
  #lastId = 0;
  #closed: Promise<void> | undefined;

  constructor({ family, namespace, lockFile, lockSocket = false }: NativeOptions) {
    const { Session } = loadAddon();
    this.family = family;
    this.lockFile = lockFile;
    this.#session = new Session({ family: family === 'ipv4' ? 4 : 6, namespace, lockFile, lockSocket });
    this.namespace = `/proc/${process.pid}/task/${this.#session.thread}/ns/net`;
  }

  snapshot(table: string): Promise<ArrayBuffer> {
    return this.#session.snapshot(table);
  }

  snapshotSync(table: string): ArrayBuffer {
    return this.#session.snapshotSync(table);
  }

  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    return this.#waiting(options, (id) =>
      this.#session.apply(table, program, { id, ...nativeOptions(options) }).catch(explained),
    );
  }

  applySync(table: string, program: Uint8Array, options: ApplyOptions): Timing {
    try {
      return this.#session.applySync(table, program, nativeOptions(options));
    } catch (error) {
      throw explainedNow(error);
    }
  }

  async lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const { idle } = options;
    return this.#waiting(options, async (id) => {
      const stream = this.#session.begin(table, { id, idle, ...nativeOptions(options) });
      await stream.opened();
      return new StreamedTable(stream);
    });
  }

  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    return newest(this.#session.revision(kind === 'target', name, revision));
  }

  findSet(name: string): BackendSet | undefined {
    const set = this.#session.setByName(encodeText(name));
    return typeof set === 'number' ? noSet(set) : { index: set.index, family: FAMILIES.get(set.family) };
  }

  setName(index: number): string | undefined {
    const name = this.#session.setByIndex(index);
    return typeof name === 'string' ? decodeText(Buffer.from(name, 'latin1')) : noSet(name);
  }

  close(): Promise<void> {
    this.#closed ??= this.#session.close();
    return this.#closed;
  }

  /** Posts a job that waits for the lock; the signal cancels it as long as it does. */
  async #waiting<T>({ signal }: LockWait, post: (id: number) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw failure('lock', constants.errno.ECANCELED, 'Gave up before the lock was asked for');
    const id = ++this.#lastId;
    const job = post(id);
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

  constructor(stream: NativeStream) {
    this.#stream = stream;
  }

  snapshot(): Promise<ArrayBuffer> {
    return this.#stream.snapshot();
  }

  write(program: Uint8Array): Promise<void> {
    return this.#stream.write(program);
  }

  commit(): Promise<Timing> {
    return this.#stream.end().catch(explained);
  }

  abort(): Promise<void> {
    return this.#stream.abort();
  }
}

function nativeOptions(options: ApplyOptions): NativeApplyOptions {
  const { wait, interval = INTERVAL, keepPolicyCounters = false, chainsCapture = false, trial = false } = options;
  return { wait: wait === Number.POSITIVE_INFINITY ? -1 : wait, interval, keepPolicyCounters, chainsCapture, trial };
}

function newest(revision: number): number | undefined {
  if (revision >= 0) return revision;
  if (revision === -EPROTONOSUPPORT) return -1;
  if (revision === -ENOENT) return undefined;
  throw failure('read', -revision, "The kernel doesn't tell which extensions it has");
}

/** Without the module there are no sets. */
function noSet(error: number): undefined {
  if (error === -ENOENT || error === -ENOPROTOOPT) return undefined;
  throw failure('read', -error, "The kernel doesn't tell which sets it has");
}

function failure(stage: BackendFailure['stage'], errno: number, reason: string): BackendFailure {
  return Object.assign(new Error(reason), { stage, errno, reason, operation: 0 });
}
