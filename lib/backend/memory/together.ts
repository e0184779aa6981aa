/** Several tables, of one family or of both, that are changed as one. */
import { constants } from 'node:os';
import { now } from '../../clock';
import type { Steps } from '../../slice';
import type { ApplyOptions, BackendFailure, TableProgram, Timing } from '../backend';
import type { Commits } from './commits';
import { failure, ofPart } from './failure';
import { microseconds } from './stream';
import type { MemoryTable } from './table';

/** One of them, and who writes it down. */
export interface Opened {
  readonly table: MemoryTable;
  readonly written: Commits;
}

/** `open`: may fail. */
export function* together(
  programs: readonly TableProgram[],
  open: (program: TableProgram, part: number) => Opened,
  options: ApplyOptions,
): Steps<readonly Timing[]> {
  const start = now();
  const opened: Opened[] = [];
  let part = 0;
  try {
    for (const program of programs) {
      const { pieces, fits } = program;
      const { table, written } = open(program, part);
      opened.push({ table, written });
      if (fits && !(yield* fits(yield* table.snapshotting()))) throw failure('commit', constants.errno.EAGAIN);
      const runner = table.runner(options.chainsCapture);
      for (const piece of pieces) yield* runner.running(piece);
      yield* written.checking(program.table, table, pieces, options);
      part++;
    }
  } catch (error) {
    for (const { table } of opened) yield* table.rollingBack();
    throw ofPart(part, error as BackendFailure);
  }
  let lost: BackendFailure | undefined;
  for (const [i, { table, written }] of opened.entries())
    try {
      yield* written.making(table, options);
    } catch (error) {
      lost ??= ofPart(i, error as BackendFailure);
    }
  if (lost) throw lost;
  const none = { lockWait: 0, read: 0, edit: 0, commit: 0 };
  return programs.map((_, i) => (i === 0 ? { ...none, commit: microseconds(start) } : none));
}
