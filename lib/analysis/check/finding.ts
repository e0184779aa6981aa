/** What is found in rules: where, why it is wrong, and what to do. */
import type { Family } from '../../net/family';
import type { Rule } from '../../rule/rule';
import type { World } from '../pipeline';
import { type Met, reached } from '../reach';
import { BUILTIN, type ReadChain, type ReadRuleset } from '../ruleset';

export type FindingLevel = 'error' | 'warning' | 'note';

export interface Finding {
  /** By which a rule's comment can allow it: `iptc:allow shadowed`. */
  readonly name: string;
  readonly level: FindingLevel;
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  /** Of the rule in its chain, from 1 on; absent if it is about the chain. */
  readonly number?: number;
  readonly rule?: Rule;
  readonly reason: string;
  readonly remedy: string;
}
export type Found = Omit<Finding, 'name' | 'family'>;

/** What a check looks at. */
export interface Subject {
  readonly ruleset: ReadRuleset;
  readonly world: World;
  /** What is met in a table by packets of each of its hooks. */
  readonly met: (table: string) => ReadonlyMap<string, readonly Met[]>;
  /** The rules of the other family, if they are given. */
  readonly other?: Subject | undefined;
}
export interface Check {
  readonly name: string;
  readonly find: (subject: Subject) => Iterable<Found>;
}

export function subjectOf(ruleset: ReadRuleset, world: World): Subject {
  const known = new Map<string, ReadonlyMap<string, readonly Met[]>>();
  const met = (table: string) => {
    let all = known.get(table);
    if (!all) {
      const chains = ruleset.tables.get(table)?.chains;
      const hooks = (BUILTIN[table] ?? []).filter((hook) => chains?.has(hook));
      all = new Map(hooks.map((hook) => [hook, reached(world, ruleset, table, hook)]));
      known.set(table, all);
    }
    return all;
  };
  return { ruleset, world, met };
}

/** All rules, with where they are. */
export function* rulesOf({ tables }: ReadRuleset): Generator<{
  readonly table: string;
  readonly chain: ReadChain;
  readonly number: number;
  readonly rule: Rule;
}> {
  for (const [table, { chains }] of tables)
    for (const chain of chains.values())
      for (const [i, rule] of chain.rules.entries()) yield { table, chain, number: i + 1, rule };
}

/** The settings of a rule's matches of a name. */
export const settingsOf = ({ match = [] }: Rule, name: string): Readonly<Record<string, unknown>>[] =>
  match.flatMap((element) =>
    name in element ? [(element as unknown as Record<string, Readonly<Record<string, unknown>>>)[name]!] : [],
  );
/** The name of its target, a chain's too. */
export const targetOf = ({ target }: Rule): string | undefined =>
  typeof target === 'string' ? target : target === undefined ? undefined : Object.keys(target)[0];

const HEAD = ['protocol', 'source', 'destination', 'inInterface', 'outInterface', 'fragment', 'entry'] as const;
/** Whether it is for all packets: a remark is no condition. */
export const isForAll = (rule: Rule): boolean =>
  HEAD.every((key) => rule[key] === undefined) &&
  (rule.match ?? []).every((element) => Object.keys(element)[0] === 'comment');
export const drops = (rule: Rule): boolean => ['DROP', 'REJECT'].includes(targetOf(rule) ?? '');

/** `rule 3`, `rules 1, 2 and 5` */
export const numbered = (numbers: readonly number[]): string =>
  numbers.length === 1
    ? `rule ${numbers[0]}`
    : `rules ${numbers.slice(0, -1).join(', ')} and ${numbers[numbers.length - 1]}`;
