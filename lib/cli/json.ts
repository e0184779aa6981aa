/** Rules as JSON: what the library's functions take and give (schema/ruleset.json). */
import type { ChainState, TableRules } from '../index';

/** Counters are numbers, or a text of digits beyond what those can say; `indent` 0: on one line. */
export const toJson = (value: unknown, indent = 2): string => `${JSON.stringify(value, withoutBigint, indent)}\n`;
const withoutBigint = (_: string, value: unknown): unknown =>
  typeof value !== 'bigint' ? value : value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);

/** Some chains of a table. */
export function tableOf(name: string, chains: readonly ChainState[]): TableRules {
  const listed = chains.map((chain) => chain.toJSON());
  return {
    name,
    chains: listed.map(({ rules, ...chain }) => chain),
    rules: listed.flatMap(({ name: chain, rules }) => rules.map((rule) => ({ chain, rule }))),
  };
}
