/**
 * The addon, as C++ declares it: the only file that loads it. It moves bytes and knows no extension.
 *
 * A `Session` is one family in one network namespace with a thread of its own. Jobs run there in the order in which
 * they were posted; libuv's pool is never used, and the main thread never waits for libiptc but in the synchronous
 * forms. The formats of programs and snapshots are in program.ts and snapshot.ts.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { IptcError } from '../errors';
import type { Committed, Stage } from './backend';

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
  /** What cancel() knows the job by: any number, unique among the session's unsettled jobs. */
  readonly id?: number | undefined;
  readonly wait: number;
  readonly interval: number;
  readonly keepPolicyCounters: boolean;
  readonly chainsCapture: boolean;
  readonly trial: boolean;
}

export interface NativeFailure extends Error {
  readonly stage: Stage;
  /** The positive errno, 0 if there is none. */
  readonly errno: number;
  /** libiptc's own sentence for it. */
  readonly reason: string;
  /** 0-based number of the program's operation that failed (stage 'edit', or 'commit' with a program). */
  readonly operation: number;
  /** The chain that isn't there, where it is that (stage 'edit', ENOENT): its bytes, each a character. */
  readonly missing?: string;
  /** The operation that the kernel refuses (stage 'commit'), if one is to blame, behind the CHAIN that it is about. */
  program?: ArrayBuffer;
  /** The table that the operations up to it make, in the format of snapshot.ts. */
  table?: ArrayBuffer;
}

/**
 * Every rejection and throw is a NativeFailure; of a value of another type than
 * is declared here a TypeError. Programs are copied by the call: what becomes of the caller's bytes then doesn't matter.
 */
export interface NativeSession {
  /** The kernel's id of the session's thread (its namespace is /proc/PID/task/TID/ns/net). */
  readonly thread: number;

  snapshot(table: string): Promise<ArrayBuffer>;
  snapshotSync(table: string): ArrayBuffer;
  apply(table: string, program: Uint8Array, options: NativeApplyOptions): Promise<Committed>;
  applySync(table: string, program: Uint8Array, options: NativeApplyOptions): Committed;

  /**
   * A streamed job: lock and read, then what comes, until end or abort. Without a call for `idle` milliseconds, at the
   * first failure, and when nobody holds the stream any more, the lock is let go at once.
   */
  begin(table: string, options: NativeApplyOptions & { readonly idle: number }): NativeStream;

  /** Gives up a job that hasn't got the lock yet (it fails with stage 'lock', ECANCELED). No effect on any other. */
  cancel(id: number): void;

  /**
   * getsockopt(IPT_SO_GET_INFO): how large the table is, and where its chains begin; or -errno. Costs a microsecond, and
   * needs no turn.
   */
  outline(table: string): ArrayBuffer | number;
  /** A number for all of its entries, but for what they have counted. Costs what the kernel takes to hand them out. */
  digest(table: string): Promise<bigint>;
  /** Whether somebody has opened and closed the lock's file since the last call; false, too, where that can't be told. */
  lockUsed(): boolean;
  /**
   * getsockopt(IPT_SO_GET_REVISION_MATCH or _TARGET): the newest revision known, given that this one is, or -errno.
   * Needs no turn: it is answered while a program is being streamed, too.
   */
  revision(target: boolean, name: string, revision: number): number;
  /**
   * getsockopt(SO_IP_SET, IP_SET_OP_GET_FNAME / _BYINDEX): the set or its name (each byte a character), or -errno. The
   * family is an NFPROTO_…, 0 (NFPROTO_UNSPEC) where a set takes both or the kernel doesn't tell.
   */
  setByName(name: Uint8Array): { readonly index: number; readonly family: number } | number;
  setByIndex(index: number): string | number;

  /** Settles when the jobs posted before are done, the thread has ended, and nothing is open any more. */
  close(): Promise<void>;
}

