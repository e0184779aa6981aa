/** Whether an address is kept away, and why. */
import type { Place } from './address';
import { type Allowance, type Ban, lasts } from './ban';
import type { Barrier } from './barrier';
import type { Ledger } from './ledger';

/** Why an address is kept away, or isn't. */
export interface Verdict {
  readonly banned: boolean;
  /** The ban that it is for; undefined if a list has it, or somebody else has put it there. */
  readonly ban?: Ban;
  /** The list that has it. */
  readonly list?: string;
  /** What lets it pass, banned or not. */
  readonly allowed?: Allowance;
}

export async function verdictOn(place: Place, { allowances, bans }: Ledger, barrier: Barrier): Promise<Verdict> {
  const allowed = allowances.around(place).find((each) => lasts(each) && !each.ports);
  if (allowed) return { banned: false, allowed };
  const around = bans.around(place).filter((each) => lasts(each));
  const ban = around.find((each) => !each.ports) ?? around[0];
  if (ban) return { banned: true, ban };
  const kernel = await barrier.test(place.text);
  const banned = kernel.banned && !kernel.allowed;
  return { banned, ...(banned && kernel.list !== undefined && { list: kernel.list }) };
}
