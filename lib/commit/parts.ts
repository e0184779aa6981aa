/** Edits of many parts, such as a long list of rules. */
import { ProgramWriter } from '../backend/writer';
import { Origins } from './origins';
import { PIECE } from './stream';

/** The parts of an edit: each step writes one, to what `piece` gives. */
export type Parts = (piece: () => ProgramWriter) => Iterator<void>;

/** Where they are written: to a stream, or to be kept. */
export interface Sink {
  readonly piece: ProgramWriter;
  /** How many have been written. */
  readonly operations: number;
  /** After each part. */
  turn(): void;
  /** Whether it takes no more just now. */
  readonly full?: boolean;
}

/** One program, whatever its length. */
export class Whole implements Sink {
  constructor(readonly piece = new ProgramWriter()) {}
  get operations(): number {
    return this.piece.operations;
  }
  turn(): void {}
}

/** A program in pieces, none of which has to be copied to become longer. */
export class Pieces implements Sink {
  readonly list: ProgramWriter[] = [];
  private before = 0;

  get piece(): ProgramWriter {
    if (this.list.length === 0) this.list.push(new ProgramWriter());
    return this.list[this.list.length - 1]!;
  }
  get operations(): number {
    return this.before + this.piece.operations;
  }
  turn(): void {
    if (this.piece.length < PIECE) return;
    this.before += this.piece.operations;
    this.list.push(new ProgramWriter(PIECE + (PIECE >> 2)));
  }
}

/** Parts written between two looks at the clock. */
const STRETCH = 8;

/** Writes them, bit by bit. */
export class PartWriter {
  private readonly steps: Iterator<void>;
  private index = 0;

  constructor(
    parts: Parts,
    private sink: Sink,
    /** Which part each operation comes from. */
    readonly origins = new Origins(),
  ) {
    this.steps = parts(() => this.sink.piece);
  }

  /** Writes parts until there are no more: true; or until the slice is over, or the sink full. */
  some(slice?: { readonly over: boolean }): boolean {
    for (;;) {
      this.origins.add(this.sink.operations, this.index);
      if (this.steps.next().done) return true;
      this.sink.turn();
      if (++this.index % STRETCH === 0 && (slice?.over || this.sink.full)) return false;
    }
  }

  /** What has been written, and all that comes, goes there. */
  moveTo(sink: Sink): void {
    sink.piece.concat(this.sink.piece);
    sink.turn();
    this.sink = sink;
  }

  /** No more of them will be asked for. */
  end(): void {
    this.steps.return?.();
  }
}
