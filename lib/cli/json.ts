/** Rules as JSON: what the library's functions take and give (schema/ruleset.json). */
import type { ChainState, TableRules } from '../index';
import { counterToJson } from '../net/number';

/** Counters are numbers, or a text of digits beyond what those can say; `indent` 0: on one line. */
export const toJson = (value: unknown, indent = 2): string => `${JSON.stringify(value, counterToJson, indent)}\n`;

/** Some chains of a table. */
export function tableOf(name: string, chains: readonly ChainState[]): TableRules {
  const listed = chains.map((chain) => chain.toJSON());
  return {
    name,
    chains: listed.map(({ rules, ...chain }) => chain),
    rules: listed.flatMap(({ name: chain, rules }) => rules.map((rule) => ({ chain, rule }))),
  };
}
