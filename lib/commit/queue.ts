/**
 * Group commit: the kernel copies a whole table at each commit, so edits that are issued together share one.
 *
 * A commit starts at the end of the tick in which its first edit was issued; edits issued while one is under way join
 * the next. Edits, reads and work such as transactions have their turns in the order in which they were issued: the
 * outcome is that of the same one by one.
 */
import { ProgramWriter } from '../backend/writer';
import { Slice } from '../slice';
import { Batch, type Reading, readIn } from './batch';
import { awaited, type Call, placedAt } from './call';
import type { Committer } from './committer';
import { Origins } from './origins';
import { type Parts, PartWriter, Whole } from './parts';
import { Scope } from './scope';
import { Group, Turn, Turns } from './turns';
import type { WaitOptions } from './waiting';

export type Write = (program: ProgramWriter) => void;

/** Where a chain's edits go: to a CommitQueue, or into a transaction. */
export interface Edits {
  /** Settles when the edit has been made, with what `read` makes of what it is told, if it asks for that. */
  push<R = void>(call: Call, write: Write, read?: Reading<R>): Promise<R>;
  /** Makes it at once. */
  runSync<R = void>(call: Call, write: Write, read?: Reading<R>): R;
  /** The same for an edit of many parts, all or none. An error tells the index of the part. */
  pushEach(call: Call, parts: Parts): Promise<void>;
  runEachSync(call: Call, parts: Parts): void;
}

export interface QueueOptions {
  /** Edits that may wait for a commit of a table; one more rejects with ERR_QUEUE_FULL. A million unless told. */
  readonly edits: number;
  /** Bytes that they may take. 256 MiB unless told. */
  readonly bytes: number;
  /**
   * Milliseconds from the end of a table's commit to the next; what is issued meanwhile shares it. None unless told.
   * The synchronous forms don't wait for it.
   */
  readonly interval: number;
}

/** Work that has tables to itself. */
export interface Work<T> {
  /** `a transaction`: what is told to those who can't wait for it. */
  readonly name: string;
  /** Whose code it runs. */
  readonly scope?: Scope;
  run(): Promise<T>;
}

/** A buffer larger than this isn't kept. */
const SPARE = 8 << 20;
export class CommitQueue implements Edits {
  private readonly turns: Turns;
  private readonly writers: ProgramWriter[] = [];
  /** Of the turns that wait: the edits, and their bytes. */
  private waiting = 0;
  private bytes = 0;

  constructor(
    private readonly committer: Committer,
    private readonly limits: QueueOptions,
  ) {
    this.turns = new Turns(limits.interval);
  }

  /** Queues an edit; `write` adds its operations at once, and may throw, which rejects. Settles when it's in the kernel. */
  push<R = void>(call: Call, write: Write, read?: Reading<R>): Promise<R> {
    const writer = this.writer();
    try {
      const scope = this.admit(call);
      const waiting = this.committer.waiting(call);
      this.requireRoom(call);
      write(writer);
      return awaited(this.add(call, waiting, writer, undefined, scope, read));
    } catch (error) {
      return Promise.reject(placedAt(error, call.method));
    } finally {
      this.keep(writer);
    }
  }

  /** One that takes long to write is written in slices, when its turn comes, and has a commit of its own. */
  pushEach(call: Call, parts: Parts): Promise<void> {
    try {
      const scope = this.admit(call);
      const waiting = this.committer.waiting(call);
      this.requireRoom(call);
      const whole = new Whole();
      const writing = new PartWriter(parts, whole);
      if (writing.some(new Slice())) return awaited(this.add(call, waiting, whole.piece, writing.origins, scope));
      this.committer.events.metrics.edits++;
      const run = () => this.committer.applyParts(call, writing, waiting);
      return awaited(this.alone(call, waiting, { name: 'a long list of rules', run }, scope));
    } catch (error) {
      return Promise.reject(placedAt(error, call.method));
    }
  }

