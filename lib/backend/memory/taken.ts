/** What operations have taken away that were to tell of it: their records (../told.ts), made of rules. */
import type { Shape } from '../../rule/layout';
import { writeTold } from '../told';
import { type Counters, countersOf, type Rule, ZERO } from './rules';

export interface Taken {
  readonly chain: string;
  /** As they were before; undefined where nothing was taken away from one. */
  readonly rules: readonly (Rule | undefined)[];
  readonly policy: Counters | undefined;
}

/** `counted`: what a rule had counted in the end, if it was counted elsewhere. */
export function toldOf(
  records: readonly (readonly Taken[])[],
  layout: Shape,
  counted: (rule: Rule) => Counters | undefined = () => undefined,
): ArrayBuffer | undefined {
  if (records.length === 0) return undefined;
  const of = (rule: Rule | undefined) => (rule === undefined ? ZERO : (counted(rule) ?? countersOf(rule, layout)));
  return writeTold(records.map((chains) => chains.map((each) => ({ ...each, rules: each.rules.map(of) }))));
}