/** What may be called before the table is there waits for it. After end() or abort() nothing has an effect. */
export interface NativeStream {
  /** Settles when the lock is held and the table read. */
  opened(): Promise<void>;
  snapshot(): Promise<ArrayBuffer>;
  /**
   * Whole operations; the chain that CHAIN named holds for the next piece, too. Settles when they have been run.
   * Never rejects: a failure comes out of end().
   */
  write(program: Uint8Array): Promise<void>;
  end(): Promise<Committed>;
  abort(): Promise<void>;
}

export interface NativeNetlinkOptions {
  /** NETLINK_…: 12 is NETLINK_NETFILTER. */
  readonly protocol: number;
  /** As in NativeSessionOptions. */
  readonly namespace?: string | number | undefined;
  /** The groups that it listens to, by number: 7 is NFNLGRP_NFTABLES. */
  readonly groups?: readonly number[];
  /** How many bytes may wait to be received; as many as usual (net.core.rmem_default) unless told. */
  readonly receiveBuffer?: number;
}

/** A piece of a batch in the addon's own memory. */
export interface NativePiece {
  readonly nativePiece: never;
}

/** What a netlink socket received: whole messages, one behind another, each at a multiple of four. */
export interface NativeNetlinkAnswer {
  readonly messages: ArrayBuffer;
  /** What was dumped changed meanwhile (NLM_F_DUMP_INTR): it may be the old, the new, or neither. */
  readonly interrupted: boolean;
  /** More came than the receive buffer holds (ENOBUFS), and is lost. */
  readonly lost: boolean;
}

/**
 * A netlink socket in one network namespace, with a thread of its own. It knows a message's header and the two types by
 * which an answer ends, nothing else: what the messages say, their sequence numbers and what becomes of an error in an
 * answer is the caller's. Who asks and listens takes a socket for each, or finds both in what he gets.
 *
 * The asynchronous calls run on the thread, one after another; the synchronous ones on the calling thread, after those.
 * Bytes that are handed in are copied by the call. Rejections and throws are Errors with the fields
 * `stage` ('namespace', 'open', 'send', 'receive' or 'closed'), `errno` and `reason`.
 */
export interface NativeNetlink {
  /** The kernel's id of the socket's thread (its namespace is /proc/PID/task/TID/ns/net). */
  readonly thread: number;
  /** The nlmsg_pid of this socket's messages: how it knows its own among the events. */
  readonly port: number;

  /**
   * Sends each message when the one before has been answered, and gives all that was received until the last one was.
   * Each has to ask for an ack or a dump: by an NLMSG_ERROR or NLMSG_DONE of its sequence number an answer ends.
   */
  request(messages: Uint8Array): Promise<NativeNetlinkAnswer>;
  requestSync(messages: Uint8Array): NativeNetlinkAnswer;

  /**
   * Sends the pieces as one datagram, all or nothing for the kernel's batches, and gives what the kernel had answered
   * when it was done: errors, acks and echoes, or nothing. The send buffer grows to the pieces, beyond
   * net.core.wmem_max where CAP_NET_ADMIN holds outside of every user namespace (else stage 'send', EMSGSIZE: nothing
   * was sent); the receive buffer grows to that many answers.
   */
  transact(pieces: readonly (Uint8Array | NativePiece)[], answers: number): Promise<NativeNetlinkAnswer>;
  transactSync(pieces: readonly (Uint8Array | NativePiece)[], answers: number): NativeNetlinkAnswer;
  /** A copy of a piece, made before it is sent: to copy all of a large batch at once takes long. And the copy's bytes. */
  keep(piece: Uint8Array): NativePiece;
  kept(piece: NativePiece): ArrayBuffer;

  /**
   * Waits until something comes: events, or else what nobody asked for. Needs no turn. What isn't received stays in the
   * kernel's buffer; when that was full, the next answer is `lost`. While it waits, the process doesn't end by itself.
   */
  receive(): Promise<NativeNetlinkAnswer>;
  /** What has come until now, if anything has. */
  receiveNow(): NativeNetlinkAnswer;

  /** Settles when the calls before are done and the socket is closed; who waits to receive is rejected. */
  close(): Promise<void>;
}

