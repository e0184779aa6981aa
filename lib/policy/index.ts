/**
 * Desired states instead of edits: `libiptc/policy` says what has to change so that something holds, and changes that.
 *
 * @example
 * import { Firewall } from 'libiptc';
 * import { apply, plan } from 'libiptc/policy';
 *
 * const firewall = await Firewall.open();
 * const desired = { filter: { web: { rules: ['-s 192.0.2.1 -j DROP'] }, INPUT: { rules: ['-j web'] } } };
 * console.log(`${await plan(firewall, desired, { own: { chains: 'web' } })}`);
 * await apply(firewall, desired, { own: { chains: 'web' } });
 */
import '../node-version';

export type { Changer } from '../backend/observe';
export { type ApplyOptions, apply } from './apply';
export type { Change, LeftAlone } from './changes';
export type { Desired, DesiredChain, DesiredChainOfBoth, DesiredOfBoth, DesiredTables } from './desired';
export type { End, Flow } from './flow';
export type { Guarded, GuardOptions } from './guard';
export type { Own, OwnedChains, OwnedRules, Place } from './own';
export { Plan, type PlanOptions, plan } from './plan';
export * from './ready';
export { type Drift, type Repair, type RepairOptions, type Watch, type WatchOptions, watch } from './watch';
