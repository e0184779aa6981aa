/**
 * What a table lives in: the kernel, by libiptc (legacy/) or as nf_tables (nft/), or the memory of this process (memory/).
 * All take programs (program.ts) and give snapshots (snapshot.ts), and fail by the same facts. Who else's tables there
 * are, what is locked and what the kernel's errors mean, nobody above knows.
 */
import type { ErrorCode } from '../errors';
import type { Family } from '../net/family';
import type { Steps } from '../slice';
import type { Observation, Observer } from './observe';

export type { Family };

/** What of an AbortSignal makes a job give up. */
export interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How a job waits for the xtables lock. */
export interface LockWait {
  /** Milliseconds to wait for the lock; 0 tries once, Infinity waits for ever. */
  readonly wait: number;
  /** Milliseconds between two tries. */
  readonly interval?: number;
  /** Gives up waiting; a job that has the lock already runs to its end. */
  readonly signal?: Cancellation | undefined;
}

export interface ApplyOptions extends LockWait {
  /**
   * What to do with an extension's target where a chain has its name: false refuses it (stage 'edit', EEXIST);
   * true makes it a jump to that chain, as the iptables command does.
   */
  readonly chainsCapture?: boolean;
  /**
   * Whether the program would be taken: it is run and checked, by the kernel too, and nothing changes.
   */
  readonly trial?: boolean;
}

/** What a commit cost, in microseconds. */
export interface Timing {
  readonly lockWait: number;
  /** Reading the table; a table that is replaced as a whole isn't read. */
  readonly read: number;
  /** Running the program on a copy. */
  readonly edit: number;
  /** The kernel's replace and its counters. */
  readonly commit: number;
}

/** A commit, and what its operations were to tell (told.ts), if any was. */
export interface Committed extends Timing {
  readonly told?: ArrayBuffer | undefined;
}

/** The step of a job in which it failed. */
export type Stage =
  | 'namespace' // entering the network namespace
  | 'open' // a socket can't be opened there
  | 'lock' // the xtables lock (ETIMEDOUT: waited long enough; ECANCELED: the signal)
  | 'read' // the table can't be read
  | 'edit' // an operation of the program can't be done
  | 'rule' // the backend has no words for an operation's rule; `reason` says why
  | 'commit' // the kernel refused the new table: nothing changed
  | 'unknown' // the commit may have failed: nobody tells
  | 'counters' // the new table is live, its counters could not be put back
  | 'idle' // a streamed program got no chunk for too long
  | 'busy' // a synchronous call while a program is being streamed
  | 'closed'; // the session was closed

/** An operation of a program that was refused, and why, where that can be known. */
export interface Refusal {
  /** Of which of several programs. */
  readonly part?: number | undefined;
  /** 0-based number of the operation. */
  readonly operation: number;
  readonly errno: number;
  /** The chain that isn't there, where it is that. */
  readonly missing?: string | undefined;
  /** The chain that it was about. */
  readonly chain?: string | undefined;
  /** Which of the rule's matches it was, or its target, where the kernel says so. */
  readonly element?: number | 'target' | undefined;
  /** What it was to bring there, if it was a rule. */
  readonly entry?: Uint8Array | undefined;
  /** The chains of a circle of jumps: each leads to the next, the last to the first. */
  readonly circle?: readonly string[] | undefined;
  readonly misplaced?: Misplaced | undefined;
}

/** A match or a target that packets would come to from a built-in chain in which it can't be used. */
export interface Misplaced {
  readonly kind: 'match' | 'target';
  readonly name: string;
  /** The built-in chains for which it is made. */
  readonly hooks: readonly string[];
  readonly from: string;
  /** The chains by which they come to it from there, the last is the one that it is in. */
  readonly through: readonly string[];
}

/** Why something can't be done, and what to do about it. */
export interface Cause {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string | undefined;
  /** The same in iptables' words. */
  readonly iptables?: string | undefined;
  readonly file?: string | undefined;
}

/** How a backend fails: facts; commit/failure.ts joins them with what was attempted, and where. */
export interface BackendFailure extends Error {
  readonly stage: Stage;
  /** The positive errno, 0 if there is none. */
  readonly errno: number;
  /** In the backend's own words. */
  readonly reason: string;
  /** Which of several programs it was, as far as it was one. */
  readonly part?: number | undefined;
  /** The operations that were refused (stages 'edit', 'rule' and 'commit'), as far as that is known. */
  readonly refused: readonly Refusal[];
  /** The backend's own account of it, where it has one. */
  readonly because?: Cause | undefined;
}

