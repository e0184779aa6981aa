/** Jumps in a circle. */
import type { Steps } from '../../slice';
import type { Chain } from './rules';

/**
 * The chains of a circle of jumps, in their order, if there is one. As the kernel looks for them: from the built-in
 * chains, and not behind a verdict for every packet.
 */
export function* findLoop(chains: Iterable<Chain>): Steps<Chain[] | undefined> {
  const seen = new Set<Chain>();
  const path = new Set<Chain>();
  const steps: { readonly chain: Chain; readonly ways: Chain[] }[] = [];
  for (const builtin of chains) {
    if (!builtin.builtin) continue;
    for (let next: Chain | undefined = builtin; next || steps.length > 0; ) {
      if (next && path.has(next)) return [...path].slice([...path].indexOf(next));
      if (next && !seen.has(next)) {
        seen.add(next);
        path.add(next);
        const ways: Chain[] = [];
        if (next.jumps > 0)
          for (const { jump, ends } of next.rules) {
            if (jump) ways.push(jump);
            if (ends) break;
          }
        steps.push({ chain: next, ways: ways.reverse() });
        yield;
      }
      const step = steps[steps.length - 1]!;
      next = step.ways.pop();
      if (!next) {
        steps.pop();
        path.delete(step.chain);
      }
    }
  }
  return undefined;
}
