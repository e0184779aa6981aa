/** Several tables, of one family or of both, that are changed as one. */
import { constants } from 'node:os';
import type { BackendFailure, TableProgram, Timing } from '../backend';
import { failure, ofPart } from '../memory/failure';
import { committing } from './committing';
import type { Editing } from './editing';
import type { Work } from './jobs';
import { Stale } from './tables';

/** `editings`: one for each of them. */
export function* together(
  editings: readonly Editing[],
  programs: readonly TableProgram[],
  trial: boolean | undefined,
): Work<readonly Timing[]> {
  for (const [part, { table, pieces, fits }] of programs.entries()) {
    const editing = editings[part]!;
    try {
      yield* editing.begin(table);
      if (fits && !(yield* fits(yield* editing.snapshot()))) throw failure('commit', constants.errno.EAGAIN);
      for (const piece of pieces) yield* editing.run(piece, pieces.length > 1);
    } catch (error) {
      throw error instanceof Stale ? error : ofPart(part, error as BackendFailure);
    }
  }
  yield* committing(editings, trial);
  return editings.map(({ spent }) => spent);
}
