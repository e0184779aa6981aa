/**
 * The addon, as C++ declares it: the only file that loads it. It moves bytes and knows no extension.
 *
 * A `Session` is one family in one network namespace with a thread of its own. Jobs run there in the order in which
 * they were posted; libuv's pool is never used, and the main thread never waits for libiptc but in the synchronous
 * forms. The formats of programs and snapshots are in program.ts and snapshot.ts.
 */
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { IptcError } from '../errors';
import type { ApplyOptions, Backend, BackendFailure, Family, LockedTable, LockWait, Timing } from './backend';

export interface NativeSessionOptions {
  readonly family: 4 | 6;
  /** undefined: the process's own; a path; an open file descriptor (duplicated); 'new': an anonymous one. */
  readonly namespace?: string | number | undefined;
  /** The file to flock as iptables does, normally /run/xtables.lock; undefined: none. */
  readonly lockFile?: string | undefined;
  /** Binds the abstract socket "@xtables" too, as the earliest iptables 1.4.21 does. */
  readonly lockSocket?: boolean;
}

/** Milliseconds; wait -1: for ever, 0: try once. */
export interface NativeApplyOptions {
  readonly wait: number;
  readonly interval: number;
  readonly keepPolicyCounters: boolean;
  readonly chainsCapture: boolean;
}

/**
 * Every rejection and throw is an Error with the fields of BackendFailure (backend.ts).
 * `id` is any number that the caller chooses, unique among the session's unsettled jobs; cancel() takes it.
 */
export interface NativeSession {
  /** The kernel's id of the session's thread (its namespace is /proc/PID/task/TID/ns/net). */
  readonly thread: number;

  snapshot(id: number, table: string): Promise<ArrayBuffer>;
  snapshotSync(table: string): ArrayBuffer;
  apply(id: number, table: string, program: Uint8Array, options: NativeApplyOptions): Promise<Timing>;
  applySync(table: string, program: Uint8Array, options: NativeApplyOptions): Timing;

  /**
   * A streamed job: lock and read, then what comes, until end or abort. Settles when the lock is held and the table read.
   * Each piece has whole operations; the chain that CHAIN named holds for the next piece, too. Without a call for `idle`
   * milliseconds, and at the first failure, the lock is let go at once; end() then tells why.
   */
  begin(id: number, table: string, options: NativeApplyOptions & { readonly idle: number }): Promise<void>;
  streamSnapshot(id: number): Promise<ArrayBuffer>;
  /** Copies the bytes; settles when they have been run. Never rejects: a failure comes out of end(). */
  write(id: number, program: Uint8Array): Promise<void>;
  end(id: number): Promise<Timing>;
  abort(id: number): Promise<void>;

  /** Gives up a job that hasn't got the lock yet (it fails with stage 'lock', ECANCELED). No effect on any other. */
  cancel(id: number): void;

  /**
   * getsockopt(IPT_SO_GET_REVISION_MATCH or _TARGET): the newest revision known, given that this one is, or -errno.
   * Needs no turn: it is answered while a program is being streamed, too.
   */
  revision(target: boolean, name: string, revision: number): Promise<number>;
  revisionSync(target: boolean, name: string, revision: number): number;
  /** getsockopt(SO_IP_SET, IP_SET_OP_GET_BYNAME / _BYINDEX): the index or name, or -errno. */
  setByName(name: string): number;
  setByIndex(index: number): string | number;

  /** Settles when the jobs posted before are done and the thread has ended. */
  close(): Promise<void>;
}

export interface NativeAddon {
  /** Starts the thread and enters the namespace; throws (stage 'namespace') if that fails. */
  readonly Session: new (
    options: NativeSessionOptions,
  ) => NativeSession;
}

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

/** Two folders up, from lib/backend as from dist/backend, is the package. */
const ROOT = join(__dirname, '..', '..');
/** Milliseconds between two tries for the lock. */
const INTERVAL = 10;

const { ENOENT, ENOPROTOOPT, EPROTONOSUPPORT } = constants.errno;

class NativeBackend implements Backend {
  readonly family: Family;
  readonly namespace: string;
  readonly #session: NativeSession;
  #lastId = 0;
  #closed: Promise<void> | undefined;

