/**
 * Group commit: the kernel copies a whole table at each commit, so edits that are issued together share one.
 *
 * A commit starts at the end of the tick in which its first edit was issued; edits issued while one is under way
 * join the next, in order. If the kernel refuses a batch for what a rule can cause, its halves are tried in order,
 * down to the guilty edit: the outcome is that of the same edits one by one.
 */
import type { ApplyOptions, Backend, Timing } from '../backend/backend';
import { ProgramWriter } from '../backend/writer';
import { IptcError } from '../errors';
import { type Attempt, blamesRule, isBackendFailure, toIptcError } from './failure';
import type { Metrics } from './metrics';

/** What an edit does, for its error: `append a rule to` chain INPUT. */
export interface EditName {
  readonly operation: string;
  readonly chain?: string;
}
export type Write = (program: ProgramWriter) => void;

/** Where a chain's edits go: to a CommitQueue, or into a transaction. */
export interface Edits {
  /** Settles when the edit has been made. */
  push(name: EditName, write: Write): Promise<void>;
  /** Makes it at once. */
  runSync(name: EditName, write: Write): void;
}

interface Edit extends EditName {
  /** Where its operations begin in the batch's program, and which of them is its first. */
  readonly start: number;
  readonly first: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
interface Batch {
  readonly program: ProgramWriter;
  readonly edits: Edit[];
}

export interface QueueLimits {
  /** Edits that may wait for a commit; one more rejects with ERR_QUEUE_FULL. */
  readonly edits: number;
  /** Bytes that they may take. */
  readonly bytes: number;
}

export class CommitQueue implements Edits {
  private waiting: Batch | undefined;
  private running: Promise<void> | undefined;
  private held = 0;
  private spare: ProgramWriter | undefined;
  private readonly drained: (() => void)[] = [];

  constructor(
    private readonly backend: Backend,
    private readonly table: string,
    readonly options: () => ApplyOptions,
    private readonly limits: QueueLimits,
    readonly metrics: Metrics,
  ) {}

  /** Queues an edit; `write` adds its operations at once, and may throw, which rejects. Settles when it's in the kernel. */
  push(name: EditName, write: Write): Promise<void> {
    return new Promise((resolve, reject) => {
      const batch = this.waiting ?? this.begin();
      const { program, edits } = batch;
      if (edits.length >= this.limits.edits || program.length >= this.limits.bytes) {
        reject(new IptcError('ERR_QUEUE_FULL', `Cannot ${name.operation}: ${edits.length} edits of table ${this.table} wait already`, {
          family: this.backend.family,
          table: this.table,
          chain: name.chain,
          hint: 'Await some of them, or drain(), before issuing more.',
        }));
        return;
      }
      const start = program.length;
      const first = program.operations;
      try {
        write(program);
      } catch (error) {
        // A rule's encoding fails before it writes anything, so there is nothing to take back.
        reject(error);
        return;
      }
      edits.push({ ...name, start, first, resolve, reject });
      this.metrics.edits++;
    });
  }

  private begin(): Batch {
    const batch: Batch = { program: this.spare ?? new ProgramWriter(), edits: [] };
    this.spare = undefined;
    batch.program.reset();
    this.waiting = batch;
    if (!this.running && this.held === 0) setImmediate(() => this.start(batch));
    return batch;
  }

  /** Starts the commit of what waits, if none is under way and nobody holds the queue. */
  private start(batch: Batch): void {
    if (this.waiting !== batch || this.running || this.held > 0) return;
    this.waiting = undefined;
    if (batch.edits.length === 0) return this.idle();
    this.running = this.run(batch.program.bytes, batch.edits, 0).finally(() => {
      this.running = undefined;
      this.spare = batch.program;
      if (this.waiting) this.start(this.waiting);
      else this.idle();
    });
  }

  private idle(): void {
    for (const resolve of this.drained.splice(0)) resolve();
  }

