/**
 * Group commit: the kernel copies a whole table at each commit, so edits that are issued together share one.
 *
 * A commit starts at the end of the tick in which its first edit was issued; edits issued while one is under way join
 * the next, in order. If a batch is refused for what a rule can cause, its longest acceptable beginning is committed, the
 * edit behind it rejects, and the rest goes on: the outcome is that of the same edits one by one.
 */
import type { ApplyOptions, Backend, BackendFailure } from '../backend/backend';
import { ProgramWriter } from '../backend/writer';
import { IptcError } from '../errors';
import { type Attempt, blamesRule, isBackendFailure, toIptcError } from './failure';
import type { Metrics } from './metrics';
import { Origins } from './origins';
import { Slice } from './slice';
import { ProgramStream } from './stream';

/** What an edit does, for its error: `append a rule to` chain INPUT. */
export interface EditName {
  readonly operation: string;
  readonly chain?: string;
}
export type Write = (program: ProgramWriter) => void;
export type WriteEach = (program: ProgramWriter, index: number) => void;

/** Where a chain's edits go: to a CommitQueue, or into a transaction. */
export interface Edits {
  /** Settles when the edit has been made. */
  push(name: EditName, write: Write): Promise<void>;
  /** Makes it at once. */
  runSync(name: EditName, write: Write): void;
  /** The same for an edit of many parts, all or none: `write` adds the one of each index. An error tells the index. */
  pushEach(name: EditName, count: number, write: WriteEach): Promise<void>;
  runEachSync(name: EditName, count: number, write: WriteEach): void;
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

interface Edit {
  readonly name: EditName;
  /** Where its operations begin in the batch's program, and which of them is its first. */
  readonly start: number;
  readonly first: number;
  /** Which of its parts its operations come from. */
  readonly origins: Origins | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What has the table to itself while it runs: edits that share a commit, or work such as a transaction. */
interface Turn {
  readonly batch: Batch | undefined;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  done: Promise<void>;
  finish: () => void;
}
interface Batch {
  readonly program: ProgramWriter;
  readonly edits: Edit[];
}

/** An edit of more parts than these is written in slices. */
const MANY = 1_000;
/** A buffer larger than this isn't kept for the next batch. */
const SPARE = 8 << 20;

export class CommitQueue implements Edits {
  private readonly turns: Turn[] = [];
  private running: Turn | undefined;
  private scheduled = false;
  private spare: ProgramWriter | undefined;
  /** Of the turns that wait: the edits, and the bytes of those to which none is added any more. */
  private waiting = 0;
  private closedBytes = 0;
  /** Transactions and restores, waiting or running. */
  private exclusive = 0;
  /** When the last commit ended. */
  private ended = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly backend: Backend,
    private readonly table: string,
    readonly options: () => ApplyOptions,
    private readonly limits: QueueOptions,
    readonly metrics: Metrics,
    /** Told of each commit. */
    private readonly committed: () => void = () => {},
  ) {}

  /** Queues an edit; `write` adds its operations at once, and may throw, which rejects. Settles when it's in the kernel. */
  push(name: EditName, write: Write, origins?: Origins): Promise<void> {
    return new Promise((resolve, reject) => {
      const { program, edits } = this.openBatch();
      if (this.waiting >= this.limits.edits || this.closedBytes + program.length >= this.limits.bytes) {
        reject(
          this.error(
            'ERR_QUEUE_FULL',
            name,
            `${this.waiting} edits of table ${this.table} wait already`,
            'Await some of them, or drain(), before issuing more.',
          ),
        );
        return;
      }
      const start = program.length;
      const first = program.operations;
      // Each edit names its chain, so that any of them can begin a program.
      program.forgetChain();
      try {
        write(program);
      } catch (error) {
        program.rewind(start, first);
        reject(error);
        return;
      }
      edits.push({ name, start, first, origins, resolve, reject });
      this.waiting++;
      this.metrics.edits++;
    });
  }

