/** A program on its way into the kernel: run on what is known of its table. */
import { now } from '../../clock';
import type { ApplyOptions, Committed } from '../backend';
import type { ProgramRunner } from '../memory/program';
import { type Rule, ZERO } from '../memory/rules';
import { microseconds } from '../memory/stream';
import { toldOf } from '../memory/taken';
import { committing } from './committing';
import type { Work } from './jobs';
import { needsOf } from './needs';
import type { NftTables, Taken } from './tables';

export class Editing {
  private runner!: ProgramRunner;
  taken!: Taken; // once begun
  readonly spent = { lockWait: 0, read: 0, edit: 0, commit: 0 };

  constructor(
    readonly tables: NftTables,
    private readonly options: ApplyOptions,
  ) {}

  *begin(table: string): Work<void> {
    const start = now();
    this.taken = yield* this.tables.take(table);
    this.spent.read += microseconds(start);
    this.runner = this.taken.table.runner(this.options.chainsCapture);
  }

  /** The table with all its rules, as it is now. Before anything is run. Without `counters` these may be old. */
  *snapshot(counters = true): Work<ArrayBuffer> {
    const { table, generation, kept } = this.taken;
    if (counters) table.forgetRules();
    const unknown = table.unknown();
    if (unknown.length > 0) yield* this.tables.load(this.taken, unknown);
    else if (kept) yield* this.tables.verify(generation);
    return yield* table.snapshotting();
  }

  /** `part`: of a program that comes in pieces. */
  *run(program: Uint8Array, part: boolean): Work<void> {
    const { table } = this.taken;
    const { names, fresh } = needsOf(program, part);
    if (fresh) table.forgetRules(names);
    const unknown = table.unknown(names);
    const start = now();
    if (unknown.length > 0) yield* this.tables.load(this.taken, unknown);
    const loaded = now();
    this.spent.read += microseconds(start);
    try {
      yield* this.runner.running(program);
    } catch (error) {
      yield* this.check();
      throw error;
    }
    this.spent.edit += microseconds(loaded);
  }

  *commit(): Work<Committed> {
    const { told } = this.runner;
    const last = yield* committing([this], this.options.trial, told.length > 0);
    // It counted till then under one handle: who asked first is told all of it.
    const counted = ({ handle }: Rule & { readonly handle?: number }) => {
      const counters = last?.get(handle!);
      if (counters) last!.set(handle!, ZERO);
      return counters;
    };
    return { ...this.spent, told: toldOf(told, this.taken.table.layout, counted) };
  }

  /** It has failed. */
  *abandon(): Work<void> {
    if (this.taken) yield* this.end();
  }
  /** Nothing comes of it. */
  *end(generation = this.taken.generation): Work<void> {
    const { table } = this.taken;
    yield* table.takeBack();
    if (!table.spoiled) this.tables.putBack(table, generation);
  }

  /** What was concluded from what was known holds only if that is still so. */
  *check(): Work<void> {
    const { kept, generation } = this.taken;
    if (kept) yield* this.tables.verify(generation);
  }
}
