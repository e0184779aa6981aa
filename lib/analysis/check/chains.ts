/** Chains that are never entered, or call themselves. */
import { NONE } from '../bdd';
import { BUILTIN, type ReadTable } from '../ruleset';
import { type Check, targetOf } from './finding';

const jumpsOf = ({ chains }: ReadTable, chain: string): string[] =>
  (chains.get(chain)?.rules ?? []).flatMap(({ target }) => {
    const to = typeof target === 'string' ? target : target && 'goto' in target ? (target.goto as string) : undefined;
    return to !== undefined && chains.has(to) ? [to] : [];
  });

/** A way from a chain back to it, if there is one. */
export function loopFrom(table: ReadTable, chain: string): string[] | undefined {
  const walk = (name: string, above: readonly string[], seen: Set<string>): string[] | undefined => {
    for (const next of jumpsOf(table, name)) {
      if (next === chain) return [...above, name, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...above, name], seen);
      if (found) return found;
    }
    return undefined;
  };
  return walk(chain, [], new Set());
}

export const loop: Check = {
  name: 'loop',
  *find({ ruleset: { tables } }) {
    for (const [name, table] of tables)
      for (const chain of table.chains.keys()) {
        const way = loopFrom(table, chain);
        // A loop is told once, of the chain that comes first.
        if (way?.every((other) => other >= chain))
          yield {
            level: 'error',
            table: name,
            chain,
            reason: `calls itself: ${way.join(' -> ')}; the kernel refuses the table`,
            remedy: 'Delete one of these jumps.',
          };
      }
  },
};

export const unreachable: Check = {
  name: 'unreachable-chain',
  *find({ ruleset: { tables }, met }) {
    for (const [name, table] of tables) {
      const entered = new Set(
        [...met(name).values()].flat().flatMap((each) => (each.comes === NONE ? [] : each.chain)),
      );
      for (const [chain, { rules }] of table.chains) {
        if (rules.length === 0 || entered.has(chain) || BUILTIN[name]?.includes(chain)) continue;
        const callers = [...table.chains.values()].filter((other) =>
          other.rules.some((rule) => targetOf(rule) === chain || jumpsOf(table, other.name).includes(chain)),
        );
        yield {
          level: 'note',
          table: name,
          chain,
          reason:
            callers.length === 0
              ? 'is never entered: no rule jumps to it'
              : `is never entered: no packet matches the rules that jump to it, in ${callers.map((other) => other.name).join(', ')}`,
          remedy: callers.length === 0 ? 'Delete it, or jump to it.' : 'Look why these rules never match.',
        };
      }
    }
  },
};
