/**
 * Tables in the memory of this process: same formats and same failures as the kernel's through the addon. For tests
 * without privilege, and to see what a program would do.
 */
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { argument, optionsOf } from '../../arguments';
import type { ApplyOptions, Backend, BackendSet, Family, LockedTable, Timing } from '../backend';
import { failure } from './failure';
import * as given from './given';
import { MemoryStream, microseconds } from './stream';
import { MemoryTable } from './table';
import { settling, Turns } from './turns';

export { MemoryTable };

const { EBADF, EBUSY, ECANCELED, EINVAL } = constants.errno;

/** The revisions that a kernel knows of each match and target. */
export interface Revisions {
  readonly match: Readonly<Record<string, readonly number[]>>;
  readonly target: Readonly<Record<string, readonly number[]>>;
}

/** A table about to be written. */
export interface MemoryCommit {
  readonly table: string;
  /** The table with the program's edits, in the format of snapshot.ts. */
  snapshot(): ArrayBuffer;
}

export interface MemoryOptions {
  /** Otherwise the kernel knows whatever it is asked for. */
  readonly revisions?: Revisions | undefined;
  /** ip_sets by name: their indexes, or these with the family whose addresses they hold. */
  readonly sets?: ReadonlyMap<string, number | BackendSet> | undefined;
  /** Milliseconds that each job takes. */
  readonly delay?: number | undefined;
  /** Called before each commit that changes something. An errno that it gives is what the kernel refuses it with. */
  readonly onCommit?: ((commit: MemoryCommit) => number | undefined) | ((commit: MemoryCommit) => void) | undefined;
}

/** The steps that failNext() can make fail. */
export type Failing = 'lock' | 'read' | 'commit' | 'counters';

export class MemoryBackend implements Backend {
  /** Says that it is no network namespace. */
  readonly namespace = 'memory';
  /** All five: none is loaded on demand. */
  readonly loadedTables = ['filter', 'nat', 'mangle', 'raw', 'security'];
  /** How many commits have changed a table. */
  commits = 0;

  private readonly tables = new Map<string, MemoryTable>();
  private readonly turns: Turns;
  private readonly failing: { readonly stage: Failing; readonly errno: number }[] = [];
  /** Streams asked for and not yet ended: synchronous calls can't wait for them. */
  private readonly streams = new Set<object>();
  /** The one that is open. */
  private stream: MemoryStream | undefined;
  private closing: Promise<void> | undefined;

  readonly family: Family;
  private readonly options: MemoryOptions;

  constructor(family: Family, options?: MemoryOptions) {
    this.family = argument('MemoryBackend', 'family', family, given.family);
    this.options = optionsOf('MemoryBackend', options, given.memoryOptions);
    this.turns = new Turns(this.options.delay);
  }

  /** The table itself, past the queue and the lock. What another program would do: run() and commit() on it. */
  table(name: string): MemoryTable {
    return this.found(argument('table', 'name', name, given.tableName));
  }
  private found(name: string): MemoryTable {
    if (name.includes('\0')) throw failure('read', EINVAL, "A table's name has no zero byte");
    let table = this.tables.get(name);
    if (!table) {
      table = MemoryTable.empty(this.family, name);
      this.tables.set(name, table);
    }
    return table;
  }

  /** The next job that gets as far as this step fails there. 'counters': after its rules have been written. */
  failNext(stage: Failing, errno: number): void {
    this.failing.push({
      stage: argument('failNext', 'stage', stage, given.failing),
      errno: argument('failNext', 'errno', errno, given.errno),
    });
  }

  snapshot(table: string): Promise<ArrayBuffer> {
    return this.post(() => this.open(table).snapshot());
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.now(() => this.open(table).snapshot());
  }

  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    return this.post(() => this.edit(table, program, options), options.signal);
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Timing {
    return this.now(() => this.edit(table, program, options));
  }

