/** The operation of a program for which the kernel refuses a table: by halves, as the addon finds it. */
import type { Steps } from '../../slice';
import type { BackendFailure } from '../backend';
import { explaining, isRefusal } from '../blame';
import { chainOf, entryOf, operationsOf } from '../operations';
import type { MemoryTable } from './table';

/**
 * The failure that the whole program had, or that of the operation, if one is to blame. `check` throws what the kernel
 * would refuse the table for. The table stays as it is: before the program.
 */
export function* blaming(
  table: MemoryTable,
  program: readonly Uint8Array[],
  chainsCapture: boolean | undefined,
  check: () => Steps<void>,
  failure: BackendFailure,
): Steps<BackendFailure> {
  if (!isRefusal(failure.errno)) return failure;
  const operations = program.flatMap((piece, i) => Array.from(operationsOf(piece), (each) => ({ ...each, i })));
  function* making<T>(count: number, then: () => Steps<T>): Steps<T> {
    const last = operations[count - 1]!;
    const mark = table.mark();
    try {
      const runner = table.runner(chainsCapture);
      for (let i = 0; i < last.i; i++) yield* runner.running(program[i]!);
      yield* runner.running(program[last.i]!.subarray(0, last.end));
      return yield* then();
    } finally {
      yield* table.returningTo(mark);
    }
  }
  let [found, taken, refused] = [failure, 0, operations.length];
  while (refused - taken > 1) {
    const middle = (taken + refused) >> 1;
    try {
      yield* making(middle, function* () {
        if (table.changed) yield* check();
      });
      taken = middle;
    } catch (error) {
      found = error as BackendFailure;
      if (!isRefusal(found.errno)) return failure;
      refused = middle;
    }
  }
  const guilty = operations[taken];
  if (!guilty) return failure;
  let chain = '';
  for (const each of operations.slice(0, refused)) chain = chainOf(program[each.i]!, each) ?? chain;
  const { errno } = found;
  const refusal = { operation: taken, errno, chain, entry: entryOf(program[guilty.i]!, guilty) };
  return Object.assign(found, { refused: [yield* making(refused, () => explaining(table, refusal))] });
}
