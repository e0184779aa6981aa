/** What programs have made of tables, sent to the kernel as one batch: tables of one family, or of both. */
import { constants } from 'node:os';
import { now } from '../../clock';
import type { BackendFailure } from '../backend';
import { failure, ofPart } from '../memory/failure';
import { microseconds } from '../memory/stream';
import { Batch } from './batch';
import type { Editing } from './editing';
import type { Work } from './jobs';
import { Stale } from './tables';
import { refusal, Told } from './told';
import { Translation } from './translate';

/** All or nothing. `trial`: it is checked, and nothing changes. */
export function* committing(editings: readonly Editing[], trial = false): Work<void> {
  const { generation } = editings[0]!.taken;
  if (editings.some(({ taken }) => taken.generation !== generation))
    for (const { tables, taken } of editings) yield* tables.verify(taken.generation);
  const batch = new Batch(generation);
  try {
    yield* sending(batch, editings, trial);
  } finally {
    batch.close();
  }
}
function* sending(batch: Batch, editings: readonly Editing[], trial: boolean): Work<void> {
  const start = now();
  const { generation } = editings[0]!.taken;
  const translations: Translation[] = [];
  for (const [part, { tables, taken }] of editings.entries()) {
    const translation = new Translation(tables.family, taken.table, tables.writer, batch);
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
    return;
  }
  if (!trial) batch.end();
  const answer = yield { batch: batch.writer.pieces, answers: batch.answers };
  const told = new Told(answer, batch, editings[0]!.tables.reader);
  if (told.isStale) throw new Stale();
  if (told.errors.length > 0)
    throw yield* refusal(told.errors, batch, (part) => {
      const { tables, taken } = editings[part]!;
      return { table: taken.table, writer: tables.writer };
    });
  if (answer.lost) {
    // Where it is another generation now, that may be of these edits, or of somebody else's.
    const same = (yield* editings[0]!.tables.current()) === generation;
    throw failure(trial || same ? 'commit' : 'unknown', constants.errno.ENOBUFS);
  }
  for (const [part, editing] of editings.entries())
    if (trial) yield* editing.end();
    else yield* settling(editing, translations[part]!, told);
  editings[0]!.spent.commit += microseconds(start);
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
