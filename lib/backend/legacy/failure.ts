/** What the addon reports -> a failure that says what was refused, and why. */
import { decodeText } from '../../net/text';
import { finish, type Steps, sliced } from '../../slice';
import type { NativeFailure } from '../addon';
import type { BackendFailure, Refusal, Stage } from '../backend';
import { explaining } from '../blame';
import { MemoryTable } from '../memory/table';
import { chainOf, entryOf, operationsOf } from '../operations';
import { explain, type Situation } from './reasons';

export const failure = (stage: Stage, errno: number, reason: string, situation: Situation): BackendFailure =>
  Object.assign(new Error(reason), {
    stage,
    errno,
    reason,
    refused: [],
    because: explain({ stage, errno, reason }, situation),
  });

function* translating(error: unknown, situation: Situation): Steps<unknown> {
  const native = error as NativeFailure;
  if (!(native instanceof Error) || native.stage === undefined) return error;
  const { stage, errno, operation, missing, program, table } = native;
  // Whoever keeps the error would keep them, and they may be large.
  delete native.program;
  delete native.table;
  let refused: Refusal | undefined;
  if (stage === 'edit')
    refused = { operation, errno, ...(missing && { missing: decodeText(Buffer.from(missing, 'latin1')) }) };
  else if (program && table)
    refused = yield* explaining(yield* MemoryTable.reading(table), { operation, errno, ...saidBy(program) });
  return Object.assign(native, { refused: refused ? [refused] : [], because: explain(native, situation) });
}

/** An operation, behind the one that says which chain it is about. */
function saidBy(program: ArrayBuffer): Pick<Refusal, 'chain' | 'entry'> {
  const bytes = new Uint8Array(program);
  const [first, second = first] = operationsOf(bytes);
  return { chain: chainOf(bytes, first!), entry: entryOf(bytes, second!) };
}

/** Calls the addon. */
export async function calling<T>(situation: Situation, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw await sliced(translating(error, situation));
  }
}
export function callingNow<T>(situation: Situation, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw finish(translating(error, situation));
  }
}
