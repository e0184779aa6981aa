/** Which packets come to each rule of a table, at one hook: never fewer than do, so that what nobody comes to is dead. */
import { ALL, NONE, type Node } from './bdd';
import { type Changes, UNCHANGED } from './outcome';
import type { World } from './pipeline';
import type { ReadRuleset } from './ruleset';
import { type CompiledChain, type CompiledRule, TableDiagram } from './table';

export interface Met {
  readonly chain: string;
  /** From 1 on. */
  readonly number: number;
  readonly rule: CompiledRule;
  /** Packets that come to the rule, and those of them that it may match. */
  readonly comes: Node;
  readonly matches: Node;
  /** All that it could match, whoever comes. */
  readonly could: Node;
}

/** What is met in a table by packets of a hook, chain by chain, callers first. */
export function reached(world: World, ruleset: ReadRuleset, table: string, hook: string): Met[] {
  const { space, outcomes } = world;
  const { bdd } = space;
  const compiled = world.compiled(ruleset).get(table)!;
  const stage = world.stageOf(table, hook);
  const diagram = new TableDiagram(space, outcomes, compiled, stage, outcomes.leaf({ end: 'ACCEPT' }));
  const inputs = new Map<string, Node[]>([[hook, [world.startOf(table, hook)]]]);
  const met: Met[] = [];
  for (const chain of ordered(compiled.chains, hook)) {
    let comes = bdd.union(inputs.get(chain.name) ?? []);
    for (const [i, rule] of chain.rules.entries()) {
      const { set } = diagram.matched(rule, chain.name);
      const could = bdd.exists(set, space.isDrawn);
      const surely = bdd.forall(set, space.isDrawn);
      const matches = bdd.and(comes, could);
      met.push({ chain: chain.name, number: i + 1, rule, comes, matches, could });
      const { act } = rule;
      if (matches === NONE) continue;
      if (act.chain !== undefined) inputs.set(act.chain, [...(inputs.get(act.chain) ?? []), matches]);
      if (act.does === 'next') {
        const changes = act.changes?.(space, stage) ?? UNCHANGED;
        if (changes.size > 0 || act.forgets)
          comes = bdd.or(bdd.minus(comes, surely), imageOf(matches, changes, act.forgets));
      } else if (act.does === 'call') comes = bdd.or(bdd.minus(comes, surely), returning(act.chain!, matches));
      // What only may be done leaves packets where they are.
      else if (act.if === undefined) comes = bdd.minus(comes, surely);
    }
  }
  return met;

  /** Packets as they may have become: constants are known, of the rest nothing. */
  function imageOf(set: Node, changes: Changes, reads: readonly string[] = []): Node {
    let image = bdd.exists(set, (level) => changes.has(level) || space.asks(level, reads));
    for (const [level, bit] of changes) {
      if (bit === ALL) image = bdd.and(image, bdd.bit(level));
      else if (bit === NONE) image = bdd.minus(image, bdd.bit(level));
    }
    return image;
  }
  /** Those that may come back from a chain. */
  function returning(chain: string, set: Node): Node {
    const { node, returns } = diagram.chain(chain);
    const all = returns.map((leaf) => {
      const back = bdd.exists(
        bdd.map(node, (other) => (other === leaf ? ALL : NONE)),
        space.isDrawn,
      );
      const { changes, forgets } = outcomes.of(leaf)!;
      return imageOf(
        bdd.and(set, back),
        changes,
        forgets.flatMap(({ reads }) => reads),
      );
    });
    return bdd.union(all);
  }
}

/** The chains that can be reached, each after those that call it. */
function ordered(chains: ReadonlyMap<string, CompiledChain>, hook: string): CompiledChain[] {
  const found: CompiledChain[] = [];
  const seen = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const chain = chains.get(name)!;
    for (const { act } of chain.rules) if (act.chain !== undefined) visit(act.chain);
    found.unshift(chain);
  };
  if (chains.has(hook)) visit(hook);
  return found;
}
