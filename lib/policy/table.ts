/** The plan of one table: how what there is becomes what should be. */

import { MemoryTable } from '../backend/memory/table';
import type { TableName } from '../codec/extension';
import { type Parts, PartWriter, Pieces } from '../commit/parts';
import type { WaitOptions } from '../commit/waiting';
import { IptcError } from '../errors';
import type { EntryCodec } from '../rule/entry';
import type { Family, ListedRule, Rule } from '../rule/rule';
import { EntryView } from '../rule/view';
import { type Steps, sliced } from '../slice';
import { sameTable } from '../table/compare';
import { TableState } from '../table/state';
import type { Table } from '../table/table';
import type { Change, LeftAlone } from './changes';
import type { Hunk, Rules } from './hunks';
import { type ChainPlan, PlanMaker } from './maker';
import type { Ownership } from './own';

export class TablePlan<F extends Family> {
  private constructor(
    /** The table itself. */
    readonly table: Table<F>,
    /** What there was when it was made. */
    readonly state: TableState<F>,
    /** What there should be, or what of it is owned. */
    readonly draft: TableState<F>,
    /** Those that change. */
    readonly chains: readonly ChainPlan[],
    readonly leftAlone: readonly LeftAlone<F>[],
  ) {}

  static async of<F extends Family>(
    table: Table<F>,
    state: TableState<F>,
    draft: TableState<F>,
    ownership: Ownership<F>,
    /** Whether the draft is a table as it was, of which only what is owned is wanted. */
    held: boolean,
  ): Promise<TablePlan<F>> {
    const { chains, leftAlone } = await sliced(new PlanMaker<F>(table, ownership, held).plan(state, draft));
    return new TablePlan(table, state, draft, chains, leftAlone);
  }

  get empty(): boolean {
    return this.chains.length === 0;
  }
  get codec(): EntryCodec {
    return this.table.codec;
  }
  get family(): F {
    return this.table.family;
  }
  get name(): TableName {
    return this.table.name;
  }

  /** The edits, in the order in which they are made. */
  *changes(): Generator<Change<F>> {
    const { chains } = this;
    const where = ({ name }: ChainPlan) => ({ family: this.family, table: this.name, chain: name });
    for (const plan of chains) if (!plan.is) yield { edit: 'createChain', ...where(plan) };
    for (const plan of chains) {
      const { is, wanted, policy } = plan;
      if (policy) yield { edit: 'setPolicy', ...where(plan), ...policy };
      if (wanted)
        for (const { edit, index, old, entry } of editsOf(plan.hunks)) {
          const was = old === undefined ? undefined : this.decoded(is!, old);
          const rule = entry === undefined ? was! : this.decoded(wanted, entry);
          const position = index + 1;
          if (edit === 'replace') yield { edit, ...where(plan), position, rule, was: was! };
          else yield { edit, ...where(plan), position, rule };
        }
    }
    for (const plan of chains)
      if (!plan.wanted) yield { edit: 'dropChain', ...where(plan), rules: plan.is!.starts.length };
  }
  private decoded({ chain, starts }: Rules, index: number): Rule<F> {
    const { counters, ...rule } = this.codec.decode(chain.memory, starts[index]!) as ListedRule<F>;
    return rule as Rule<F>;
  }

  /** Makes it so, in one commit; ERR_CONFLICT if the table isn't what it was. */
  async apply(waiting: WaitOptions): Promise<void> {
    const { table, name, family } = this;
    if (this.empty) return;
    await table.transaction(async (tx) => {
      if (!(await sliced(sameTable(this.codec, this.state, await tx.state())))) {
        table.conflicted('apply the plan to');
        throw new IptcError(
          'ERR_CONFLICT',
          `Cannot apply the plan to table ${name}: it has been changed since that was made`,
          {
            family,
            table: name,
            hint: 'Make a new plan; apply() of libiptc/policy does so by itself.',
          },
        );
      }
      await tx.queue.pushEach({ operation: 'apply the plan to', method: this.apply }, this.parts());
    }, waiting);
  }

  /** What the table will be, but for its counters. */
  *after(): Steps<TableState<F>> {
    const model = yield* MemoryTable.reading(this.state.snapshot);
    const pieces = new Pieces();
    const writing = new PartWriter(this.parts(), pieces);
    while (!writing.some({ over: true })) yield;
    for (const { bytes } of pieces.list) yield* model.running(bytes);
    return new TableState<F>(this.name, this.codec, yield* model.snapshotting());
  }

  private parts(): Parts {
    const { chains } = this;
    const view = new EntryView(this.codec.shape);
    const entryOf = ({ chain: { memory }, starts }: Rules, index: number) =>
      memory.bytes.subarray(starts[index]!, view.on(memory, starts[index]!).end);
    const dropped = chains.filter(({ wanted }) => !wanted);
    return function* (piece) {
      for (const { name, is } of chains) {
        if (is) continue;
        piece().chain(name).create();
        yield;
      }
      for (const { name, wanted, policy, hunks } of chains) {
        if (policy) {
          piece().chain(name).policy(policy.policy);
          yield;
        }
        if (wanted)
          for (const { edit, index, entry } of editsOf(hunks)) {
            const program = piece().chain(name);
            if (edit === 'delete') program.deleteAt(index);
            else program[edit](index, entryOf(wanted, entry!));
            yield;
          }
      }
      for (const { name } of dropped) piece().chain(name).flush();
      for (const { name } of dropped) piece().chain(name).deleteChain();
      yield;
    };
  }
}

export interface RuleEdit {
  readonly edit: 'insert' | 'delete' | 'replace';
  /** Where, at its turn. */
  readonly index: number;
  /** Which of the rules that there were, and which of those that are wanted. */
  readonly old?: number;
  readonly entry?: number;
}

/** One rule at a time: what comes replaces what goes as far as there is both. */
export function* editsOf(hunks: readonly Hunk[]): Generator<RuleEdit> {
  let moved = 0;
  for (const { from, deleted, first, inserted } of hunks) {
    const both = Math.min(deleted, inserted);
    for (let i = 0; i < both; i++) yield { edit: 'replace', index: from + moved + i, old: from + i, entry: first + i };
    for (let i = both; i < deleted; i++) yield { edit: 'delete', index: from + moved + both, old: from + i };
    for (let i = both; i < inserted; i++) yield { edit: 'insert', index: from + moved + i, entry: first + i };
    moved += inserted - deleted;
  }
}
