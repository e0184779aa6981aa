/** By sets where the kernel has them, or by rules alone. */
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import type { Firewall } from '../table/firewall';
import type { Barrier, BarrierOptions } from './barrier';
import type { BansOptions } from './options';
import { RuleBarrier } from './rules/barrier';
import { SetBarrier } from './set-barrier';

export async function openBarrier(
  firewall: Firewall<Family>,
  options: BarrierOptions,
  uses: BansOptions['uses'] = 'auto',
): Promise<Barrier> {
  // Tables in memory have no sets beside them.
  if (uses === 'rules' || (uses === 'auto' && !firewall.place)) return made(await RuleBarrier.open(firewall, options));
  try {
    return await made(await SetBarrier.open(firewall, options));
  } catch (error) {
    const lacks = error instanceof IptcError && LACKS.includes(error.code);
    if (uses === 'ip_set' || !lacks) throw error;
    return made(await RuleBarrier.open(firewall, options));
  }
}
async function made(barrier: Barrier): Promise<Barrier> {
  try {
    await barrier.repair();
    return barrier;
  } catch (error) {
    await barrier.close();
    throw error;
  }
}
/** No ip_set, no such type of set, or no match that looks into one. */
const LACKS: readonly string[] = ['ERR_NO_SUPPORT', 'ERR_UNSUPPORTED_BY_KERNEL'];
