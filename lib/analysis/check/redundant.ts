/** Rules that a more general one behind them makes needless. */
import { NONE, type Node } from '../bdd';
import { isFickle } from '../match';
import { type Check, isForAll, targetOf } from './finding';

export const redundant: Check = {
  name: 'redundant',
  *find({ ruleset: { tables, family }, world, met }) {
    if (!tables.has('filter')) return;
    const { space, outcomes } = world;
    const { bdd } = space;
    for (const [hook, all] of met('filter')) {
      const own = all.filter(({ chain }) => chain === hook);
      // What rules of the chain do with packets that come behind each, from the last one on. What the policy does, or a
      // rule for all packets, is said before them for the reader: that isn't looked at, and is NONE.
      let behind: Node = NONE;
      const found: (typeof own)[number][] = [];
      for (const each of [...own].reverse()) {
        const { rule, could, matches } = each;
        const verdict = VERDICTS[targetOf(rule.rule) ?? ''];
        const plain = verdict !== undefined && !isForAll(rule.rule) && !isFickle(rule.rule, family);
        const leaf = plain ? outcomes.leaf({ end: verdict }) : NONE;
        // All that is told may be deleted at once: what never matches, and what is found here, is no reason for others.
        if (matches === NONE) continue;
        if (plain && bdd.ite(matches, behind, leaf) === leaf) found.push(each);
        // What somebody hears of, or a chain does, is not the same either.
        else if (rule.act.does !== 'next' || rule.act.tells || rule.act.forgets) behind = bdd.ite(could, leaf, behind);
      }
      for (const { chain, number, rule } of found.reverse())
        yield {
          level: 'note',
          table: 'filter',
          chain,
          number,
          rule: rule.rule,
          reason: 'changes nothing: rules behind it do the same with all of its packets',
          remedy: 'Delete it, unless it is there for its counters, or to be met first.',
        };
    }
  },
};
const VERDICTS: Readonly<Record<string, 'ACCEPT' | 'DROP' | 'REJECT'>> = {
  ACCEPT: 'ACCEPT',
  DROP: 'DROP',
  REJECT: 'REJECT',
};
