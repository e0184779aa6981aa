import { constants } from 'node:os';
import { builtinChains } from '../../rule/tables';
import { finish, type Steps } from '../../slice';
import type { Family } from '../backend';
import { SnapshotReader } from '../snapshot';
import { EditedTable } from './edits';
import { failure } from './failure';
import { readImage, writeImage } from './image';
import { findLoop } from './loops';
import { ProgramRunner } from './program';
import { type Counters, count, newChain, ZERO } from './rules';

const { EINVAL, ELOOP, ENOENT } = constants.errno;

/** An entry, its mask, and other forms of its elements, as they stand in a program. */
export interface Sought {
  readonly entry: Uint8Array;
  readonly mask: Uint8Array;
  readonly alternatives: Uint8Array;
}

/**
 * One table in memory. It is at once what the kernel has and what libiptc's copy is: programs edit it, commit() makes
 * the edits final and rollback() takes them back. Both cost what was edited, not what the table holds.
 */
export class MemoryTable extends EditedTable {
  /** A table as the kernel makes it, without rules. Fails with stage 'read' if there is none of that name. */
  static empty(family: Family, name: string): MemoryTable {
    if (Buffer.byteLength(name) >= 32) throw failure('read', EINVAL, 'Module is wrong version');
    const builtin = builtinChains(name);
    if (builtin.length === 0) throw failure('read', ENOENT, 'Table does not exist (do you need to insmod?)');
    const table = new MemoryTable(family);
    for (const chain of builtin) table.chains.set(chain, newChain(chain, 'ACCEPT'));
    return table;
  }

  /** The table that a backend has read. The snapshot is used in place: it must not change. */
  static from(snapshot: ArrayBuffer): MemoryTable {
    return finish(MemoryTable.reading(snapshot));
  }
  static *reading(snapshot: ArrayBuffer): Steps<MemoryTable> {
    const reader = new SnapshotReader(snapshot);
    const table = new MemoryTable(reader.family);
    table.order = yield* readImage(reader, table.chains, (chain, rule) => table.tally(chain, rule, +1));
    return table;
  }

  /** How often it has been changed. */
  version = 0;

  /** Whether there is something to commit. */
  get changed(): boolean {
    return this.touched;
  }

  /**
   * Runs a program, all or nothing: a failure (stage 'edit', with the operation's number) leaves the table as it was.
   * Gives whether it changed something.
   */
  run(program: Uint8Array, chainsCapture = false): boolean {
    return finish(this.running(program, chainsCapture));
  }
  *running(program: Uint8Array, chainsCapture = false, runner = this.runner(chainsCapture)): Steps<boolean> {
    const mark = this.mark();
    try {
      yield* runner.running(program);
      return this.changedSince(mark);
    } catch (error) {
      yield* this.returningTo(mark);
      throw error;
    }
  }

  /** For a program in pieces. A failure leaves the edits before it; rollback() takes back all. */
  runner(chainsCapture = false): ProgramRunner {
    return new ProgramRunner(this, chainsCapture);
  }

  /** Makes the edits since the last commit final. Fails with stage 'commit' where the kernel would; see checking(). */
  commit(): void {
    finish(this.committing());
  }
  /** `keepingCounters`: of policies; false where they are lost. */
  *committing(keepingCounters = true): Steps<void> {
    if (!this.touched) return;
    yield* this.checking();
    for (const chain of this.chains.values()) {
      if (!chain.builtin) break; // they come first
      chain.counters = chain.newCounters ?? (keepingCounters ? chain.counters : ZERO);
      chain.newCounters = undefined;
    }
    this.version++;
    this.forget();
  }

  /** Takes back all edits since the last commit. */
  rollback(): void {
    finish(this.rollingBack());
  }
  *rollingBack(): Steps<void> {
    yield* this.returningTo({ length: 0, touched: false });
    this.forget();
  }

  /** What is looked for in a chain, as its rules would say it. */
  sought(_chain: string, pattern: Sought): Sought {
    return pattern;
  }

  /** Throws what the kernel would refuse the table for: a flag that it doesn't know, or jumps in a circle. */
  *checking(): Steps<void> {
    if (this.odd > 0) throw failure('commit', EINVAL);
    if (this.rerouted && (yield* findLoop(this.chains.values()))) throw failure('commit', ELOOP);
    this.rerouted = false;
  }

  /** The table as it is now, edits included. */
  snapshot(): ArrayBuffer {
    return finish(this.snapshotting());
  }
  /** Not while it is edited. */
  snapshotting(): Steps<ArrayBuffer> {
    return writeImage(this.family, this.list());
  }

  /** Adds what packets count: at a rule's 0-based index, or of the policy. */
  count(name: string, index: number | 'policy', counters: Counters): void {
    const chain = this.require(name);
    if (index !== 'policy') return count(this.requireRule(chain, index), this.layout, counters);
    if (!chain.builtin) throw failure('edit', ENOENT, 'Bad built-in chain name');
    const { packets, bytes } = chain.counters;
    chain.counters = { packets: packets + counters.packets, bytes: bytes + counters.bytes };
  }
}
