/** Edits of many parts, such as a long list of rules. */
import type { ProgramWriter } from '../backend/writer';
import type { Slice } from '../slice';
import { Origins } from './origins';
import type { ProgramStream } from './stream';

/** The parts of an edit: each step writes one, to what `piece` gives. */
export type Parts = (piece: () => ProgramWriter) => Iterator<void>;

/** Parts written between two looks at the clock. */
const STRETCH = 8;

/** Writes them, bit by bit. */
export class PartWriter {
  private readonly steps: Iterator<void>;
  private index = 0;
  private stream: ProgramStream | undefined;

  constructor(
    parts: Parts,
    readonly writer: ProgramWriter,
    /** Which part each operation comes from. */
    readonly origins = new Origins(),
  ) {
    this.steps = parts(() => this.stream?.piece ?? this.writer);
  }

  /** Writes parts until there are no more: true; or until the slice is over, or the stream full. */
  some(slice?: Slice): boolean {
    for (;;) {
      const { stream } = this;
      this.origins.add((stream ?? this.writer).operations, this.index);
      if (this.steps.next().done) return true;
      stream?.turn();
      if (++this.index % STRETCH === 0 && (slice?.over || stream?.full)) return false;
    }
  }

  /** What has been written, and all that comes, goes there. */
  moveTo(stream: ProgramStream): void {
    stream.piece.concat(this.writer);
    stream.turn();
    this.stream = stream;
  }

  /** No more of them will be asked for. */
  end(): void {
    this.steps.return?.();
  }
}