export interface NativeAddon {
  /** Starts the thread and enters the namespace; throws (stage 'namespace') if that fails. */
  readonly Session: new (
    options: NativeSessionOptions,
  ) => NativeSession;
  /** Starts the thread, enters the namespace and opens the socket; throws (stage 'namespace' or 'open') if that fails. */
  readonly Netlink: new (
    options: NativeNetlinkOptions,
  ) => NativeNetlink;
}

/** Two folders up, from lib/backend as from dist/shared, is the package. */
const ROOT = join(__dirname, '..', '..');

let addon: NativeAddon | undefined;

/**
 * Not before it is needed: reading and writing rules as text or data needs no addon. From a file, if one is told and it
 * isn't loaded yet.
 */
export function loadAddon(file?: string): NativeAddon {
  if (addon === undefined) {
    const load = createRequire(__filename);
    try {
      addon = (file === undefined ? found(load) : load(resolve(file))) as NativeAddon;
    } catch (error) {
      throw new IptcError('ERR_NO_ADDON', `Cannot load the addon: ${whyNot(error as Error, file)}`, {
        cause: error,
      });
    }
  }
  return addon;
}

/** The prebuilt one for this C library, of which node-gyp-build asks Alpine alone; or what was built here. */
function found(load: NodeRequire): unknown {
  const isTold = process.env.LIBC !== undefined;
  if (!isTold && isMusl()) process.env.LIBC = 'musl';
  try {
    return load('node-gyp-build')(ROOT);
  } finally {
    if (!isTold) delete process.env.LIBC;
  }
}

/** By the loader that this program names, in its first bytes: the C library that it has is the one that counts. */
function isMusl(): boolean {
  const start = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, 'r');
    readSync(file, start);
    closeSync(file);
  } catch {
    // who may run it but not read it has to have what nearly everybody has
  }
  return start.includes('/ld-musl-');
}

const COMMAND = `run \`node ${join(ROOT, 'native', 'build.js')}\``;
const BUILD =
  'To build it, install a C++ compiler, make, python3, pkg-config and the headers of libiptc (libiptc-dev, libip4tc-dev ' +
  `and libip6tc-dev; iptables-devel; or iptables-dev and linux-headers), then ${COMMAND}.`;

/** What is missing and what to do, instead of the loader's own words. */
function whyNot(error: NodeJS.ErrnoException & { resource?: string }, file: string | undefined): string {
  const { message, code, resource } = error;
  if (process.platform !== 'linux') return `iptables needs Linux, this is ${process.platform}.`;
  if (code === 'ERR_DLOPEN_DISABLED')
    return "Node's permission model allows no addons. Start it with --allow-addons, too.";
  if (code === 'ERR_ACCESS_DENIED')
    return `Node's permission model doesn't let it read ${resource}. Start it with --allow-fs-read for that, too, or for *.`;
  if (file === undefined && !existsSync(join(ROOT, 'native', 'build.js')))
    return (
      `it isn't beside the code, which was bundled into ${__filename}. Leave libiptc out of the bundle (as an external ` +
      'package), or give the path of its prebuilds/…/libiptc.….node as nativeBinding.'
    );
  if (message.startsWith('No native build')) return `there is none for ${process.arch} with ${cLibrary()}. ${BUILD}`;
  const library = /((?:lib|ld-)\S+\.so[.\d]*): cannot open shared object/.exec(message)?.[1];
  if (library !== undefined && /^(libc\.|ld-)/.test(library))
    return `it was built for another C library (${library}) than ${cLibrary()}. ${BUILD}`;
  if (library !== undefined) return `${library} is missing. Install the iptables package, or ${COMMAND}.`;
  const version = /version `([^']+)' not found/.exec(message)?.[1];
  if (version !== undefined) return `it was built for a newer system (${version}) than ${cLibrary()}. ${BUILD}`;
  const first = message.split('\n')[0];
  return file === undefined ? `${first}. To build it anew, ${COMMAND}.` : `${first}.`;
}

function cLibrary(): string {
  const report = process.report?.getReport() as { header: { glibcVersionRuntime?: string } } | undefined;
  const version = report?.header.glibcVersionRuntime;
  return version === undefined ? 'musl' : `glibc ${version}`;
}
