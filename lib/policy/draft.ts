/** What is desired, as tables in memory: what a restore of it would make is what there is to be. */
import { MemoryBackend } from '../backend/memory/backend';
import type { TableName } from '../codec/extension';
import type { Kernel } from '../codec/kernel';
import { type ErrorDetails, IptcError } from '../errors';
import { LineSource, type Pieces } from '../file/lines';
import type { ChainDeclaration, ChainRule, Ruleset, TableRules } from '../file/ruleset';
import type { WideRule } from '../rule/expand';
import type { Family, Rule } from '../rule/rule';
import { type Steps, sliced } from '../slice';
import { split } from '../table/both/split';
import type { WideRuleInput } from '../table/chain';
import { tablesNamed } from '../table/claims';
import { Firewall } from '../table/firewall';
import { isBuiltinChain, type Policy } from '../table/names';
import type { RestoreOptions } from '../table/options';
import type { TableState } from '../table/state';
import type { Desired, DesiredChain, DesiredTables } from './desired';
import { isTables } from './desired';

/** What is desired, read once: it may be planned again. Tables as they were once: what of them is owned. */
export type Wanted<F extends Family> = string | Ruleset<F> | readonly TableState<F>[];
export const isHeld = <F extends Family>(wanted: Wanted<F>): wanted is readonly TableState<F>[] =>
  Array.isArray(wanted);

/** All tables, or some, as they are now. */
export const held = <F extends Family>(
  firewall: Firewall<F>,
  isMeant: (name: TableName) => boolean = () => true,
): Promise<readonly TableState<F>[]> => {
  const names = (firewall.loadedTables() as TableName[]).filter(isMeant);
  return Promise.all(names.map((name) => firewall.table(name).state()));
};

export async function wanted<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F>,
  file: string | undefined,
  both: boolean,
): Promise<Wanted<F>> {
  if (isTables(desired)) return sliced(rulesetOf(firewall, desired, both));
  if (typeof desired === 'string') return desired;
  if ('tables' in desired) return desired as Ruleset<F>;
  const source = new LineSource(desired as Pieces, file);
  const lines: string[] = [];
  try {
    do for (let line = source.next(); line !== undefined; line = source.next()) lines.push(line);
    while (source.waits && (await source.more()));
  } finally {
    await source.close();
  }
  return lines.join('\n');
}

/** Rules between two steps. */
const STRETCH = 16;

/**
 * Data as a file would say it: chains that aren't declared are, rules that stand for several are several. `both`: rules
 * may be of the other family, or of both.
 */
function* rulesetOf<F extends Family>(
  firewall: Firewall<F>,
  desired: DesiredTables<F>,
  both: boolean,
): Steps<Ruleset<F>> {
  const { family } = firewall;
  const tables: TableRules<F>[] = [];
  let looked = 0;
  for (const [name, given] of Object.entries(desired) as [TableName, Readonly<Record<string, DesiredChain<F>>>][]) {
    if (given === undefined) continue;
    const table = firewall.table(name);
    const rules: ChainRule<F>[] = [];
    const chains: ChainDeclaration[] = [];
    for (const [chain, { policy, rules: list = [] }] of Object.entries(given)) {
      if (policy !== undefined && !isBuiltinChain(name, chain)) throw noPolicy(family, name, chain, policy);
      chains.push({ name: chain, ...(policy !== undefined && { policy }) });
      for (let index = 0; index < list.length; index++) {
        const parts = both ? own(list[index]!, { family, table: name, chain, index }) : [list[index]!];
        for (const part of parts)
          for (const each of table.expand(part, chain, index)) rules.push({ chain, rule: each as never });
        if (++looked % STRETCH === 0) yield;
      }
    }
    tables.push({ name, chains, rules });
  }
  return { family, tables };
}
/** What of a rule for both families is this one's. */
function own<F extends Family>(
  rule: WideRuleInput<F>,
  where: ErrorDetails & { readonly family: F },
): readonly Rule<F>[] {
  try {
    return split(rule as WideRule | string)[where.family] as readonly Rule<F>[];
  } catch (error) {
    throw error instanceof IptcError ? error.within(where) : error;
  }
}
const noPolicy = (family: Family, table: string, chain: string, policy: Policy) =>
  new IptcError(
    'ERR_BAD_CHAIN',
    `Expected no policy for chain ${chain} of table ${table} but received ${policy}: only built-in chains have one`,
    { family, table, chain, hint: `End its rules with one for all packets: -j ${policy}.` },
  );

/** The tables that are desired. A text that can't be read names those that it does; reading it tells what is wrong. */
export const namedIn = <F extends Family>(wanted: Wanted<F>): readonly TableName[] => [
  ...new Set((isHeld(wanted) ? wanted.map(({ name }) => name) : (tablesNamed(wanted) ?? [])) as readonly TableName[]),
];

/** The same extensions and sets as the tables that it is a draft of. */
class DraftBackend extends MemoryBackend {
  override readonly isDraft = true;
  constructor(private readonly kernel: Kernel) {
    super(kernel.family);
  }
  override revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    const newest = this.kernel.revision(kind, name, revision);
    return newest !== undefined && newest < revision ? -1 : newest;
  }
  override findSet(name: string) {
    return this.kernel.findSet(name);
  }
  override setName(index: number) {
    return this.kernel.setName(index);
  }
}

/** A saved file as tables of their own, which can be planned for without a kernel. */
export async function inMemory<F extends Family>(family: F, text: Uint8Array, file: string): Promise<Firewall<F>> {
  const firewall = await Firewall.open<F>({ family, backend: new MemoryBackend(family) });
  await firewall.restore(text, { file });
  return firewall;
}

export interface DraftOptions {
  /** Chains that are there whatever is desired: rules may lead to them. */
  readonly isLeft: (chain: string) => boolean;
  /** What is there stays (`iptables-restore --noflush`). */
  readonly noflush?: boolean;
  /** What an error calls the text. */
  readonly file?: string | undefined;
  readonly resolve?: RestoreOptions['resolve'] | undefined;
}

/** What the tables would be. Rejects where they couldn't. */
export async function drafted<F extends Family>(
  wanted: Exclude<Wanted<F>, readonly TableState<F>[]>,
  states: readonly TableState<F>[],
  kernel: Kernel,
  { isLeft, noflush = false, file, resolve }: DraftOptions,
): Promise<TableState<F>[]> {
  const firewall = await Firewall.open<F>({ family: kernel.family as F, backend: new DraftBackend(kernel) });
  let left = false;
  for (const state of states) {
    const table = firewall.table(state.name as TableName);
    if (noflush) {
      await table.restoreState(state);
      continue;
    }
    await table.transaction((tx) => {
      for (const { name, policy } of state.each())
        if (policy !== undefined) tx.chain(name as 'OUTPUT').setPolicySync(policy as 'DROP');
        else if (isLeft(name)) {
          left = true;
          tx.createChainSync(name);
        }
    });
  }
  await firewall.restore(wanted as Ruleset<F>, {
    noflush: noflush || left,
    ...(file !== undefined && { file }),
    ...(resolve && { resolve }),
  });
  return Promise.all(states.map(({ name }) => firewall.table(name as TableName).state()));
}
