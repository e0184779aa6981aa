/** Rules that no packet ever matches, whatever the conditions that no packet tells say. */
import { NONE, type Node } from '../bdd';
import type { Met } from '../reach';
import { type Check, type Found, isForAll, numbered, type Subject } from './finding';

/** Each rule that is met, with what comes to it at each hook. */
function* dead(
  subject: Subject,
): Generator<{ readonly table: string; readonly chain: string; readonly at: readonly Met[] }> {
  for (const table of subject.ruleset.tables.keys()) {
    const rules = new Map<string, Met[]>();
    for (const met of subject.met(table).values())
      for (const each of met) {
        const key = `${each.number} ${each.chain}`;
        rules.set(key, [...(rules.get(key) ?? []), each]);
      }
    for (const at of rules.values())
      if (at.every(({ matches }) => matches === NONE)) yield { table, chain: at[0]!.chain, at };
  }
}
const isContradictory = (at: readonly Met[]): boolean => at.every(({ could }) => could === NONE);

export const contradictory: Check = {
  name: 'contradictory',
  *find(subject) {
    for (const { table, chain, at } of dead(subject))
      if (isContradictory(at))
        yield {
          level: 'warning',
          table,
          chain,
          number: at[0]!.number,
          rule: at[0]!.rule.rule,
          reason: 'never matches: its conditions exclude each other',
          remedy: 'Delete it, or divide its conditions among several rules.',
        };
  },
};

export const shadowed: Check = {
  name: 'shadowed',
  *find(subject) {
    for (const { table, chain, at } of dead(subject)) {
      // Nobody comes to the chain at all: that is told of the chain.
      const some = at.filter(({ could }) => could !== NONE);
      if (some.length === 0 || subject.met(table).size === 0 || !comesTo(subject, table, chain)) continue;
      const [{ number, rule }] = at as [Met];
      const by = takers(subject, table, chain, number);
      const final = by.length === 1 ? ruleAt(subject, table, chain, by[0]!) : undefined;
      yield {
        level: 'warning',
        table,
        chain,
        number,
        rule: rule.rule,
        reason:
          by.length === 0
            ? 'never matches: no such packet comes to its chain'
            : final && isForAll(final)
              ? `never matches: it stands behind rule ${by[0]}, which takes all packets`
              : `never matches: ${numbered(by)} ${by.length === 1 ? 'takes' : 'take'} all of its packets`,
        remedy:
          by.length === 0
            ? 'Delete it, or let the rules that call the chain send such packets.'
            : `Delete it, or move it before ${numbered(by.slice(0, 1))}.`,
      } satisfies Found;
    }
  },
};
const ruleAt = ({ ruleset }: Subject, table: string, chain: string, number: number) =>
  ruleset.tables.get(table)!.chains.get(chain)!.rules[number - 1]!;
const comesTo = (subject: Subject, table: string, chain: string): boolean =>
  [...subject.met(table).values()].some((met) =>
    met.some((each) => each.chain === chain && each.comes !== NONE && each.number === 1),
  );

/** Those before it that take its packets, the greediest first, as few as that gives. */
function takers(subject: Subject, table: string, chain: string, number: number): number[] {
  const { bdd } = subject.world.space;
  const found = new Set<number>();
  for (const met of subject.met(table).values()) {
    const own = met.filter((each) => each.chain === chain);
    const first = own[0];
    const target = own.find((each) => each.number === number);
    if (!first || !target) continue;
    let left: Node = bdd.and(first.comes, target.could);
    const before = own.filter((each) => each.number < number && each.rule.act.does !== 'next' && each.matches !== NONE);
    for (const { number: taken, could } of before.filter((each) => found.has(each.number))) {
      left = bdd.minus(left, could);
      void taken;
    }
    while (left !== NONE) {
      let best: { readonly met: Met; readonly rest: Node; readonly size: number } | undefined;
      for (const each of before) {
        if (found.has(each.number)) continue;
        const rest = bdd.minus(left, each.could);
        if (rest === left) continue;
        const size = rest === NONE ? -1 : bdd.measure(rest).nodes;
        if (!best || size < best.size) best = { met: each, rest, size };
        if (rest === NONE) break;
      }
      if (!best || found.size >= MOST) break;
      found.add(best.met.number);
      left = best.rest;
    }
  }
  return [...found].sort((a, b) => a - b);
}
/** More rules than a reason should name. */
const MOST = 20;
