/** What a ledger says, into the kernel. */
import { placeOf } from './address';
import { type Allowance, type Ban, lasts } from './ban';
import type { Barrier } from './barrier';
import type { Ledger } from './ledger';

/** So many are put into the kernel at once. */
const TOGETHER = 10_000;

/** Not all at once, since each waits as a promise; but each time rules are written, all of the table is. */
export async function together<T>(
  uses: Barrier['uses'],
  all: readonly T[],
  work: (each: T) => Promise<unknown>,
): Promise<void> {
  const most = uses === 'rules' ? all.length : TOGETHER;
  for (let i = 0; i < all.length; i += most) await Promise.all(all.slice(i, i + most).map(work));
}

/** Bans and allowances of the family, as long as they still last. */
export async function fill(barrier: Barrier, { bans, allowances }: Ledger): Promise<void> {
  const ours = <T extends Ban | Allowance>(all: Iterable<T>) =>
    [...all].filter((each) => lasts(each) && placeOf(each.address).family === barrier.family);
  await Promise.all([
    together(barrier.uses, ours(allowances), (each) => barrier.allow(each)),
    together(barrier.uses, ours(bans), (each) => barrier.ban(each)),
  ]);
}
