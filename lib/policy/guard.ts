/** Changes that are taken back unless somebody confirms in time that he is still there. */
import { callback, fields, flag, milliseconds } from '../arguments';
import { clearTimeout, setTimeout } from '../clock';
import type { WaitOptions } from '../commit/waiting';
import { IptcError } from '../errors';
import { Keeper } from '../keeper/keeper';
import type { Family } from '../rule/rule';
import type { Guard } from '../services/snapshot';
import type { Table } from '../table/table';
import { type Flow, flows, packetsOf, present } from './flow';
import type { Plan } from './plan';
import { requirePreserved } from './preserve';

export interface GuardOptions {
  /** Milliseconds from the change on, within which it has to be confirmed. */
  readonly confirmWithin: number;
  /** Confirms it, if it gives true: whether all still works. What it throws, false, and too late take the change back. */
  readonly probe?: () => boolean | Promise<boolean>;
  /**
   * Connections that it must not cut, or it is refused with ERR_LOCKOUT. Unless told, those that are there: the caller's
   * SSH session, others to what listens here, and loopback.
   */
  readonly preserve?: readonly Flow[];
  /** Does it all the same. */
  readonly force?: boolean;
}
export const guarding = fields<GuardOptions>(
  { confirmWithin: milliseconds, probe: callback, preserve: flows, force: flag },
  'confirmWithin',
);

/** A change that isn't confirmed yet. */
export interface Guarded<F extends Family = Family> {
  readonly plan: Plan<F>;
  /** Keeps it. False if that came too late: the old rules are back. */
  confirm(): Promise<boolean>;
  /** Puts the old rules back, now. Rejects with ERR_NOT_REVERTED where that fails: it says where they are. */
  revert(): Promise<void>;
}

/** Milliseconds that the change itself may take. */
const PATIENCE = 120_000;

/** Makes a change, which is taken back unless it is confirmed. */
export async function guarded<F extends Family>(
  plan: Plan<F>,
  { confirmWithin, probe, preserve, force = false }: GuardOptions,
  waiting: WaitOptions,
): Promise<Guarded<F>> {
  const preserved = () => preserve?.map((each) => packetsOf('the connection', each)!) ?? present(plan.place?.namespace);
  if (!force) await requirePreserved(plan, preserved());
  const keeper = plan.empty ? nothing : await keeperOf(plan);
  try {
    await plan.apply(waiting);
  } catch (error) {
    // Where another was faster nothing has been done, and nothing of his is to be lost.
    if (plan.applied === 0) await keeper.keep();
    else await keeper.revert();
    throw error;
  }
  const late = () =>
    new IptcError(
      'ERR_NOT_CONFIRMED',
      `Cannot keep the new rules: they were not confirmed within ${confirmWithin} ms, and the old ones are back`,
    );
  if (!(await keeper.extend(confirmWithin))) {
    await keeper.revert();
    throw late();
  }
  const change = changeOf(plan, keeper);
  if (!probe) return change;
  let works: boolean | undefined;
  try {
    works = await inTime(probe, confirmWithin);
  } catch (cause) {
    await keeper.revert();
    throw new IptcError(
      'ERR_NOT_CONFIRMED',
      `Cannot keep the new rules: the probe failed: ${(cause as Error)?.message ?? cause}`,
      { cause },
    );
  }
  if (works) {
    if (await change.confirm()) return change;
    throw late();
  }
  await keeper.revert();
  if (works === undefined) throw late();
  throw new IptcError('ERR_NOT_CONFIRMED', 'Cannot keep the new rules: the probe failed, and the old ones are back');
}

function changeOf<F extends Family>(plan: Plan<F>, keeper: Guard): Guarded<F> {
  let confirmed: Promise<boolean> | undefined;
  let reverted: Promise<void> | undefined;
  const revert = async (): Promise<void> => {
    if (await confirmed)
      throw new IptcError('ERR_CLOSED', 'Cannot put the old rules back: the new ones have been confirmed', {
        hint: 'Apply what should hold instead.',
      });
    await keeper.revert();
  };
  return {
    plan,
    async confirm() {
      await reverted?.catch(() => {});
      confirmed ??= keeper.keep();
      return confirmed;
    },
    revert() {
      reverted ??= revert();
      return reverted;
    },
  };
}

/** What the probe gives; undefined where it gives nothing for so long: a connection that is cut may hang for ever. */
async function inTime(probe: () => boolean | Promise<boolean>, within: number): Promise<boolean | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, within, undefined);
  });
  try {
    return await Promise.race([probe(), over]);
  } finally {
    clearTimeout(timer);
  }
}
/** For a change that is none. */
const nothing: Guard = { extend: async () => true, keep: async () => true, revert: async () => {} };

function keeperOf<F extends Family>({ tables, place }: Plan<F>): Promise<Guard> {
  if (!place) return keptHere(tables.map(({ table }) => table));
  const families = [...new Set(tables.map(({ family }) => family))];
  return Keeper.start({ ...place, families }, { within: PATIENCE });
}

/** Tables in the memory of this process go with it: no other could put anything back. */
async function keptHere<F extends Family>(tables: readonly Table<F>[]): Promise<Guard> {
  const states = await Promise.all(tables.map((table) => table.state()));
  let timer: NodeJS.Timeout | undefined;
  let reverted: Promise<void> | undefined;
  const revert = (): Promise<void> => {
    clearTimeout(timer);
    reverted = Promise.all(tables.map((table, i) => table.restoreState(states[i]!))).then(() => {});
    return reverted;
  };
  return {
    async extend(within) {
      clearTimeout(timer);
      timer = setTimeout(() => void revert(), within);
      return true;
    },
    async keep() {
      clearTimeout(timer);
      await reverted;
      return reverted === undefined;
    },
    revert,
  };
}
