/** Edits of a table that come into force together. */
import { MemoryTable } from '../backend/memory/table';
import { ProgramWriter } from '../backend/writer';
import type { TableName } from '../codec/extension';
import { type Call, placedAt } from '../commit/call';
import { cannot, isBackendFailure, toIptcError } from '../commit/failure';
import { Origins } from '../commit/origins';
import { PartWriter } from '../commit/parts';
import type { Edits, Write } from '../commit/queue';
import { PIECE } from '../commit/stream';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { TableEdits } from './edits';
import { TableState } from './state';

/** The table that it shows is the one it began with, and its own edits. */
export class Transaction<F extends Family = Family, T extends TableName = TableName> extends TableEdits<F, T> {
  /** @internal What the table was. */
  readonly base: TableState<F>;
  private readonly model: MemoryTable;
  /** What has been edited: pieces of one program, and the one that is being written. */
  private readonly full: ProgramWriter[] = [];
  private program = new ProgramWriter();
  /** @internal How many edits changed something. */
  edits = 0;
  private over = false;

  constructor(family: F, name: T, codec: EntryCodec, snapshot: ArrayBuffer) {
    super(family, name, codec);
    this.base = new TableState<F>(name, codec, snapshot);
    this.model = MemoryTable.from(snapshot);
  }

  /** @internal */
  readonly queue: Edits = {
    push: async (call, write) => this.run(call, write),
    runSync: (call, write) => this.run(call, write),
    pushEach: async (call, parts) => this.queue.runEachSync(call, parts),
    runEachSync: (call, parts) => {
      const origins = new Origins();
      this.run(call, (writer) => void new PartWriter(parts, writer, origins).some(), origins);
    },
  };

  /** @internal */
  async read(call: Call): Promise<TableState<F>> {
    return this.readSync(call);
  }
  /** @internal */
  readSync(call: Call): TableState<F> {
    this.requireOpen(call);
    return new TableState<F>(this.name, this.codec, this.model.snapshot());
  }

  /** @internal Nothing can be done with it any more. What it has edited, in pieces. */
  end(): Uint8Array[] {
    this.over = true;
    return [...this.full, this.program].map(({ bytes }) => bytes).filter(({ length }) => length > 0);
  }

  private run(call: Call, write: Write, origins?: Origins): void {
    try {
      this.requireOpen(call);
      // One of its own: what an edit is made of may issue others while it is read.
      const written = new ProgramWriter();
      write(written);
      if (!this.model.run(written.bytes)) return;
      this.edits++;
      if (this.program.length >= PIECE) {
        this.full.push(this.program);
        this.program = new ProgramWriter();
      }
      this.program.concat(written);
    } catch (error) {
      throw placedAt(
        isBackendFailure(error) ? toIptcError(error, this.attempt(call, origins?.of(error.operation))) : error,
        call.method,
      );
    }
  }

  private requireOpen(call: Call): void {
    if (!this.over) return;
    throw placedAt(
      cannot('ERR_CLOSED', this.attempt(call), 'the transaction has ended', {
        hint: 'Await in its work whatever is done with it. If it runs again, it has another tx.',
      }),
      call.method,
    );
  }
}