  pushEach(name: EditName, count: number, write: WriteEach): Promise<void> {
    if (count > MANY) return this.exclusively(() => this.stream(name, count, write));
    const origins = new Origins();
    return this.push(name, each(count, write, origins), origins);
  }

  /** An edit that takes long to write: in slices, while the addon's thread reads the table. It has a commit of its own. */
  private async stream(name: EditName, count: number, write: WriteEach): Promise<void> {
    const stream = new ProgramStream(this.backend, this.table, this.options());
    const origins = new Origins();
    const slice = new Slice();
    this.metrics.edits++;
    try {
      for (let i = 0; i < count; i++) {
        origins.add(stream.operations, i);
        write(stream.piece, i);
        stream.turn();
        if ((i & 15) !== 15) continue;
        if (stream.full) await stream.drain();
        if (slice.over) await slice.next();
      }
      this.metrics.committed(1, await stream.end());
      this.committed();
    } catch (error) {
      await stream.abort();
      throw isBackendFailure(error) ? toIptcError(error, this.attempt(name, error, origins)) : error;
    }
  }

  /** Runs `work` alone: after the edits issued before, while later ones wait. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const last = this.turns[this.turns.length - 1];
      if (last?.batch) this.closedBytes += last.batch.program.length;
      this.exclusive++;
      this.add(undefined, async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        } finally {
          this.exclusive--;
        }
      });
    });
  }

  /** Settles when every edit issued before has been tried. */
  async drain(): Promise<void> {
    const batches = [this.running, ...this.turns].filter((turn) => turn?.batch);
    await batches[batches.length - 1]?.done;
  }

  /** The same for transactions and restores too, and for what is issued while it waits. */
  async idle(): Promise<void> {
    for (let last = this.last; last; last = this.last) await last.done;
  }
  private get last(): Turn | undefined {
    return this.turns[this.turns.length - 1] ?? this.running;
  }

  /** One edit, at once, on the calling thread. Edits of the commit that is under way, or about to start, go before it. */
  runSync(name: EditName, write: Write, origins?: Origins): void {
    if (this.exclusive > 0)
      throw this.error(
        'ERR_BUSY',
        name,
        `a transaction or a restore of table ${this.table} is open`,
        'Await it first, or use the asynchronous form, which waits for its turn.',
      );
    if (!this.running) this.next();
    const program = this.spare ?? new ProgramWriter();
    this.spare = undefined;
    program.reset();
    try {
      write(program);
      this.metrics.edits++;
      this.metrics.committed(1, this.backend.applySync(this.table, program.bytes, this.options()));
    } catch (error) {
      throw isBackendFailure(error) ? toIptcError(error, this.attempt(name, error, origins, program.bytes)) : error;
    } finally {
      this.spare = program;
    }
    this.ended = Date.now();
    this.committed();
  }
  runEachSync(name: EditName, count: number, write: WriteEach): void {
    const origins = new Origins();
    this.runSync(name, each(count, write, origins), origins);
  }

  private openBatch(): Batch {
    const open = this.turns[this.turns.length - 1]?.batch;
    if (open) return open;
    const batch: Batch = { program: this.spare ?? new ProgramWriter(), edits: [] };
    this.spare = undefined;
    batch.program.reset();
    this.add(batch, () => this.commit(batch));
    return batch;
  }

  private add(batch: Batch | undefined, run: () => Promise<void>): void {
    let finish!: () => void;
    const done = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.turns.push({ batch, run, done, finish });
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.running || this.turns.length === 0) return;
    this.scheduled = true;
    const start = () => {
      this.scheduled = false;
      this.next();
    };
    const wait = this.limits.interval > 0 ? this.ended + this.limits.interval - Date.now() : 0;
    if (wait > 0) setTimeout(start, wait);
    else setImmediate(start);
  }

