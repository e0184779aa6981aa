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
