/** Rules as JSON has them: schema/ruleset.json in the package describes it. */
import { argument, type Check, listOf, optionsOf } from '../arguments';
import { fromBig } from '../codec/operand';
import { IptcError, Mismatch } from '../errors';
import { chainRule, parsing, ruleset } from '../file/given';
import type { Ruleset } from '../file/ruleset';
import { jsonOf } from '../rule/json';
import type { Family, Rule } from '../rule/rule';
import { toolsFor } from '../text/rule';
import { TableState } from './state';

/**
 * A table's state, a ruleset or a list of rules as data for JSON.stringify, which all that takes rules takes, too: counters
 * are numbers, or texts beyond 2^53 - 1. Nothing else is lost: rulesFromJson gives it back.
 *
 * @example JSON.stringify(rulesToJson([{ source: '192.0.2.1', target: 'DROP', counters: { packets: 3n, bytes: 180n } }]))
 *   // [{"source":"192.0.2.1","target":"DROP","counters":{"packets":3,"bytes":180}}]
 */
export function rulesToJson<F extends Family>(rules: Ruleset<F> | TableState<F>): Ruleset<F>;
export function rulesToJson<F extends Family>(rules: readonly Rule<F>[]): readonly Rule<F>[];
export function rulesToJson<F extends Family>(
  rules: Ruleset<F> | TableState<F> | readonly Rule<F>[],
): Ruleset<F> | readonly Rule<F>[] {
  return argument('rulesToJson', 'rules', rules, (value) => {
    if (value instanceof TableState) return { family: value.family, tables: [value.toJSON()] };
    return Array.isArray(value) ? (list(value) as readonly Rule<F>[]) : (jsonOf(ruleset(jsonOf(value))) as Ruleset<F>);
  });
}

/**
 * What JSON.parse makes of what rulesToJson, `iptc-save --json` or any program that follows the schema has written: a
 * ruleset, or a list of rules. Each rule has been looked at, whether it is one, and has its counters as bigint. Throws an
 * IptcError that tells table, chain and index. A list of rules is of `options.family`, `ipv4` unless told.
 *
 * @example rulesFromJson(JSON.parse('{"family":"ipv4","tables":[{"name":"filter","chains":[{"name":"INPUT","policy":"DROP"}],"rules":[{"chain":"INPUT","rule":{"inInterface":"lo","target":"ACCEPT"}}]}]}'))
 *   // { family: 'ipv4', tables: [{ name: 'filter', chains: [{ name: 'INPUT', policy: 'DROP' }], rules: [{ chain: 'INPUT', rule: { inInterface: 'lo', target: 'ACCEPT' } }] }] }
 */
export function rulesFromJson<F extends Family>(json: Ruleset<F>): Ruleset<F>;
export function rulesFromJson<F extends Family = 'ipv4'>(
  json: readonly Rule<F>[],
  options?: { readonly family?: F },
): readonly Rule<F>[];
export function rulesFromJson<F extends Family = 'ipv4'>(
  json: Ruleset<F> | readonly Rule<F>[],
  options?: { readonly family?: F },
): Ruleset<F> | readonly Rule<F>[] {
  const { family: told = 'ipv4' } = optionsOf('rulesFromJson', options, parsing);
  const given = argument('rulesFromJson', 'json', json, (value) => {
    if (typeof value === 'string') throw new Mismatch('a ruleset or a list of rules, as JSON.parse gives it,', value);
    return Array.isArray(value) ? list(value) : ruleset(jsonOf(value));
  });
  if (!('tables' in given)) return given.map((rule, index) => looked(told, rule, { index })) as readonly Rule<F>[];
  const { family } = given;
  const tables = given.tables.map((table) => ({
    ...table,
    rules: table.rules.map((each, index) => {
      const { chain, rule } = argument('rulesFromJson', `rules[${index}] of table ${table.name}`, each, chainRule);
      return { ...each, rule: looked(family, rule, { table: table.name, chain, index }) };
    }),
  }));
  return { ...given, tables } as Ruleset as Ruleset<F>;
}

const list: Check<readonly Rule[]> = listOf((value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Mismatch('a rule as an object', value);
  return jsonOf(value) as Rule;
});

/** Whether it is one. Whatever a kernel may hold is: where it may be used is looked at when it is. */
function looked(family: Family, rule: Rule, where: { table?: string; chain?: string; index: number }): Rule {
  try {
    toolsFor(family).codec.encode(rule, { existing: true });
  } catch (error) {
    throw error instanceof IptcError ? error.within({ family, ...where }) : error;
  }
  const { counters } = rule;
  return counters
    ? { ...rule, counters: { packets: fromBig(counters.packets), bytes: fromBig(counters.bytes) } }
    : rule;
}
