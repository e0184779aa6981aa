/** Changes a host so that it can still be reached afterwards, or not at all. */
import { now, setTimeout } from '../../clock';
import { IptcError } from '../../errors';
import type { Firewall } from '../../index';
import { apply, type Guarded, type GuardOptions, type Plan, type PlanOptions, plan } from '../../policy';
import { BothFamilies } from '../../table/both/both';
import type { Store } from '../store/store';
import type { HostDesired } from './desired';

export type HostFirewall = Firewall | BothFamilies;

/** Milliseconds for an answer of the store. */
const ANSWER = 2_000;
const BETWEEN = 200;
/** Tries at least, however short the time. */
const TRIES = 3;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export interface Change {
  readonly place: 'first' | 'last';
  readonly guard: Omit<GuardOptions, 'probe'>;
  /** Milliseconds between the two connections that have to be made afterwards: some rules let one pass, and then none. */
  readonly apart: number;
}

// What a policy says is checked where it is read: here it is of no type any more.
type Any = never;
const asked = ({ desired, chains }: HostDesired, firewall: HostFirewall, place: 'first' | 'last') =>
  [
    firewall as Any,
    (firewall instanceof BothFamilies ? desired : desired[(firewall as Firewall).family]) as Any,
    { own: { chains, place } } as PlanOptions,
  ] as const;

export const planned = (firewall: HostFirewall, desired: HostDesired, place: 'first' | 'last'): Promise<Plan> =>
  plan(...asked(desired, firewall, place)) as Promise<Plan>;
/** What has been confirmed once, or came with the disk: as it is. */
export const applied = (firewall: HostFirewall, desired: HostDesired, place: 'first' | 'last'): Promise<Plan> =>
  apply(...asked(desired, firewall, place)) as Promise<Plan>;

/**
 * Makes it so, and confirms it once the store has answered on two new connections. ERR_UNREACHABLE if it is away
 * for another reason, ERR_NOT_CONFIRMED if that is the change's doing: all is as it was then.
 */
export async function applyConfirmed(
  firewall: HostFirewall,
  desired: HostDesired,
  store: Store,
  { place, guard, apart }: Change,
): Promise<Plan> {
  const [target, wanted, options] = asked(desired, firewall, place);
  const change = (await apply(target, wanted, { ...options, guard } as Any)) as unknown as Guarded;
  if (change.plan.empty) return change.plan;
  if (await stillReached(store, guard.confirmWithin / 2, apart)) {
    if (await change.confirm()) return change.plan;
  } else await change.revert();
  // Was it the change, or is the store away?
  await reached(store, Math.max(guard.confirmWithin / 2, TRIES * ANSWER));
  throw new IptcError(
    'ERR_NOT_CONFIRMED',
    'Cannot keep the policy: with it the store could not be reached any more; the old rules are back',
    { hint: 'Accept the connections to the store: port 2379 of etcd, and names if it has one.' },
  );
}

async function stillReached(store: Store, within: number, apart: number): Promise<boolean> {
  const end = now() + within;
  let first: number | undefined;
  // All hosts of a group are changed at once: not all of them are to ask at the same moment.
  await pause(apart * Math.random());
  for (let tries = 1; ; tries++) {
    try {
      await store.reach(ANSWER);
      if (first !== undefined) return true;
      first = now();
      await pause(apart);
    } catch {
      first = undefined;
      if (now() >= end && tries >= TRIES) return false;
      await pause(BETWEEN);
    }
  }
}

async function reached(store: Store, within: number): Promise<void> {
  for (const end = now() + within; ; )
    try {
      return await store.reach(ANSWER);
    } catch (error) {
      if (now() >= end) throw error;
      await pause(BETWEEN);
    }
}