  /** Commits the edits whose operations are `bytes`; `origin` is where those began in the batch's program. */
  private async run(bytes: Uint8Array, edits: readonly Edit[], origin: number): Promise<void> {
    try {
      const timing = await this.backend.apply(this.table, bytes, this.options());
      this.metrics.committed(edits.length, timing);
      for (const edit of edits) edit.resolve();
    } catch (error) {
      if (!isBackendFailure(error)) throw error;
      if (error.stage === 'counters') {
        for (const edit of edits) edit.reject(toIptcError(error, this.attempt(edit)));
        return;
      }
      if (!blamesRule(error) || edits.length === 1) {
        for (const edit of edits) edit.reject(toIptcError(error, this.attempt(edit)));
        return;
      }
      this.metrics.splits++;
      // libiptc says which operation it refuses; the kernel doesn't.
      const guilty = error.stage === 'edit' ? this.editOf(edits, error.operation, bytes, origin) : -1;
      const parts =
        guilty >= 0
          ? [edits.slice(0, guilty), edits.slice(guilty, guilty + 1), edits.slice(guilty + 1)]
          : [edits.slice(0, edits.length >> 1), edits.slice(edits.length >> 1)];
      for (const part of parts) {
        if (part.length === 0) continue;
        if (guilty >= 0 && part[0] === edits[guilty]) {
          part[0]!.reject(toIptcError(error, this.attempt(part[0]!)));
          continue;
        }
        const [sub, subOrigin] = this.slice(bytes, edits, part, origin);
        await this.run(sub, part, subOrigin);
      }
    }
  }

  /** Which edit an operation of the program belongs to: the program may begin with one CHAIN of slice()'s. */
  private editOf(edits: readonly Edit[], operation: number, _bytes: Uint8Array, origin: number): number {
    const shift = origin === 0 ? 0 : 1;
    const first = edits[0]!.first;
    let found = 0;
    for (let i = 0; i < edits.length; i++) if (edits[i]!.first - first + shift <= operation) found = i;
    return found;
  }

  /** The program of some of a program's edits. It begins by naming the chain, which may have been said before. */
  private slice(bytes: Uint8Array, edits: readonly Edit[], part: readonly Edit[], origin: number): [Uint8Array, number] {
    const next = edits[edits.indexOf(part[part.length - 1]!) + 1];
    const begin = part[0]!.start - origin;
    const end = next ? next.start - origin : bytes.length;
    const chain = part[0]!.chain;
    const program = new ProgramWriter(end - begin + 64);
    program.chain(chain ?? '');
    const head = program.bytes;
    const whole = new Uint8Array(head.length + end - begin);
    whole.set(head);
    whole.set(bytes.subarray(begin, end), head.length);
    return [whole, part[0]!.start - head.length];
  }

  private attempt({ operation, chain }: EditName): Attempt {
    return { operation, chain, table: this.table, family: this.backend.family };
  }

  /** Settles when every edit issued before has been tried. */
  async flush(): Promise<void> {
    if (this.waiting && !this.running && this.held === 0) this.start(this.waiting);
    if (!this.waiting && !this.running) return;
    await new Promise<void>((resolve) => this.drained.push(resolve));
  }

  /** Runs `work` alone: after the edits issued before, while later ones wait. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (this.running || this.waiting) await this.flush();
    this.held++;
    try {
      return await work();
    } finally {
      this.held--;
      if (this.held === 0 && this.waiting) this.start(this.waiting);
    }
  }

  /** One edit, at once, on the calling thread; edits that wait go before it. */
  runSync(name: EditName, write: Write): void {
    if (this.held > 0)
      throw new IptcError('ERR_BUSY', `Cannot ${name.operation}: a transaction on table ${this.table} is open`, {
        family: this.backend.family,
        table: this.table,
        chain: name.chain,
        hint: 'Await it first, or use the asynchronous form, which waits for its turn.',
      });
    if (this.waiting && !this.running) this.start(this.waiting);
    const program = new ProgramWriter();
    write(program);
    let timing: Timing;
    try {
      timing = this.backend.applySync(this.table, program.bytes, this.options());
    } catch (error) {
      throw isBackendFailure(error) ? toIptcError(error, this.attempt(name)) : error;
    }
    this.metrics.edits++;
    this.metrics.committed(1, timing);
  }
}
