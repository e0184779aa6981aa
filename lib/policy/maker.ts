/** Makes the plan of a table: what becomes of each chain, as far as it is owned. */
import type { TableName } from '../codec/extension';
import { Memory } from '../codec/struct';
import { IptcError } from '../errors';
import { sameRule } from '../rule/compare';
import type { Family } from '../rule/rule';
import type { Steps } from '../slice';
import type { Policy } from '../table/names';
import type { ChainState, TableState } from '../table/state';
import type { Table } from '../table/table';
import { printName, RulePrinter } from '../text/print';
import type { LeftAlone } from './changes';
import { type Gap, type Hunk, HunkFinder, type Rules } from './hunks';
import { RuleKeys } from './keys';
import type { Ownership } from './own';

/** What becomes of a chain. */
export interface ChainPlan {
  readonly name: string;
  /** What there is; undefined if the chain has to be made. */
  readonly is: Rules | undefined;
  /** What there should be; undefined if the chain has to go. */
  readonly wanted: Rules | undefined;
  readonly policy: { readonly was: Policy; readonly policy: Policy } | undefined;
  readonly hunks: readonly Hunk[];
}

export class PlanMaker<F extends Family> {
  private readonly keys: RuleKeys;
  private readonly finder: HunkFinder;
  private readonly leftAlone: LeftAlone<F>[] = [];

  constructor(
    private readonly table: Table<F>,
    private readonly ownership: Ownership<F>,
    /** Whether what is wanted is a table as it was, as far as it is owned. */
    private readonly held: boolean,
  ) {
    this.keys = new RuleKeys(table.codec);
    this.finder = new HunkFinder(table.codec, this.keys, ownership as unknown as Ownership<never>);
  }

  /** Those of the chains that change, in the kernel's order and then in that of what is wanted. */
  *plan(
    state: TableState<F>,
    draft: TableState<F>,
  ): Steps<{ chains: ChainPlan[]; leftAlone: readonly LeftAlone<F>[] }> {
    const chains: ChainPlan[] = [];
    for (const is of state.each()) {
      const plan = yield* this.chain(is, draft.chain(is.name));
      if (plan) chains.push(plan);
    }
    for (const wanted of draft.each()) {
      if (state.chain(wanted.name)) continue;
      const rules = yield* this.wanted(wanted);
      if (this.held && rules.starts.length === 0 && !this.ownership.hasChain(wanted.name)) continue;
      const hunks = [{ from: 0, deleted: 0, first: 0, inserted: rules.starts.length }];
      chains.push({ name: wanted.name, is: undefined, wanted: rules, policy: undefined, hunks });
    }
    return { chains, leftAlone: this.leftAlone };
  }

  private *chain(is: ChainState<F>, wanted: ChainState<F> | undefined): Steps<ChainPlan | undefined> {
    const { ownership } = this;
    const rules = {
      is: yield* starting(is),
      wanted: wanted ? yield* this.wanted(wanted) : this.unwanted(is),
    };
    const { name } = is;
    // Not owned, it is in the draft: empty, or with what is owned.
    if (!rules.wanted) return { name, ...rules, wanted: undefined, policy: undefined, hunks: [] };
    const { hunks, left } = yield* this.finder.find({ is: rules.is, wanted: rules.wanted }, this.gap(rules.is));
    const differs = wanted !== undefined && is.policy !== wanted.policy;
    const policy =
      differs && ownership.hasChain(name) ? { was: is.policy as Policy, policy: wanted!.policy as Policy } : undefined;
    if (left > 0 || (differs && !policy)) this.leave(name, left, differs ? (is.policy as Policy) : undefined);
    return hunks.length > 0 || policy ? { name, ...rules, policy, hunks } : undefined;
  }

  /** Of a chain that there was not: nothing, where what isn't owned stays; or undefined, and it goes. */
  private unwanted(chain: ChainState<F>): Rules | undefined {
    return this.held && !this.ownership.hasChain(chain.name) ? { chain, starts: [] } : undefined;
  }
  /** What of a chain is wanted. */
  private *wanted(chain: ChainState<F>): Steps<Rules> {
    const rules = yield* starting(chain);
    if (!this.held) {
      this.requireOwned(rules);
      return rules;
    }
    const { ownership } = this;
    if (ownership.hasChain(chain.name)) return rules;
    return { chain: rules.chain, starts: rules.starts.filter((at) => ownership.hasRule(chain, at)) };
  }

  private leave(chain: string, rules: number, policy: Policy | undefined): void {
    const { family, name: table } = this.table;
    this.leftAlone.push({ family, table: table as TableName, chain, rules, ...(policy !== undefined && { policy }) });
  }

  /** What isn't owned can't be desired: it would be made again each time. */
  private requireOwned({ chain, starts }: Rules): void {
    const { ownership, table } = this;
    if (ownership.hasChain(chain.name)) return;
    for (const at of starts) {
      if (ownership.hasRule(chain as ChainState<F>, at)) continue;
      const line = `-A ${printName(chain.name)}${new RulePrinter(table.codec).print(chain.memory, at)}`;
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected rules that are owned for what is desired of table ${table.name} but received ${line}`,
        {
          family: table.family,
          table: table.name,
          chain: chain.name,
          path: 'own',
          hint:
            'comment' in (ownership.own as object)
              ? 'Give it a comment that fits.'
              : `Only rules that lead to owned chains can be in others: put it into one, or own ${chain.name}.`,
        },
      );
    }
  }

  private gap({ chain, starts }: Rules): Gap | undefined {
    const { place } = this.ownership;
    if (place === undefined) return undefined;
    if (place === 'first') return ([first]) => first!;
    if (place === 'last') return () => starts.length;
    return (others) => {
      const { table, keys } = this;
      const entry = new Memory(table.encode(place.before, chain.name).slice(), 0, table.codec.kernel);
      const same = (m: Memory, at: number) => sameRule(table.codec, m, at, entry, 0);
      const found = others.find((i) => {
        if (same(chain.memory, starts[i]!)) return true;
        const modern = keys.modern(chain.memory, starts[i]!);
        return modern !== undefined && same(modern, 0);
      });
      if (found !== undefined) return found;
      const line = new RulePrinter(table.codec).print(entry, 0).slice(1);
      throw new IptcError(
        'ERR_NO_RULE',
        `Cannot plan chain ${chain.name} of table ${table.name}: there is no rule ${line} before which to put the owned ones`,
        {
          family: table.family,
          table: table.name,
          chain: chain.name,
          path: 'own.place.before',
        },
      );
    };
  }
}

/** Rules between two steps. */
const STRETCH = 1024;
function* starting(chain: ChainState): Steps<Rules> {
  const starts: number[] = [];
  for (const at of chain.entries()) if (starts.push(at) % STRETCH === 0) yield;
  return { chain, starts };
}
