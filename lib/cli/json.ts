/** Rules as JSON: what the library's functions take and give (schema/ruleset.json). */
import type { ChainState, TableRules } from '../index';

export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Some chains of a table. */
export function tableOf(name: string, chains: readonly ChainState[]): TableRules {
  const listed = chains.map((chain) => chain.toJSON());
  return {
    name,
    chains: listed.map(({ rules, ...chain }) => chain),
    rules: listed.flatMap(({ name: chain, rules }) => rules.map((rule) => ({ chain, rule }))),
  };
}