  /** One edit, at once, on the calling thread. What waits goes before it. */
  runSync<R = void>(call: Call, write: Write, read?: Reading<R>, origins?: Origins): R {
    return this.now(call, () => {
      const waiting = this.committer.waiting(call);
      const writer = this.writer();
      try {
        write(writer);
        this.committer.events.metrics.edits++;
        const told = this.committer.applySync(call, writer.bytes, origins, waiting);
        this.turns.tick();
        return readIn(read, told);
      } finally {
        this.keep(writer);
      }
    });
  }
  runEachSync(call: Call, parts: Parts): void {
    const origins = new Origins();
    this.runSync(call, (writer) => void new PartWriter(parts, new Whole(writer), origins).some(), undefined, origins);
  }

  /** What is read of the table, with all that was issued before. */
  async read<T>(call: Call, snapshot: () => Promise<T>): Promise<T> {
    try {
      if (this.isOwn()) return await snapshot();
      const scope = this.admit(call);
      const { signal } = this.committer.waiting(call);
      if (this.turns.idle) return await snapshot();
      const read = new Promise<T>((resolve, reject) => {
        const begin = async () => {
          if (!signal?.aborted) void snapshot().then(resolve, reject);
        };
        this.turns.add(new Turn(begin), scope !== undefined);
      });
      return await this.awaiting(scope, this.abortable(call, signal, read));
    } catch (error) {
      throw this.committer.told(error, call);
    }
  }
  readSync(call: Call): ArrayBuffer {
    const { backend, table } = this.committer;
    const read = () => {
      try {
        return backend.snapshotSync(table);
      } catch (error) {
        throw this.committer.told(error, call);
      }
    };
    return this.now(call, read, this.isOwn());
  }

