/** What should hold, as callers say it. */
import { type Check, fields, oneOf, recordOf } from '../arguments';
import type { TableName } from '../codec/extension';
import { Mismatch } from '../errors';
import { isRuleset } from '../file/given';
import type { Pieces } from '../file/lines';
import type { Ruleset } from '../file/ruleset';
import type { Family } from '../rule/rule';
import type { BothRule } from '../table/both/both';
import type { WideRuleInput } from '../table/chain';
import { isTableName, type Policy, tableName } from '../table/names';
import { restorable, ruleInput } from '../table/options';

/** What a chain should be. */
export interface DesiredChain<F extends Family = Family> {
  /** Of a built-in chain; as it is, unless told. */
  readonly policy?: Policy;
  /** In their order; none unless told. */
  readonly rules?: readonly WideRuleInput<F>[];
}
/** Tables by their names, and in them chains by theirs. */
export type DesiredTables<F extends Family = Family> = {
  readonly [T in TableName]?: Readonly<Record<string, DesiredChain<F>>>;
};
/** What should hold of some tables: data, or what iptables-save prints, in any of its forms. */
export type Desired<F extends Family = Family> = DesiredTables<F> | Ruleset<F> | Pieces;

export const isTables = <F extends Family>(value: Desired<F>): value is DesiredTables<F> =>
  typeof value === 'object' && !isRuleset(value) && !(Symbol.iterator in value) && !(Symbol.asyncIterator in value);

const rules: Check<readonly WideRuleInput<Family>[]> = (value) => {
  if (!Array.isArray(value)) throw new Mismatch('a list of rules', value);
  return value.map(ruleInput);
};
const chains = recordOf(fields<DesiredChain<Family>>({ policy: oneOf('ACCEPT', 'DROP'), rules }));

export const desired: Check<Desired<Family>> = (value) => {
  if (typeof value !== 'object' || value === null || !isTables(value as Desired)) return restorable(value);
  const names = Object.keys(value);
  // A table's name is no option's: nothing is known by another.
  const wrong = names.find((name) => !isTableName(name));
  if (wrong !== undefined) tableName(wrong);
  return recordOf((each) => (each === undefined ? each : chains(each)))(value) as DesiredTables<Family>;
};

/** The same of both families: of each by itself, or tables whose rules go to the family of their addresses, or to both. */
export type DesiredOfBoth =
  | { readonly ipv4?: Desired<'ipv4'>; readonly ipv6?: Desired<'ipv6'> }
  | { readonly [T in TableName]?: Readonly<Record<string, DesiredChainOfBoth>> };
export interface DesiredChainOfBoth {
  readonly policy?: Policy;
  readonly rules?: readonly BothRule[];
}

const eachFamily = fields<{ ipv4?: Desired; ipv6?: Desired }>({ ipv4: desired, ipv6: desired });

/** What is desired of each family; or of both, whose rules are told apart when they are read. */
export const desiredOfBoth: Check<{ readonly ipv4?: Desired; readonly ipv6?: Desired; readonly both?: Desired }> = (
  value,
) => {
  if (typeof value !== 'object' || value === null || !isTables(value as Desired))
    throw new Mismatch('ipv4 and ipv6, or tables', value);
  return 'ipv4' in value || 'ipv6' in value ? eachFamily(value) : { both: desired(value) };
};