  constructor({ family, namespace, lockFile, lockSocket = false }: NativeOptions) {
    const { Session } = loadAddon();
    this.family = family;
    this.#session = new Session({ family: family === 'ipv4' ? 4 : 6, namespace, lockFile, lockSocket });
    this.namespace = `/proc/${process.pid}/task/${this.#session.thread}/ns/net`;
  }

  snapshot(table: string): Promise<ArrayBuffer> {
    return this.#session.snapshot(++this.#lastId, table);
  }

  snapshotSync(table: string): ArrayBuffer {
    return this.#session.snapshotSync(table);
  }

  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    return this.#waiting(options, (id) => this.#session.apply(id, table, program, nativeOptions(options)));
  }

  applySync(table: string, program: Uint8Array, options: ApplyOptions): Timing {
    return this.#session.applySync(table, program, nativeOptions(options));
  }

  async lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const { idle } = options;
    return this.#waiting(options, async (id) => {
      await this.#session.begin(id, table, { ...nativeOptions(options), idle });
      return new StreamedTable(this.#session, id);
    });
  }

  async revision(kind: 'match' | 'target', name: string, revision: number): Promise<number | undefined> {
    return newest(await this.#session.revision(kind === 'target', name, revision));
  }

  revisionSync(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    return newest(this.#session.revisionSync(kind === 'target', name, revision));
  }

  setIndex(name: string): number | undefined {
    const index = this.#session.setByName(name);
    return index >= 0 ? index : noSet(index);
  }

  setName(index: number): string | undefined {
    const name = this.#session.setByIndex(index);
    return typeof name === 'string' ? name : noSet(name);
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
  readonly #session: NativeSession;
  readonly #id: number;
  #over = false;

  constructor(session: NativeSession, id: number) {
    this.#session = session;
    this.#id = id;
  }

  snapshot(): Promise<ArrayBuffer> {
    return this.#session.streamSnapshot(this.#id);
  }

  write(program: Uint8Array): Promise<void> {
    return this.#session.write(this.#id, program);
  }

  commit(): Promise<Timing> {
    this.#over = true;
    return this.#session.end(this.#id);
  }

  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#session.abort(this.#id);
  }
}

function nativeOptions(options: ApplyOptions): NativeApplyOptions {
  const { wait, interval = INTERVAL, keepPolicyCounters = false, chainsCapture = false } = options;
  return { wait: wait === Number.POSITIVE_INFINITY ? -1 : wait, interval, keepPolicyCounters, chainsCapture };
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

let addon: NativeAddon | undefined;

/** Not before it is needed: reading and writing rules as text or data needs no addon. */
export function loadAddon(): NativeAddon {
  if (addon === undefined) {
    try {
      addon = createRequire(__filename)('node-gyp-build')(ROOT) as NativeAddon;
    } catch (error) {
      throw new IptcError('ERR_NO_ADDON', `The addon can't be loaded: ${whyNot(error as Error)}`, { cause: error });
    }
  }
  return addon;
}

const BUILD =
  'To build it, install a C++ compiler, make, python3, pkg-config and the headers of libiptc (libiptc-dev, libip4tc-dev ' +
  'and libip6tc-dev; iptables-devel; or iptables-dev and linux-headers), then run `npm rebuild libiptc`.';

/** What is missing and what to do, instead of the loader's own words. */
function whyNot({ message }: Error): string {
  if (process.platform !== 'linux') return `iptables needs Linux, this is ${process.platform}.`;
  if (message.startsWith('No native build')) return `there is none for ${process.arch} with ${cLibrary()}. ${BUILD}`;
  const library = /((?:lib|ld-)\S+\.so[.\d]*): cannot open shared object/.exec(message)?.[1];
  if (library !== undefined && /^(libc\.|ld-)/.test(library))
    return `it was built for another C library (${library}) than ${cLibrary()}. ${BUILD}`;
  if (library !== undefined)
    return `${library} is missing. Install the iptables package, or run \`npm rebuild libiptc\`.`;
  const version = /version `([^']+)' not found/.exec(message)?.[1];
  if (version !== undefined) return `it was built for a newer system (${version}) than ${cLibrary()}. ${BUILD}`;
  return `${message.split('\n')[0]}. Run \`npm rebuild libiptc\`.`;
}

function cLibrary(): string {
  const report = process.report?.getReport() as { header: { glibcVersionRuntime?: string } } | undefined;
  const version = report?.header.glibcVersionRuntime;
  return version === undefined ? 'musl' : `glibc ${version}`;
}
