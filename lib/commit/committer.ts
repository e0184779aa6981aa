/** How edits of a table get to its backend, and what is told of those that don't. */
import type { ApplyOptions, Backend, Cancellation, Refusal, Timing } from '../backend/backend';
import { ToldReader } from '../backend/told';
import { nextTurn } from '../clock';
import type { ErrorCode, IptcError } from '../errors';
import { Slice } from '../slice';
import type { Batch, Part } from './batch';
import type { Call } from './call';
import type { Events } from './events';
import { type Attempt, cannot, isBackendFailure, operationOf, toIptcError } from './failure';
import type { Origins } from './origins';
import type { PartWriter } from './parts';
import { ProgramStream } from './stream';
import type { WaitOptions } from './waiting';

/** Edits that are settled before others have a turn. */
const AT_ONCE = 4_000;
const NOT_SAID: WaitOptions = {};

/** As WaitOptions; whatever can be aborted. */
export interface Waiting {
  readonly wait?: number | undefined;
  readonly signal?: Cancellation | undefined;
}

export class Committer {
  constructor(
    readonly backend: Backend,
    readonly table: string,
    /** How a call, or edits that share a commit, wait. */
    readonly options: (how?: Waiting) => ApplyOptions,
    readonly events: Events,
    /** Says what was refused, as text. */
    private readonly print: (refused: Refusal) => string | undefined,
    /** Told of each commit. */
    private readonly committed: () => void,
  ) {}

  async commit(batch: Batch): Promise<void> {
    const parts = this.parts(batch);
    for (let step = parts.next(); !step.done; ) {
      let error: unknown;
      try {
        const { edits, program, signal } = step.value;
        const options = this.options({ wait: batch.wait, signal });
        const committed = await this.backend.apply(this.table, program, options);
        this.done(edits.length, committed);
        const told = new ToldReader(committed.told);
        for (let i = 0; i < edits.length; ) {
          edits[i]!.resolve(told);
          if (++i % AT_ONCE === 0) await nextTurn();
        }
      } catch (reason) {
        error = reason;
      }
      step = parts.next(error);
    }
  }
  commitSync(batch: Batch): void {
    const parts = this.parts(batch);
    for (let step = parts.next(); !step.done; ) {
      let error: unknown;
      try {
        const { edits, program } = step.value;
        const committed = this.backend.applySync(this.table, program, this.options({ wait: batch.wait }));
        this.done(edits.length, committed);
        const told = new ToldReader(committed.told);
        for (const { resolve } of edits) resolve(told);
      } catch (reason) {
        error = reason;
      }
      step = parts.next(error);
    }
  }
  private parts(batch: Batch): Generator<Part, void, unknown> {
    return batch.parts({
      told: ({ call, origins }, error, before) => this.told(error, call, origins, before),
      divided: (edits) => this.events.split(this.table, edits),
    });
  }

  /** One edit, on the calling thread. */
  applySync(call: Call, program: Uint8Array, origins: Origins | undefined, waiting: WaitOptions): ToldReader {
    try {
      const committed = this.backend.applySync(this.table, program, this.options(waiting));
      this.done(1, committed);
      return new ToldReader(committed.told);
    } catch (error) {
      throw this.told(error, call, origins);
    }
  }

  /** One edit of many parts, of which the first have been written. */
  async applyParts(call: Call, writing: PartWriter, waiting: WaitOptions): Promise<void> {
    const stream = new ProgramStream(this.backend, this.table, this.options(waiting));
    const slice = new Slice();
    try {
      writing.moveTo(stream);
      while (!writing.some(slice)) {
        if (stream.full) await stream.drain();
        await slice.next();
      }
      this.done(1, await stream.end());
    } catch (error) {
      writing.end();
      await stream.abort();
      throw this.told(error, call, writing.origins);
    }
  }

  /** `origins`: of which of its many parts each operation is; `before`: operations of others before its own. */
  told(error: unknown, call: Call, origins?: Origins, before = 0): unknown {
    if (!isBackendFailure(error)) return error;
    const operation = operationOf(error);
    const index = operation === undefined ? undefined : origins?.of(operation - before);
    const [refused] = error.refused;
    const rule = origins && error.stage === 'commit' && refused ? this.print(refused) : undefined;
    const told = toIptcError(error, { ...this.attempt(call), index, rule });
    if (told.code === 'ERR_CONFLICT') this.conflict(call, false);
    return told;
  }
  cannot(code: ErrorCode, call: Call, why: string, hint: string): IptcError {
    return cannot(code, this.attempt(call), why, { hint });
  }
  /** How a call waits. Throws ERR_ABORTED where that is over before it has begun. */
  waiting(call: Call): WaitOptions {
    const waiting = call.waiting?.() ?? NOT_SAID;
    if (waiting.signal?.aborted) throw this.withdrawn(call, waiting.signal);
    return waiting;
  }
  withdrawn(call: Call, { reason }: AbortSignal): IptcError {
    return cannot('ERR_ABORTED', this.attempt(call), 'its signal was aborted before it had begun', {
      applied: 'no',
      cause: reason,
    });
  }
  private attempt({ operation, chain, policy, everywhere }: Call): Attempt {
    const table = everywhere ? undefined : this.table;
    return { operation, chain, policy, table, family: this.backend.family, both: everywhere === 'both' };
  }
  /** Tells that somebody else was faster, and whether that is tried again. */
  conflict({ operation }: Pick<Call, 'operation'>, again: boolean): void {
    this.events.conflict(this.table, operation, again);
  }
  /** Of each commit. */
  done(edits: number, timing: Timing): void {
    this.events.committed(this.table, edits, timing);
    this.committed();
  }
}
