/** Destinations that are rewritten for nothing. */
import { ALL, NONE } from '../bdd';
import { type Check, targetOf } from './finding';

export const natWithoutForward: Check = {
  name: 'nat-without-forward',
  *find({ ruleset, world, met }) {
    if (!ruleset.tables.has('nat') || !ruleset.tables.has('filter')) return;
    const { space, outcomes } = world;
    const { bdd } = space;
    const rewriting = (met('nat').get('PREROUTING') ?? []).filter(
      ({ rule: { rule }, matches }) => targetOf(rule) === 'DNAT' && matches !== NONE,
    );
    if (rewriting.length === 0) return;
    const accepted = (['in', 'forward'] as const).map((way) =>
      space.possibly(
        bdd.map(world.fate(ruleset, way), (leaf) => {
          const outcome = outcomes.of(leaf);
          return outcome && !['DROP', 'REJECT'].includes(outcome.end) ? ALL : NONE;
        }),
      ),
    );
    for (const { chain, number, rule, matches } of rewriting) {
      const through = accepted.some((set) => bdd.and(set, matches) !== NONE);
      if (through) continue;
      yield {
        level: 'warning',
        table: 'nat',
        chain,
        number,
        rule: rule.rule,
        reason: 'rewrites connections that the table filter drops, all of them',
        remedy: 'Accept them as they are after NAT: -A FORWARD -d ADDRESS -p PROTOCOL --dport PORT -j ACCEPT.',
      };
    }
  },
};
