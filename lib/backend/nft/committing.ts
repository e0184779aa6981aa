/** What programs have made of tables, sent to the kernel as one batch: tables of one family, or of both. */
import { constants } from 'node:os';
import { now } from '../../clock';
import type { BackendFailure } from '../backend';
import { failure, ofPart } from '../memory/failure';
import type { Counters } from '../memory/rules';
import { microseconds } from '../memory/stream';
import { Batch } from './batch';
import type { Editing } from './editing';
import type { Work } from './jobs';
import { Stale } from './tables';
import { refusal, Told } from './told';
import { Translation } from './translate';

/**
 * All or nothing. `trial`: it is checked, and nothing changes. `tells`: gives what the rules of the one table had counted
 * that are gone, by their handles.
 */
export function* committing(
  editings: readonly Editing[],
  trial = false,
  tells = false,
): Work<Map<number, Counters> | undefined> {
  const { generation } = editings[0]!.taken;
  if (editings.some(({ taken }) => taken.generation !== generation))
    for (const { tables, taken } of editings) yield* tables.verify(taken.generation);
  const batch = new Batch(editings[0]!.tables.socket, generation);
  try {
    return yield* sending(batch, editings, trial, tells);
  } finally {
    batch.close();
  }
}
function* sending(
  batch: Batch,
  editings: readonly Editing[],
  trial: boolean,
  tells: boolean,
): Work<Map<number, Counters> | undefined> {
  const start = now();
  const { generation } = editings[0]!.taken;
  const translations: Translation[] = [];
  for (const [part, { tables, taken }] of editings.entries()) {
    const translation = new Translation(tables.family, taken.table, tables.writer, batch, tells);
    translations.push(translation);
    batch.nextPart();
    try {
      if (taken.table.changed) yield* translation.write();
    } catch (error) {
      throw ofPart(part, error as BackendFailure);
    }
  }
  if (batch.isEmpty) {
    for (const editing of editings) yield* editing.check();
    for (const editing of editings) yield* editing.end();
    return undefined;
  }
  if (!trial) batch.end();
  const answer = yield { batch: batch.pieces, answers: batch.answers };
  const told = new Told(answer, batch, editings[0]!.tables.reader, tells);
  if (told.isStale) throw new Stale();
  if (told.errors.length > 0)
    throw yield* refusal(told.errors, batch, (part) => {
      const { tables, taken } = editings[part]!;
      return { table: taken.table, writer: tables.writer };
    });
  if (answer.lost && (tells || !told.isDone)) {
    // Where it is another generation now, that may be of these edits, or of somebody else's.
    const same = (yield* editings[0]!.tables.current()) === generation;
    throw failure(trial || same ? 'commit' : 'unknown', constants.errno.ENOBUFS);
  }
  for (const [part, editing] of editings.entries())
    if (trial) yield* editing.end();
    else if (!answer.lost) yield* settling(editing, translations[part]!, told);
  editings[0]!.spent.commit += microseconds(start);
  return told.last;
}

/** What has been made of the table is what the kernel has. */
function* settling(editing: Editing, translation: Translation, { generation, handles }: Told): Work<void> {
  const { tables, taken } = editing;
  if (generation === undefined) return;
  tables.moveOn(taken.generation, generation);
  if (translation.isEmpty) return yield* editing.end(generation);
  if (!translation.echoes) return;
  for (const [subject, handle] of handles) if ('handle' in subject) subject.handle = handle;
  const { table } = taken;
  table.exists = true;
  table.settle((chain) => translation.handleOf(chain, handles));
  tables.putBack(table, generation);
}