  /** Runs work alone: after what was issued before, while what is issued later waits. With the same of other tables. */
  async exclusively<T>(call: Call, work: Work<T>, others: readonly CommitQueue[] = []): Promise<T> {
    const queues = [this, ...others];
    const [scope] = queues.map((queue) => queue.admit(call));
    return this.alone(call, this.committer.waiting(call), work, scope, queues);
  }
  private async alone<T>(
    call: Call,
    { signal }: WaitOptions,
    { name, scope: inner, run }: Work<T>,
    scope: Scope | undefined,
    queues: readonly CommitQueue[] = [this],
  ): Promise<T> {
    const tables = queues.map(({ turns }) => turns);
    let begun = false;
    const done = new Promise<T>((resolve, reject) => {
      const start = async () => {
        if (signal?.aborted) return;
        begun = true;
        try {
          resolve(await run());
        } catch (error) {
          reject(error);
        }
      };
      new Group(name, tables, inner, scope !== undefined, start).join();
    });
    const abortable = this.abortable(call, signal, done, () => begun);
    return tables.reduce((awaited, turns) => (scope ? scope.awaiting(turns, awaited) : awaited), abortable);
  }
  /** Settled by the signal, too, as long as it hasn't begun. */
  private async abortable<T>(
    call: Call,
    signal: AbortSignal | undefined,
    job: Promise<T>,
    begun = () => false,
  ): Promise<T> {
    if (!signal) return job;
    let abort: () => void;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        if (!begun()) reject(this.committer.withdrawn(call, signal));
      };
    });
    signal.addEventListener('abort', abort!);
    try {
      return await Promise.race([job, aborted]);
    } finally {
      signal.removeEventListener('abort', abort!);
    }
  }

  /** How many turns have been asked for: if none has since, whoever has one that waits may take others with it. */
  get asked(): number {
    return this.turns.asked;
  }
  /** Whether nothing has been issued that isn't over. */
  get idle(): boolean {
    return this.turns.idle;
  }
  /** Whether the code that is running is part of work that has the table. */
  isOwn(): boolean {
    const { holder } = this.turns;
    return holder !== undefined && Scope.current()?.isWithin(holder) === true && !holder.seals(this.committer.backend);
  }

  /** Refuses what would wait for ever, because it is part of what it would wait for. Gives the work that it is part of. */
  admit(call: Call): Scope | undefined {
    const scope = Scope.current();
    if (!scope) return undefined;
    const { holder } = this.turns;
    const blocking = holder?.waitsFor(scope) ? holder : scope.sealing(this.committer.backend);
    if (!blocking) return scope;
    const own = scope.isWithin(blocking);
    throw this.committer.cannot(
      'ERR_DEADLOCK',
      call,
      own ? `it is part of ${blocking.name}, and would wait for it` : `${blocking.name} waits for ${scope.name}`,
      own ? blocking.remedy : 'Begin transactions on several tables in the same order everywhere.',
    );
  }

  /** Settles when all that was issued before has been tried. */
  async drain(call: Call): Promise<void> {
    const scope = this.admit(call);
    const { signal } = this.committer.waiting(call);
    await this.awaiting(scope, this.abortable(call, signal, this.turns.settled()));
  }

  /** The same at once. Throws ERR_BUSY for work that can't be waited for. */
  drainSync(call: Call): void {
    this.now(call, () => {});
  }

  private awaiting<T>(scope: Scope | undefined, promise: Promise<T>): Promise<T> {
    return scope ? scope.awaiting(this.turns, promise) : promise;
  }

  private writer(): ProgramWriter {
    const writer = this.writers.pop() ?? new ProgramWriter();
    writer.reset();
    return writer;
  }
  private keep(writer: ProgramWriter): void {
    if (writer.length <= SPARE && this.writers.length < 4) this.writers.push(writer);
  }

  private add<R = void>(
    call: Call,
    { wait, signal }: WaitOptions,
    writer: ProgramWriter,
    origins: Origins | undefined,
    scope: Scope | undefined,
    read?: Reading<R>,
  ): Promise<R> {
    const nested = scope !== undefined;
    let batch = this.turns.joinable(nested);
    if (!batch || batch.wait !== wait) {
      const opened = new Batch(this.writer(), wait, (edit, its) => this.committer.withdrawn(edit, its));
      batch = opened;
      this.turns.add(new Turn(() => this.commit(opened), opened), nested);
    }
    this.waiting++;
    this.bytes += writer.length;
    this.committer.events.metrics.edits++;
    return this.awaiting(scope, batch.add(call, writer, origins, signal, read));
  }

  private async commit(batch: Batch): Promise<void> {
    this.take(batch);
    await this.committer.commit(batch);
    this.keep(batch.program);
  }
  private commitSync(batch: Batch): void {
    this.take(batch);
    this.committer.commitSync(batch);
    this.keep(batch.program);
  }
  private take(batch: Batch): void {
    this.waiting -= batch.length;
    this.bytes -= batch.program.length;
  }

  /** Runs it on the calling thread, behind what waits. `anyway`: it has nothing to wait for. */
  private now<T>(call: Call, run: () => T, anyway = false): T {
    try {
      const { work } = this.turns;
      if (work && !anyway)
        throw this.committer.cannot(
          'ERR_BUSY',
          call,
          `${work.name} of table ${this.committer.table} is open`,
          work.scope && Scope.current()?.isWithin(work.scope)
            ? work.scope.remedy
            : 'Await it first, or use the asynchronous form, which waits for its turn.',
        );
      if (!work) this.turns.flush((turn) => (turn.batch ? this.commitSync(turn.batch) : void turn.run()));
      return run();
    } catch (error) {
      throw placedAt(error, call.method);
    }
  }

  private requireRoom(call: Call): void {
    if (this.waiting < this.limits.edits && this.bytes < this.limits.bytes) return;
    throw this.committer.cannot(
      'ERR_QUEUE_FULL',
      call,
      `${this.waiting} edits of table ${this.committer.table} wait already`,
      'Await some of them, or drain(), before issuing more.',
    );
  }
}
