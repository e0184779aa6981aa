/**
 * The addon, as C++ declares it: the only file that loads it. It moves bytes and knows no extension.
 *
 * A `Session` is one family in one network namespace with a thread of its own. Jobs run there in the order in which
 * they were posted; libuv's pool is never used, and the main thread never waits for libiptc but in the synchronous
 * forms. The formats of programs and snapshots are in program.ts and snapshot.ts.
 */
import type { Timing } from './backend';

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
}

/**
 * Every rejection and throw is an Error with the fields of BackendFailure (backend.ts).
 * `id` is any number that the caller chooses, unique among the session's unsettled jobs; cancel() takes it.
 */
export interface NativeSession {
  /** The kernel's id of the session's thread (its namespace is /proc/self/task/TID/ns/net). */
  readonly thread: number;

  snapshot(id: number, table: string): Promise<ArrayBuffer>;
  snapshotSync(table: string): ArrayBuffer;
  apply(id: number, table: string, program: Uint8Array, options: NativeApplyOptions): Promise<Timing>;
  applySync(table: string, program: Uint8Array, options: NativeApplyOptions): Timing;

  /** A streamed job: lock and read, then what comes, until end or abort. Settles when the lock is held and the table read. */
  begin(id: number, table: string, options: NativeApplyOptions & { readonly idle: number }): Promise<void>;
  streamSnapshot(id: number): Promise<ArrayBuffer>;
  /** Settles when the bytes have been used; never rejects: a failure comes out of end(). */
  write(id: number, program: Uint8Array): Promise<void>;
  end(id: number): Promise<Timing>;
  abort(id: number): Promise<void>;

  /** Gives up a job that waits for the lock (it fails with stage 'lock', ECANCELED). No effect on any other. */
  cancel(id: number): void;

  /** getsockopt(IPT_SO_GET_REVISION_MATCH or _TARGET): the newest revision known, or -errno. */
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
