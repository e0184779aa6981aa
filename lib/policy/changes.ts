/** What a plan does: edits of one table, each of which stands for itself. */
import type { TableName } from '../codec/extension';
import type { Family, Rule } from '../rule/rule';
import type { Policy } from '../table/names';

interface Where<F extends Family> {
  readonly family: F;
  readonly table: TableName;
  readonly chain: string;
}
/**
 * One edit, called as the method that does it. Positions are 1-based, and those of the moment when it is its turn: plans
 * are made in order. Rules have no counters.
 */
export type Change<F extends Family = Family> = Where<F> &
  (
    | { readonly edit: 'createChain' }
    /** With all of its rules. */
    | { readonly edit: 'dropChain'; readonly rules: number }
    | { readonly edit: 'setPolicy'; readonly policy: Policy; readonly was: Policy }
    | { readonly edit: 'insert' | 'delete'; readonly position: number; readonly rule: Rule<F> }
    | { readonly edit: 'replace'; readonly position: number; readonly rule: Rule<F>; readonly was: Rule<F> }
  );

/** What there is and isn't touched, since it isn't owned. */
export interface LeftAlone<F extends Family = Family> extends Where<F> {
  /** How many rules. */
  readonly rules: number;
  /** What the policy is, where another was desired. */
  readonly policy?: Policy;
}