/** A table under the lock, read once, that may be looked at before the program is sent, in pieces. */
export interface LockedTable {
  /** The table as it is, in the format of snapshot.ts. Only before the first write. */
  snapshot(): Promise<ArrayBuffer>;
  /** Runs a piece of a program. The bytes may be used again at once; settles when it has been run. */
  write(program: Uint8Array): Promise<void>;
  /** Writes the table to the kernel and lets go of the lock. Rejects with the first failure of any piece. */
  commit(): Promise<Timing>;
  /** Lets go of the lock; nothing changed. Harmless after commit. */
  abort(): Promise<void>;
}

/** What is to become of one of several tables that are changed as one. */
export interface TableProgram {
  readonly backend: Backend;
  readonly table: string;
  /** In pieces, one after the other; without any it is only looked at. */
  readonly pieces: readonly Uint8Array[];
  /** Whether that is what it was made for. If not, nothing is done at all: stage 'commit', EAGAIN. */
  readonly fits?: ((table: ArrayBuffer) => Steps<boolean>) | undefined;
}

export interface Looked {
  readonly version: number;
  readonly snapshot?: ArrayBuffer;
}

/** An ip_set: the index that stands for it in rules, and its family, if it has one and the kernel tells. */
export interface BackendSet {
  readonly index: number;
  readonly family?: Family | undefined;
}

/** What tables are kept in: ip_tables, as iptables-legacy does; nf_tables, as iptables-nft does; this process. */
export type BackendKind = 'legacy' | 'nft' | 'memory';

/** A chain of nft's own in a table of iptables' name: of another hook, or of a longer name. */
export interface ForeignChain {
  readonly table: string;
  readonly chain: string;
}

/** One family in one network namespace. Jobs run one after another, in the order in which they were issued. */
export interface Backend {
  readonly kind: BackendKind;
  readonly family: Family;
  /** A path to the network namespace (/proc/PID/task/TID/ns/net), while open. */
  readonly namespace: string;

  /** Whether its tables are only thought of: nobody is told what becomes of them. */
  readonly isDraft?: boolean;

  /** Its tables that are there, in iptables-save's order. */
  tables(): readonly string[];
  /** Chains in its tables that iptables has no words for, where there can be such. */
  foreignChains?(): readonly ForeignChain[];

  /** Of a table or of all: another one once rules or policies may have changed. Absent where only reading them tells. */
  version?(table?: string): Promise<number>;
  /** The table and its version; nothing of it if that is still the one that is known. What is counted may be old. */
  look?(table: string, known: number | undefined): Promise<Looked>;
  snapshot(table: string): Promise<ArrayBuffer>;
  snapshotSync(table: string): ArrayBuffer;
  /** One program, all or nothing. The bytes must not change until it settles. */
  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Committed>;
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Committed;
  /**
   * Programs for several tables, all of them or none: of this backend and of others of its kind in the same namespace.
   * Absent where each table is a commit of its own. The bytes must not change until it settles.
   */
  applyAll?(programs: readonly TableProgram[], options: ApplyOptions): Promise<readonly Timing[]>;
  /** A table kept locked over several calls. `idle`: milliseconds after which it is let go if nothing comes. */
  lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable>;

  /**
   * The newest revision that the kernel knows of a match or target, given that it knows `revision`;
   * -1 if it doesn't know that revision, undefined if it knows nothing of that name.
   */
  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined;
  /** What to do, if the kernel knows no match and no target at all. */
  lack?(): string | undefined;
  /** An ip_set by its name, and the name of an index; undefined if there is none. */
  findSet(name: string): BackendSet | undefined;
  setName(index: number): string | undefined;

  /** Tells of changes of these tables. Without it they are read again and again. */
  observe?(tables: readonly string[], observer: Observer): Observation;

  /** What a firewall opens and closes, where the backend itself outlives it. */
  session?(): Backend;

  /** Ends after the jobs already issued. Further calls fail with stage 'closed'. */
  close(): Promise<void>;
}
