/** What the kernel does with a table that is written to it. */
import { now } from '../../clock';
import type { Steps } from '../../slice';
import type { ApplyOptions, BackendFailure, Timing } from '../backend';
import { blaming } from './culprit';
import { failure } from './failure';
import type { Faults } from './faults';
import type { MemoryOptions } from './given';
import { microseconds } from './stream';
import type { MemoryTable } from './table';

export class Commits {
  /** How many have changed a table. */
  count = 0;

  constructor(
    private readonly onCommit: MemoryOptions['onCommit'],
    private readonly faults: Faults,
  ) {}

  /** Makes the edits of a program final, or takes them back and throws. */
  *write(name: string, table: MemoryTable, program: readonly Uint8Array[], options: ApplyOptions): Steps<Timing> {
    const start = now();
    try {
      yield* this.checking(name, table, program, options);
      yield* this.making(table, options);
    } catch (error) {
      yield* table.rollingBack();
      throw error;
    }
    return { lockWait: 0, read: 0, edit: 0, commit: microseconds(start) };
  }

  /** Whether it would be taken; if not, its edits are taken back. */
  *checking(
    name: string,
    table: MemoryTable,
    program: readonly Uint8Array[],
    { chainsCapture }: ApplyOptions,
  ): Steps<void> {
    const check = () => this.check(name, table);
    try {
      if (table.changed) yield* check();
    } catch (error) {
      yield* table.rollingBack();
      throw yield* blaming(table, program, chainsCapture, check, error as BackendFailure);
    }
    if (table.changed) this.faults.failIf('commit');
  }
  *making(table: MemoryTable, { trial }: ApplyOptions): Steps<void> {
    if (trial) yield* table.rollingBack();
    else if (table.changed) yield* this.commit(table);
  }

  /** Before it takes it. */
  private *check(name: string, table: MemoryTable): Steps<void> {
    yield* table.checking();
    const errno = this.onCommit?.({ table: name, snapshot: () => table.snapshot() });
    if (errno) throw this.faults.told(failure('commit', errno), name);
  }

  private *commit(table: MemoryTable): Steps<void> {
    const lost = this.faults.take('counters');
    yield* table.committing(!lost);
    this.count++;
    if (lost) throw this.faults.told(failure('counters', lost));
  }
}
