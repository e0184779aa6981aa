/**
 * The addon, as C++ declares it: the only file that loads it. It moves bytes and knows no extension.
 *
 * A `Session` is one family in one network namespace with a thread of its own. Jobs run there in the order in which
 * they were posted; libuv's pool is never used, and the main thread never waits for libiptc but in the synchronous
 * forms. The formats of programs and snapshots are in program.ts and snapshot.ts.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IptcError } from '../errors';
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
  readonly chainsCapture: boolean;
  readonly trial: boolean;
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
  /**
   * getsockopt(SO_IP_SET, IP_SET_OP_GET_FNAME / _BYINDEX): the set or its name, or -errno. The family is an NFPROTO_…,
   * 0 (NFPROTO_UNSPEC) where a set takes both or the kernel doesn't tell.
   */
  setByName(name: string): { readonly index: number; readonly family: number } | number;
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

/** Two folders up, from lib/backend as from dist/backend and from the commands' bundle, is the package. */
const ROOT = join(__dirname, '..', '..');

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
