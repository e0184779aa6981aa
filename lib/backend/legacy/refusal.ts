/** What the addon tells of an operation that the kernel refuses -> why it does. */
import { finish, type Steps, sliced } from '../../slice';
import type { NativeFailure } from '../addon';
import { explaining } from '../blame';
import { MemoryTable } from '../memory/table';
import { chainOf, entryOf, operationsOf } from '../operations';

function* withReason(error: unknown): Steps<unknown> {
  const failure = error as NativeFailure;
  const { operation, program, table } = failure;
  if (!program || !table) return error;
  // They may be large, and whoever keeps the error would keep them.
  delete failure.program;
  delete failure.table;
  const bytes = new Uint8Array(program);
  const [first, ...rest] = operationsOf(bytes);
  const refused = { operation, chain: chainOf(bytes, first!) ?? '', entry: entryOf(bytes, rest[0] ?? first!) };
  failure.refused = yield* explaining(yield* MemoryTable.reading(table), refused);
  return failure;
}

/** Rejects with the failure and the reason. */
export async function explained(error: unknown): Promise<never> {
  throw await sliced(withReason(error));
}
export const explainedNow = (error: unknown): unknown => finish(withReason(error));
