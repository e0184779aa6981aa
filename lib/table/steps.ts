/**
 * Steps that can be taken twice: each makes something so, and tells whether it wasn't. Those of a table are taken under
 * its lock, on what is there then, so that any number of programs may take them at once; those that are issued together
 * share a commit, as edits do.
 */
import { constants } from 'node:os';
import type { LockedTable } from '../backend/backend';
import { MemoryTable } from '../backend/memory/table';
import type { TableName } from '../codec/extension';
import { awaited, type Call } from '../commit/call';
import type { Committer } from '../commit/committer';
import { blamesRule, cannot, isBackendFailure } from '../commit/failure';
import type { CommitQueue } from '../commit/queue';
import { Scope } from '../commit/scope';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { sliced } from '../slice';
import { Beginning } from './beginning';
import { Transaction } from './transaction';

const { EAGAIN } = constants.errno;

/** Milliseconds that the lock is held without a sign of life: others may keep the event loop busy. */
const IDLE = 30_000;
/** Tries, where somebody who takes no lock keeps changing the table. */
const ATTEMPTS = 100;

/** What is done, to a table as it is then. */
export type Work<F extends Family, T extends TableName, R> = (tx: Transaction<F, T>) => Promise<R>;

interface Step {
  readonly call: Call;
  /** Gives what settles it, once what it has edited is in the kernel. */
  readonly work: (tx: Transaction) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}
/** Steps that share a commit. */
interface Group {
  readonly steps: Step[];
  /** What had been asked of the table when it was: if nothing has been since, others may join. */
  asked: number;
}

export class Steps {
  private open: Group | undefined;

  constructor(
    private readonly committer: Committer,
    private readonly codec: EntryCodec,
    private readonly queue: CommitQueue,
  ) {}

  take<R>(call: Call, work: Work<Family, TableName, R>): Promise<R> {
    const taken = new Promise<R>((resolve, reject) => {
      const step = { call, work: async (tx: Transaction) => resolve.bind(undefined, await work(tx)), reject };
      const joins = this.open?.asked === this.queue.asked && !Scope.current() && !call.waiting;
      if (joins) return void this.open!.steps.push(step);
      this.begin(step);
    });
    return awaited(taken);
  }

  private begin(step: Step): void {
    const group: Group = { steps: [step], asked: 0 };
    const run = () => {
      if (this.open === group) this.open = undefined;
      return this.run(group.steps);
    };
    this.queue.exclusively(step.call, { name: 'a step', run }).catch(step.reject);
    group.asked = this.queue.asked;
    // One that waits in its own way has a commit of its own.
    if (!Scope.current() && !step.call.waiting) this.open = group;
  }

  /** Never rejects. */
  private async run(steps: readonly Step[]): Promise<void> {
    try {
      if (!(await this.tried(steps))) await this.locked(steps);
    } catch (error) {
      if (steps.length === 1 || !isBackendFailure(error) || !blamesRule(error)) {
        for (const { call, reject } of steps) reject(this.committer.told(error, call));
        return;
      }
      // The kernel doesn't say which of them it refuses.
      this.committer.events.split(this.committer.table, steps.length);
      const half = steps.length >> 1;
      await this.run(steps.slice(0, half));
      await this.run(steps.slice(half));
    }
  }

  /** Whether nothing has to be changed: that needs no lock. */
  private async tried(steps: readonly Step[]): Promise<boolean> {
    const { backend, table } = this.committer;
    const { pieces, failed, settle } = await this.taken(steps, await backend.snapshot(table));
    if (pieces.length > 0 || failed.length > 0) return false;
    for (const each of settle) each();
    return true;
  }

  private async locked(steps: readonly Step[]): Promise<void> {
    const { committer } = this;
    const { backend, table, options, events } = committer;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let locked: LockedTable | undefined;
      try {
        locked = await backend.lock(table, { ...options(steps[0]!.call.waiting?.()), idle: IDLE });
        const { pieces, failed, settle, edits } = await this.taken(steps, await locked.snapshot());
        for (const piece of pieces) await locked.write(piece);
        if (pieces.length > 0) committer.done(edits, await locked.commit());
        events.metrics.edits += edits;
        for (const each of [...settle, ...failed]) each();
        return;
      } catch (error) {
        if (!(isBackendFailure(error) && error.stage === 'commit' && error.errno === EAGAIN)) throw error;
        committer.conflict(steps[0]!.call, attempt + 1 < ATTEMPTS);
      } finally {
        await locked?.abort();
      }
    }
    throw cannot(
      'ERR_CONFLICT',
      { ...steps[0]!.call, table, family: backend.family },
      'other programs keep changing it',
      {
        hint: 'Try again later, or find out who else writes rules.',
      },
    );
  }

  /** What it takes to make a table what the steps say. One that fails changes nothing. */
  private async taken(steps: readonly Step[], snapshot: ArrayBuffer) {
    const { table, backend } = this.committer;
    const model = await sliced(MemoryTable.reading(snapshot));
    const pieces: Uint8Array[] = [];
    const settle: (() => void)[] = [];
    const failed: (() => void)[] = [];
    let edits = 0;
    for (const { call, work, reject } of steps) {
      const mark = model.mark();
      const tx = new Transaction(backend.family, table as TableName, this.codec, Beginning.with(backend, table, model));
      try {
        settle.push(await work(tx));
        pieces.push(...tx.end());
        edits += tx.edits;
      } catch (error) {
        tx.end();
        await sliced(model.returningTo(mark));
        failed.push(() => reject(this.committer.told(error, call)));
      }
    }
    return { pieces, failed, settle, edits };
  }
}
