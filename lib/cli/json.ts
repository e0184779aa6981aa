/** Rules as JSON: what the library's functions take and give. */
import type { Family } from '../codec/extension';
import type { Ruleset } from '../file/ruleset';
import type { ChainState, TableState } from '../table/state';

export function rulesetOf(
  family: Family,
  tables: readonly { readonly state: TableState; readonly chains: readonly ChainState[] }[],
): Ruleset {
  return {
    family,
    tables: tables.map(({ state, chains }) => ({
      name: state.name,
      chains: chains.map(({ name, policy, counters, references }) =>
        policy === undefined ? { name, references } : { name, policy, counters },
      ),
      rules: chains.flatMap((chain) => chain.rules.map((rule) => ({ chain: chain.name, rule }))),
    })),
  };
}

/** Numbers that JSON's readers would round are texts. */
export function toJson(value: unknown): string {
  const plain = (_: string, v: unknown) =>
    typeof v === 'bigint' ? (v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : String(v)) : v;
  return `${JSON.stringify(value, plain, 2)}\n`;
}
