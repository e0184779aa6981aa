/** Chains that are never entered, or call themselves. */
import { NONE } from '../bdd';
import { BUILTIN, type ReadTable } from '../ruleset';
import type { Check } from './finding';

const jumpsOf = ({ chains }: ReadTable, chain: string): string[] =>
  (chains.get(chain)?.rules ?? []).flatMap(({ target }) => {
    const to = typeof target === 'string' ? target : target && 'goto' in target ? (target.goto as string) : undefined;
    return to !== undefined && chains.has(to) ? [to] : [];
  });

/** The chains that jump to each. */
function callersIn(table: ReadTable): ReadonlyMap<string, readonly string[]> {
  const callers = new Map<string, string[]>();
  for (const from of table.chains.keys())
    for (const to of new Set(jumpsOf(table, from))) {
      const known = callers.get(to);
      if (known) known.push(from);
      else callers.set(to, [from]);
    }
  return callers;
}

/** Ways from a chain back to it, each from the chain on that comes first by its name. */
export function loopsOf(table: ReadTable): string[][] {
  const done = new Set<string>();
  const found = new Map<string, string[]>();
  for (const start of table.chains.keys()) {
    const stack: { readonly name: string; readonly left: string[] }[] = [];
    const enter = (name: string) => stack.push({ name, left: jumpsOf(table, name) });
    if (!done.has(start)) enter(start);
    while (stack.length > 0) {
      const { name, left } = stack[stack.length - 1]!;
      const next = left.shift();
      const at = next === undefined ? -1 : stack.findIndex((each) => each.name === next);
      if (next === undefined) {
        done.add(name);
        stack.pop();
      } else if (at >= 0) {
        const way = stack.slice(at).map((each) => each.name);
        const first = way.indexOf([...way].sort()[0]!);
        const loop = [...way.slice(first), ...way.slice(0, first), way[first]!];
        found.set(loop.join(), loop);
      } else if (!done.has(next)) enter(next);
    }
  }
  return [...found.values()];
}

export const loop: Check = {
  name: 'loop',
  *find({ ruleset: { tables } }) {
    for (const [name, table] of tables)
      for (const way of loopsOf(table))
        yield {
          level: 'error',
          table: name,
          chain: way[0]!,
          reason: `calls itself: ${way.join(' -> ')}; the kernel refuses the table`,
          remedy: 'Delete one of these jumps.',
        };
  },
};

export const unreachable: Check = {
  name: 'unreachable-chain',
  *find({ ruleset: { tables }, met }) {
    for (const [name, table] of tables) {
      const callers = callersIn(table);
      const entered = new Set(
        [...met(name).values()].flat().flatMap((each) => (each.comes === NONE ? [] : each.chain)),
      );
      for (const [chain, { rules }] of table.chains) {
        if (rules.length === 0 || entered.has(chain) || BUILTIN[name]?.includes(chain)) continue;
        const from = callers.get(chain) ?? [];
        yield {
          level: 'note',
          table: name,
          chain,
          reason:
            from.length === 0
              ? 'is never entered: no rule jumps to it'
              : `is never entered: no packet matches the rules that jump to it, in ${from.join(', ')}`,
          remedy: from.length === 0 ? 'Delete it, or jump to it.' : 'Look why these rules never match.',
        };
      }
    }
  },
};
