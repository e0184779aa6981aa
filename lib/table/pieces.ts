/** What a long program is made of: pieces that the addon's thread runs while the next ones are written. */
import { ProgramWriter } from '../backend/writer';

/** Bytes of a piece, more or less. */
export const PIECE = 256 << 10;
/** Milliseconds that pieces are kept for the next program: memory that is fresh costs more than what is written to it. */
const KEPT = 1_000;

const spare: ProgramWriter[] = [];
let forgetting: NodeJS.Timeout | undefined;

export function takePiece(): ProgramWriter {
  const piece = spare.pop() ?? new ProgramWriter(PIECE + (PIECE >> 2));
  piece.reset();
  return piece;
}

/** The bytes of a piece aren't used any more. */
export function givePiece(piece: ProgramWriter): void {
  spare.push(piece);
  forgetting ??= setTimeout(forget, KEPT).unref();
  forgetting.refresh();
}
function forget(): void {
  spare.length = 0;
  forgetting = undefined;
}

/** Which line or rule the operations of a program come from. */
export class Origins {
  private pairs = new Int32Array(1024);
  private length = 0;

  /** From this operation on they come from there. */
  add(operation: number, origin: number): void {
    if (this.length === this.pairs.length) {
      const longer = new Int32Array(2 * this.length);
      longer.set(this.pairs);
      this.pairs = longer;
    }
    this.pairs[this.length++] = operation;
    this.pairs[this.length++] = origin;
  }

  of(operation: number): number | undefined {
    let low = 0;
    let high = (this.length >> 1) - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pairs[2 * middle]! <= operation) low = middle;
      else high = middle - 1;
    }
    return this.length === 0 ? undefined : this.pairs[2 * low + 1];
  }
}
