/** Edits of a table that come into force together. */
import { toldOf } from '../backend/memory/taken';
import { ToldReader } from '../backend/told';
import { ProgramWriter } from '../backend/writer';
import type { TableName } from '../codec/extension';
import { type Reading, readIn } from '../commit/batch';
import { awaited, type Call, placedAt, placedNow } from '../commit/call';
import { cannot, isBackendFailure, operationOf, toIptcError } from '../commit/failure';
import { Origins } from '../commit/origins';
import { type Parts, PartWriter, Pieces } from '../commit/parts';
import type { Edits, Write } from '../commit/queue';
import { PIECE } from '../commit/stream';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { finish, Sequence, type Steps } from '../slice';
import type { Beginning } from './beginning';
import { TableEdits } from './edits';
import { TableState } from './state';
import type { Work } from './steps';

/** To have a step after each stretch. */
const BRIEFLY = { over: true };

/** The table that it shows is the one it began with, and its own edits. */
export class Transaction<F extends Family = Family, T extends TableName = TableName> extends TableEdits<F, T> {
  /** What has been edited, in pieces. */
  private readonly written: ProgramWriter[] = [];
  /** @internal How many edits changed something. */
  edits = 0;
  /** @internal Which of them, in the order in which they were issued, each operation is of. */
  readonly origins = new Origins();
  private issued = 0;
  private operations = 0;
  private over = false;
  /** The model is edited and read bit by bit, where that takes its time. */
  private readonly sequence = new Sequence();

  /** @internal */
  constructor(
    family: F,
    name: T,
    codec: EntryCodec,
    private readonly begun: Beginning,
  ) {
    super(family, name, codec);
  }

  /** @internal */
  readonly queue: Edits = {
    push: (call, write, read) => this.begin(call, this.one(write, read)),
    runSync: (call, write, read) => this.now(call, this.one(write, read)),
    pushEach: (call, parts) => this.begin(call, this.many(call, parts)),
    runEachSync: (call, parts) => this.now(call, this.many(call, parts)),
  };

  /** @internal */
  async read(call: Call): Promise<TableState<F>> {
    return this.begun.when(async () => this.shown(await this.sequence.run(this.told(call, this.snapshotting()))));
  }
  /** @internal */
  readSync(call: Call): TableState<F> {
    return this.now(call, this.snapshotting(), (snapshot) => this.shown(snapshot));
  }
  private *snapshotting(): Steps<ArrayBuffer> {
    return yield* this.begun.model.snapshotting();
  }
  private shown(snapshot: ArrayBuffer): TableState<F> {
    return new TableState<F>(this.name, this.codec, snapshot);
  }

  /** @internal */
  take<R>(_: Call, work: Work<F, T, R>): Promise<R> {
    return awaited(work(this));
  }

  /** @internal Nothing can be done with it any more. What it has edited, in pieces. */
  end(): Uint8Array[] {
    if (!this.over) this.sequence.finish();
    this.over = true;
    return this.written.map(({ bytes }) => bytes);
  }

  /** Done in slices, if it is long. */
  private begin<R>(call: Call, steps: Steps<R>): Promise<R> {
    return awaited(this.begun.when(() => this.sequence.run(this.told(call, steps))));
  }
  /** Done at once, after what has been begun. */
  private now<R, S = R>(call: Call, steps: Steps<R>, then = (result: R) => result as unknown as S): S {
    try {
      this.begun.readNow();
      this.sequence.finish();
      this.requireOpen(call);
      return then(finish(steps));
    } catch (error) {
      throw placedAt(this.explained(error, call), call.method);
    }
  }
  private *told<R>(call: Call, steps: Steps<R>): Steps<R> {
    try {
      this.requireOpen(call);
      return yield* steps;
    } catch (error) {
      throw placedNow(this.explained(error, call), call.method);
    }
  }

  // What an edit is made of may issue others while it is read: its program is one of its own, and complete before it is
  // run.
  private *one<R>(write: Write, read: Reading<R>): Steps<R> {
    const program = new ProgramWriter();
    write(program);
    return readIn(read, yield* this.run([program]));
  }
  private *many(call: Call, parts: Parts): Steps<void> {
    const pieces = new Pieces();
    const writing = new PartWriter(parts, pieces);
    try {
      while (!writing.some(BRIEFLY)) yield;
      yield* this.run(pieces.list);
    } catch (error) {
      throw this.explained(error, call, writing.origins);
    }
  }

  /** All of the pieces, or none. */
  private *run(pieces: readonly ProgramWriter[]): Steps<ToldReader> {
    const { model } = this.begun;
    const index = this.issued++;
    const mark = model.mark();
    const runner = model.runner();
    try {
      for (const { bytes } of pieces) yield* runner.running(bytes);
    } catch (error) {
      yield* model.returningTo(mark);
      throw error;
    }
    const told = new ToldReader(toldOf(runner.told, model.layout));
    if (!model.changedSince(mark)) return told;
    this.edits++;
    this.origins.add(this.operations, index);
    for (const piece of pieces) {
      this.operations += piece.operations;
      const last = this.written[this.written.length - 1];
      if (last && last.length + piece.length <= PIECE) last.concat(piece);
      else this.written.push(piece);
    }
    return told;
  }

  private explained(error: unknown, call: Call, origins?: Origins): unknown {
    if (!isBackendFailure(error)) return error;
    const operation = operationOf(error);
    const index = operation === undefined ? undefined : origins?.of(operation);
    return toIptcError(error, this.attempt(call, index));
  }
  private requireOpen(call: Call): void {
    const signal = call.waiting?.().signal;
    if (signal?.aborted)
      throw cannot('ERR_ABORTED', this.attempt(call), 'its signal was aborted before it had begun', {
        applied: 'no',
        cause: signal.reason,
      });
    if (!this.over) return;
    throw placedAt(
      cannot('ERR_CLOSED', this.attempt(call), 'the transaction has ended', {
        hint: 'Await in its work whatever is done with it. If it runs again, it has another tx.',
      }),
      call.method,
    );
  }
}
