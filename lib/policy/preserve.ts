/** What a change must not cut. */
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import { sliced } from '../slice';
import type { Packets } from './flow';
import type { Plan } from './plan';
import { Reach } from './reach';

/** Rejects with ERR_LOCKOUT if the plan would cut one that isn't cut already. */
export async function requirePreserved<F extends Family>(plan: Plan<F>, preserved: readonly Packets[]): Promise<void> {
  for (const table of plan.tables) {
    // Nobody's connection goes through nat but for its first packet.
    if (table.empty || table.name === 'nat') continue;
    const before = new Reach(table.codec, table.state);
    const after = new Reach(table.codec, await sliced(table.after()));
    for (const packets of preserved) {
      if (packets.family !== table.family) continue;
      const cut = await sliced(after.cut(packets));
      if (!cut || (await sliced(before.cut(packets)))) continue;
      throw new IptcError(
        'ERR_LOCKOUT',
        `Cannot apply the plan to table ${table.name}: it would cut ${packets.name}: ${cut.line}`,
        {
          family: table.family,
          table: table.name,
          chain: cut.chain,
          hint: 'Accept it before, leave it out of preserve, or say force: true.',
        },
      );
    }
  }
}
