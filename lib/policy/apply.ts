/** Makes what is desired so. */
import { count, fields, optionsOf, patience } from '../arguments';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import type { BothFamilies } from '../table/both/both';
import type { Firewall } from '../table/firewall';
import type { Desired, DesiredOfBoth } from './desired';
import { type Guarded, type GuardOptions, guarded, guarding } from './guard';
import { type Plan, type PlanOptions, planChecks, planner } from './plan';

export interface ApplyOptions<F extends Family = Family> extends PlanOptions<F> {
  /** How often to plan anew where somebody else was faster, before ERR_CONFLICT; 10 unless told. */
  readonly attempts?: number;
  /** Milliseconds to wait for the lock, instead of the firewall's `lock.wait`. */
  readonly wait?: number | undefined;
  /** Puts the old rules back unless the change is confirmed. */
  readonly guard?: GuardOptions;
}
const applying = fields<ApplyOptions>({ ...planChecks, attempts: count, wait: patience, guard: guarding });

/**
 * Makes what is desired so: plans, and makes the edits, one commit a table, none where nothing changes. If somebody else
 * changes a table meanwhile, it is planned anew. Resolves with what was planned last.
 *
 * @example
 * await apply(firewall, { filter: { web: { rules: ['-s 192.0.2.1 -j DROP'] }, INPUT: { rules: ['-j web'] } } }, {
 *   own: { chains: 'web', place: 'first' },
 * });
 * // -N web
 * // -A web -s 192.0.2.1/32 -j DROP
 * // -I INPUT 1 -j web
 *
 * @example
 * // The old rules come back unless confirm() is called within 30 seconds, whatever becomes of this process.
 * const change = await apply(firewall, desired, { guard: { confirmWithin: 30_000 } });
 * await change.confirm();
 */
export async function apply(
  firewall: BothFamilies,
  desired: DesiredOfBoth,
  options: ApplyOptions & { readonly guard: GuardOptions },
): Promise<Guarded>;
export async function apply(
  firewall: BothFamilies,
  desired: DesiredOfBoth,
  options?: ApplyOptions & { readonly guard?: never },
): Promise<Plan>;
export async function apply<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F>,
  options?: ApplyOptions<F> & { readonly guard?: never },
): Promise<Plan<F>>;
export async function apply<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F>,
  options: ApplyOptions<F> & { readonly guard: GuardOptions },
): Promise<Guarded<F>>;
export async function apply(
  firewall: Firewall | BothFamilies,
  desired: Desired | DesiredOfBoth,
  options?: ApplyOptions,
): Promise<Plan | Guarded> {
  const { attempts = 10, guard, wait, ...given } = optionsOf('apply', options, applying);
  const waiting = { wait, signal: given.signal };
  const source = await planner('apply', firewall, desired, given);
  for (let attempt = 1; ; attempt++) {
    const plan = await source.plan();
    try {
      if (guard) return await guarded(plan, guard, waiting);
      await plan.apply(waiting);
      return plan;
    } catch (error) {
      if (!(error instanceof IptcError && error.code === 'ERR_CONFLICT') || attempt >= attempts) throw error;
    }
  }
}
