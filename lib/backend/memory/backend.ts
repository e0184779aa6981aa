/**
 * Tables in the memory of this process: same formats and same failures as the kernel's through the addon. For tests
 * without privilege, and to see what a program would do.
 */
import { constants } from 'node:os';
import { argument, optionsOf } from '../../arguments';
import { now } from '../../clock';
import { IptcError } from '../../errors';
import { finish, type Steps } from '../../slice';
import type {
  ApplyOptions,
  Backend,
  BackendFailure,
  BackendSet,
  Cancellation,
  Committed,
  Family,
  LockedTable,
  Looked,
  TableProgram,
  Timing,
} from '../backend';
import { Commits } from './commits';
import { failure } from './failure';
import { type Failing, type FailingCode, Faults } from './faults';
import type { CountersInput, MemoryCommit, MemoryOptions, Revisions } from './given';
import * as given from './given';
import { MemorySession } from './session';
import { MemoryStream, microseconds } from './stream';
import { MemoryTable } from './table';
import { toldOf } from './taken';
import { together } from './together';
import { settling, Turns } from './turns';

export { MemoryTable };

const { EBADF, EBUSY, ECANCELED, EINVAL } = constants.errno;

export type { CountersInput, Failing, FailingCode, MemoryCommit, MemoryOptions, Revisions };

/** The tables of one family in this process's memory, for `Firewall.open({ backend })`. They stay when that is closed. */
export class MemoryBackend implements Backend {
  readonly kind = 'memory';
  /** Says that it is no network namespace. */
  readonly namespace = 'memory';
  /** @internal */
  readonly isDraft: boolean = false;