  private next(): void {
    if (this.running) return;
    const turn = this.turns.shift();
    if (!turn) return;
    this.running = turn;
    if (turn.batch) {
      this.waiting -= turn.batch.edits.length;
      if (this.turns.length > 0) this.closedBytes -= turn.batch.program.length;
    }
    void turn.run().then(() => {
      this.running = undefined;
      this.ended = Date.now();
      turn.finish();
      this.schedule();
    });
  }

  /** Commits edits in order; if they are refused, fewer at a time, down to the one that is to blame. */
  private async commit({ program, edits }: Batch): Promise<void> {
    const { bytes } = program;
    /** Edits before have settled. */
    let from = 0;
    /** How many are tried together, and of how many it is known that one of them is to blame. */
    let count = edits.length;
    let suspects = 0;
    /** Edits accepted since the last that was rejected: where many are bad, few are tried together. */
    let accepted = 0;

    while (from < edits.length) {
      const part = edits.slice(from, from + count);
      const end = edits[from + count]?.start ?? bytes.length;
      const tried = bytes.subarray(part[0]!.start, end);
      const failure = await this.try(part, tried);
      if (failure === undefined) {
        from += count;
        accepted += count;
        suspects = Math.max(0, suspects - count);
        count = suspects > 0 ? Math.ceil(suspects / 2) : Math.min(4 * accepted, edits.length - from);
        continue;
      }
      // libiptc says which operation it refuses; the kernel doesn't.
      const blamed = failure.stage === 'edit' ? indexOf(part, part[0]!.first + failure.operation) : undefined;
      if (blamed === 0 || count === 1) {
        const { name, origins, reject } = part[0]!;
        reject(toIptcError(failure, this.attempt(name, failure, origins, tried)));
        from++;
        suspects = 0;
        count = Math.min(4 * (accepted + 1), edits.length - from);
        accepted = 0;
      } else {
        this.metrics.splits++;
        // Those before the one that libiptc blames are as suspect to the kernel as they were.
        suspects = blamed === undefined ? count : 0;
        count = blamed ?? count >> 1;
      }
    }
    if (bytes.length <= SPARE) this.spare = program;
  }

  /** One commit. What isn't a rule's fault settles the edits for good, what may be is given back. */
  private async try(edits: readonly Edit[], program: Uint8Array): Promise<BackendFailure | undefined> {
    try {
      const timing = await this.backend.apply(this.table, program, this.options());
      this.metrics.committed(edits.length, timing);
      this.committed();
      for (const edit of edits) edit.resolve();
    } catch (error) {
      if (isBackendFailure(error) && blamesRule(error)) return error;
      for (const edit of edits)
        edit.reject(isBackendFailure(error) ? toIptcError(error, this.attempt(edit.name)) : error);
    }
    return undefined;
  }

  private attempt(
    { operation, chain }: EditName,
    failure?: BackendFailure,
    origins?: Origins,
    program?: Uint8Array,
  ): Attempt {
    const index = failure?.stage === 'edit' ? origins?.of(failure.operation) : undefined;
    return { operation, chain, table: this.table, family: this.backend.family, index, program };
  }
  private error(
    code: 'ERR_QUEUE_FULL' | 'ERR_BUSY',
    { operation, chain }: EditName,
    why: string,
    hint: string,
  ): IptcError {
    return new IptcError(code, `Cannot ${operation}${chain === undefined ? '' : ` chain ${chain}`}: ${why}`, {
      family: this.backend.family,
      table: this.table,
      chain,
      hint,
    });
  }
}

export function each(count: number, write: WriteEach, origins = new Origins()): Write {
  return (program) => {
    const first = program.operations;
    for (let i = 0; i < count; i++) {
      origins.add(program.operations - first, i);
      write(program, i);
    }
  };
}

/** Which of the edits an operation belongs to. */
function indexOf(edits: readonly Edit[], operation: number): number {
  let low = 0;
  let high = edits.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edits[middle]!.first <= operation) low = middle;
    else high = middle - 1;
  }
  return low;
}