  async lock(name: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const { streams } = this;
    const open = () => {
      this.failIf('lock');
      const table = this.open(name);
      this.turns.pause();
      this.stream = new MemoryStream(table, options, {
        write: () => this.write(name, table, options),
        ending: () => streams.delete(open),
        closed: () => {
          this.stream = undefined;
          this.turns.resume();
        },
      });
      return this.stream;
    };
    streams.add(open);
    try {
      return await this.post(open, options.signal);
    } catch (error) {
      streams.delete(open);
      throw error;
    }
  }

  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    this.requireOpen();
    const { revisions } = this.options;
    if (!revisions) return revision;
    const known = Object.hasOwn(revisions[kind], name) ? revisions[kind][name]! : undefined;
    return known && (known.includes(revision) ? Math.max(...known) : -1);
  }

  findSet(name: string): BackendSet | undefined {
    this.requireOpen();
    const set = this.options.sets?.get(name);
    return typeof set === 'number' ? { index: set } : set;
  }
  setName(index: number): string | undefined {
    this.requireOpen();
    for (const [name, set] of this.options.sets ?? [])
      if ((typeof set === 'number' ? set : set.index) === index) return name;
    return undefined;
  }

  close(): Promise<void> {
    this.closing ??= this.post(() => {});
    return this.closing;
  }

  private requireOpen(): void {
    if (this.closing) throw failure('closed', EBADF, 'The session is closed');
  }

  /** Runs it after the jobs issued before. The signal is for one that hasn't begun. */
  private async post<T>(run: () => T, signal?: AbortSignal): Promise<T> {
    this.requireOpen();
    return new Promise((resolve, reject) => {
      const cancel = () => {
        if (this.turns.remove(job)) reject(failure('lock', ECANCELED, 'Gave up before the lock was asked for'));
      };
      const finish = settling(run, resolve, reject);
      const job = () => {
        signal?.removeEventListener('abort', cancel);
        finish();
      };
      this.turns.post(job);
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
    });
  }

  private now<T>(run: () => T): T {
    this.requireOpen();
    if (this.streams.size > 0) throw failure('busy', EBUSY, 'A program is being streamed');
    this.stream?.drain();
    this.turns.drain();
    return run();
  }

  private open(name: string): MemoryTable {
    this.failIf('read');
    return this.found(name);
  }

  private edit(name: string, program: Uint8Array, options: ApplyOptions): Timing {
    this.failIf('lock');
    const table = this.open(name);
    const start = performance.now();
    table.run(program, options.chainsCapture);
    const edit = microseconds(start);
    return { ...this.write(name, table, options), edit };
  }

  private write(name: string, table: MemoryTable, { keepPolicyCounters = false, trial }: ApplyOptions): Timing {
    const start = performance.now();
    try {
      if (table.changed) this.check(name, table);
      if (trial) table.rollback();
      else if (table.changed) this.commit(table, keepPolicyCounters);
    } catch (error) {
      table.rollback();
      throw error;
    }
    return { lockWait: 0, read: 0, edit: 0, commit: microseconds(start) };
  }

  /** What the kernel does before it takes a table. */
  private check(name: string, table: MemoryTable): void {
    table.check();
    const errno = this.options.onCommit?.({ table: name, snapshot: () => table.snapshot() });
    if (errno) throw failure('commit', errno);
    this.failIf('commit');
  }

  private commit(table: MemoryTable, keepPolicyCounters: boolean): void {
    const lost = this.takeFailing('counters');
    table.commit(keepPolicyCounters && !lost);
    this.commits++;
    if (lost) throw failure('counters', lost);
  }

  private failIf(stage: Failing): void {
    const errno = this.takeFailing(stage);
    if (errno) throw failure(stage, errno);
  }

  private takeFailing(stage: Failing): number | undefined {
    const index = this.failing.findIndex((next) => next.stage === stage);
    return index < 0 ? undefined : this.failing.splice(index, 1)[0]!.errno;
  }
}