  private readonly made = new Map<string, MemoryTable>();
  private readonly turns: Turns;
  private readonly faults: Faults;
  private readonly written: Commits;
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
    this.faults = new Faults(this.family);
    this.written = new Commits(this.options.onCommit, this.faults);
  }

  /** How many commits have changed a table. */
  get commits(): number {
    return this.written.count;
  }

  /** All five: none is loaded on demand. */
  tables(): readonly string[] {
    this.requireOpen();
    return ['filter', 'nat', 'mangle', 'raw', 'security'];
  }

  /** The table itself, past the queue and the lock. What another program would do: run() and commit() on it. */
  table(name: string): MemoryTable {
    return this.found(argument('table', 'name', name, given.tableName));
  }
  private found(name: string): MemoryTable {
    if (name.includes('\0')) throw failure('read', EINVAL, "A table's name has no zero byte");
    let table = this.made.get(name);
    if (!table) {
      table = MemoryTable.empty(this.family, name);
      this.made.set(name, table);
    }
    return table;
  }

  /**
   * The next job that gets as far as this step fails there, with an errno or so that an edit rejects with that code.
   * 'counters': after its rules have been written. With the code alone, the step is the one that mostly causes it.
   *
   * @example
   * backend.failNext('ERR_LOCK_TIMEOUT');
   * await input.append('-j DROP'); // rejects
   */
  failNext(code: FailingCode): void;
  failNext(stage: Failing, error: number | FailingCode): void;
  failNext(...[first, error]: readonly [Failing | FailingCode, (number | FailingCode)?]): void {
    if (error === undefined && typeof first === 'string' && first.startsWith('ERR_')) return this.faults.addCode(first);
    const stage = argument('failNext', 'stage', first, given.failing);
    if (typeof error === 'string') this.faults.addCode(error, stage);
    else this.faults.add(stage, argument('failNext', 'error', error, given.errno));
  }

  /**
   * Counts packets, as if they had come to the rule at a 1-based position, or to the policy of a built-in chain.
   *
   * @example backend.count('filter', 'INPUT', 1, { packets: 3, bytes: 180 })
   */
  count(table: string, chain: string, position: number | 'policy', counters: CountersInput): void {
    const name = argument('count', 'table', table, given.tableName);
    const of = argument('count', 'chain', chain, given.chainName);
    const at = argument('count', 'position', position, given.counted);
    const { packets, bytes } = argument('count', 'counters', counters, given.counters);
    try {
      const index = at === 'policy' ? at : at - 1;
      this.found(name).count(of, index, { packets: BigInt(packets), bytes: BigInt(bytes) });
    } catch (cause) {
      const rule = (cause as { errno?: number }).errno === constants.errno.E2BIG;
      throw new IptcError(
        rule ? 'ERR_NO_RULE' : 'ERR_NO_CHAIN',
        `Cannot count packets of chain ${of} of table ${name}: it has no ${rule ? `rule ${at}` : at === 'policy' ? 'policy' : 'rules, since it is not there'}`,
        { family: this.family, table: name, chain: of, cause },
      );
    }
  }

  /** Another backend whose tables hold the same, from now on each by itself: for tests that begin alike. */
  clone(): MemoryBackend {
    if (!this.closing) this.rest();
    const copy = new MemoryBackend(this.family, this.options);
    for (const [name, table] of this.made) copy.made.set(name, MemoryTable.from(table.snapshot()));
    return copy;
  }

  /** What a firewall opens: another may be opened with the same tables, at once or when it is closed. */
  session(): Backend {
    this.requireOpen();
    return new MemorySession(this);
  }

  version(table?: string): Promise<number> {
    const of = (name: string) => this.found(name).version;
    return this.post(
      atOnce(() => (table === undefined ? [...this.made.keys()].reduce((sum, name) => sum + of(name), 0) : of(table))),
    );
  }
  look(table: string, known: number | undefined): Promise<Looked> {
    return this.post(() => this.looking(table, known));
  }
  private *looking(name: string, known: number | undefined): Steps<Looked> {
    const { version } = this.open(name);
    return version === known ? { version } : { version, snapshot: yield* this.read(name) };
  }
  snapshot(table: string): Promise<ArrayBuffer> {
    return this.post(() => this.read(table));
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.now(() => this.read(table));
  }

  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Committed> {
    return this.post(() => this.edit(table, program, options), options.signal);
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Committed {
    return this.now(() => this.edit(table, program, options));
  }

  /** The others are of the other family, or of somebody else's tests. Their jobs wait meanwhile. */
  async applyAll(programs: readonly TableProgram[], options: ApplyOptions): Promise<readonly Timing[]> {
    const others = new Set(programs.map(({ backend }) => backend as MemoryBackend));
    others.delete(this);
    const release: (() => void)[] = [];
    try {
      for (const other of others) release.push(await other.hold(options.signal));
      return await this.post(() => this.editAll(programs, options), options.signal);
    } finally {
      for (const each of release) each();
    }
  }
  private async hold(signal: Cancellation | undefined): Promise<() => void> {
    const pausing = atOnce(() => this.turns.pause());
    this.streams.add(pausing);
    try {
      await this.post(pausing, signal);
    } catch (error) {
      this.streams.delete(pausing);
      throw error;
    }
    return () => {
      this.streams.delete(pausing);
      this.turns.resume();
    };
  }

  async lock(name: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    const { streams } = this;
    const open = () => {
      this.faults.failIf('lock');
      const table = this.open(name);
      this.turns.pause();
      this.stream = new MemoryStream(table, options, {
        write: (program) => this.written.write(name, table, program, options),
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
      return await this.post(atOnce(open), options.signal);
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

  /** For good, and for everybody who has it open. */
  close(): Promise<void> {
    this.closing ??= this.settled();
    return this.closing;
  }
  /** @internal Settles when the jobs issued before are done. */
  settled(): Promise<void> {
    return this.closing ?? this.post(atOnce(() => {}));
  }

  private requireOpen(): void {
    if (this.closing) throw failure('closed', EBADF, 'The session is closed');
  }

  /** Does it after the jobs issued before. The signal is for one that hasn't begun. */
  private async post<T>(work: () => Steps<T>, signal?: Cancellation): Promise<T> {
    this.requireOpen();
    return new Promise((resolve, reject) => {
      const cancel = () => {
        if (this.turns.remove(job))
          reject(this.faults.told(failure('lock', ECANCELED, 'Gave up before the lock was asked for')));
      };
      const begin = () => {
        signal?.removeEventListener('abort', cancel);
        return work();
      };
      const job = settling(begin, resolve, reject);
      this.turns.post(job);
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
    });
  }

  private now<T>(work: () => Steps<T>): T {
    this.requireOpen();
    this.rest();
    return finish(work());
  }
  /** Finishes what is under way. */
  private rest(): void {
    if (this.streams.size > 0) throw failure('busy', EBUSY, 'A program is being streamed');
    this.stream?.drain();
    this.turns.drain();
  }

  private open(name: string): MemoryTable {
    this.faults.failIf('read', name);
    try {
      return this.found(name);
    } catch (error) {
      throw this.faults.told(error as BackendFailure, name);
    }
  }
  private *read(name: string): Steps<ArrayBuffer> {
    return yield* this.open(name).snapshotting();
  }

  private *edit(name: string, program: Uint8Array, options: ApplyOptions): Steps<Committed> {
    this.faults.failIf('lock');
    const table = this.open(name);
    const start = now();
    const runner = table.runner(options.chainsCapture);
    yield* table.running(program, options.chainsCapture, runner);
    const edit = microseconds(start);
    const timing = yield* this.written.write(name, table, [program], options);
    return { ...timing, edit, told: toldOf(runner.told, table.layout) };
  }

  private editAll(programs: readonly TableProgram[], options: ApplyOptions): Steps<readonly Timing[]> {
    const open = ({ backend, table }: TableProgram, part: number) => {
      if (part === 0) this.faults.failIf('lock');
      const of = backend as MemoryBackend;
      return { table: of.open(table), written: of.written };
    };
    return together(programs, open, options);
  }
}

/** What is too short for steps. */
const atOnce = <T>(work: () => T): (() => Steps<T>) =>
  // biome-ignore lint/correctness/useYield: it has none
  function* () {
    return work();
  };
