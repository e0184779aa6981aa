/** Sees whether what is desired still holds, and who has changed it. */
import type { EventEmitter } from 'node:events';
import { argument, type Check, count, fields, flag, milliseconds, optionsOf } from '../arguments';
import type { Changer } from '../backend/observe';
import type { Family } from '../rule/rule';
import type { BothFamilies } from '../table/both/both';
import type { Firewall } from '../table/firewall';
import type { Desired, DesiredOfBoth } from './desired';
import { isOwn, type Own } from './own';
import { given, type Plan, type PlanOptions, planChecks } from './plan';
import { Watcher } from './watcher';

export interface RepairOptions {
  /** Repairs in a row before it gives up; 10 unless told. */
  readonly attempts?: number;
  /** Milliseconds before the second of a row, and twice as many before each that follows; 100 unless told. */
  readonly interval?: number;
  /** As many at most, and without a drift until a row is over; 30,000 unless told. */
  readonly longest?: number;
}
export interface WatchOptions<F extends Family = Family> extends PlanOptions<F> {
  /** Puts back what is desired; it is only told unless this is true, or says how. */
  readonly repair?: boolean | RepairOptions;
  /** Ends it: who iterates is told by ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}
const repairing = fields<RepairOptions>({ attempts: count, interval: milliseconds, longest: milliseconds });
const watching = fields<WatchOptions>({
  ...planChecks,
  repair: ((value: unknown) => (typeof value === 'object' ? repairing(value) : flag(value))) as Check<
    boolean | RepairOptions
  >,
});

/** What is desired doesn't hold any more. */
export interface Drift<F extends Family = Family> {
  /** What it takes to make it so again. */
  readonly plan: Plan<F>;
  /** Who has changed the tables since the last look, where nf_tables tells. */
  readonly by: readonly Changer[];
  readonly at: Date;
}
/** It holds again. */
export interface Repair<F extends Family = Family> {
  /** What has been done. */
  readonly plan: Plan<F>;
  /** Which one of a row. */
  readonly attempt: number;
  readonly at: Date;
}

/**
 * A look that goes on, as an EventEmitter and as what `for await` goes over. It keeps the process alive until it ends: by
 * close(), by leaving the loop, by its signal, or by an error. Who neither iterates nor listens to `error` gets that as an
 * uncaught exception.
 */
export interface Watch<F extends Family = Family> extends EventEmitter, AsyncIterable<Drift<F>> {
  on(event: 'drift', listener: (drift: Drift<F>) => void): this;
  on(event: 'repair', listener: (repair: Repair<F>) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  /** It has looked for the first time. */
  on(event: 'ready', listener: () => void): this;
  on(event: 'close', listener: () => void): this;
  once(event: 'drift', listener: (drift: Drift<F>) => void): this;
  once(event: 'repair', listener: (repair: Repair<F>) => void): this;
  once(event: 'error', listener: (error: Error) => void): this;
  once(event: 'ready' | 'close', listener: () => void): this;
  /** Ends it. What is being repaired is repaired before. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Looks whether what is desired holds, from now on, and tells within a second when somebody has changed that: what it takes
 * to make it so again, and on nf_tables which program it was. What is owned instead of what is desired is kept as it is
 * now. With `repair` it is made so again, at once at first, then at growing intervals; whoever keeps changing it makes the
 * watch give up, with ERR_CONFLICT.
 *
 * @example
 * const watched = watch(firewall, { filter: { web: { rules: ['-j DROP'] } } }, { own: { chains: 'web' }, repair: true });
 * for await (const { plan, by, at } of watched) console.log(at, by, `${plan}`);
 *
 * @example
 * watch(firewall, { chains: 'web-*' }).on('drift', ({ plan }) => console.log(plan.changes));
 */
export function watch(firewall: BothFamilies, desired: DesiredOfBoth | Own, options?: WatchOptions): Watch;
export function watch<F extends Family>(
  firewall: Firewall<F>,
  desired: Desired<F> | Own<F>,
  options?: WatchOptions<F>,
): Watch<F>;
export function watch(
  firewall: Firewall | BothFamilies,
  desired: Desired | DesiredOfBoth | Own,
  options?: WatchOptions,
): Watch {
  const { repair = false, signal, ...rest } = optionsOf('watch', options, watching);
  const owned = argument('watch', 'desired', desired, isOwn) ? (desired as Own) : undefined;
  const sources = given('watch', firewall, desired as Desired, owned);
  return new Watcher(sources, owned === undefined ? rest : { ...rest, own: owned }, repair, signal);
}
