/** What a change must not cut. */
import { cutTogether } from '../analysis/preserved';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import { sliced } from '../slice';
import type { TableState } from '../table/state';
import { type Neighbours, neighboursOf, type Packets } from './flow';
import type { Plan } from './plan';
import { type Cut, Reach } from './reach';

/** Rejects with ERR_LOCKOUT if the plan would cut one that isn't cut already. */
export async function requirePreserved<F extends Family>(plan: Plan<F>, preserved: readonly Packets[]): Promise<void> {
  const after = new Map<object, TableState<F>>();
  for (const table of plan.tables) {
    after.set(table, await sliced(table.after()));
    // Nobody's connection goes through nat but for its first packet.
    if (table.empty || table.name === 'nat') continue;
    const [was, is] = [new Reach(table.codec, table.state), new Reach(table.codec, after.get(table)!)];
    for (const packets of [...preserved, ...neighboursOf(preserved)]) {
      if (packets.family !== table.family) continue;
      const cut = await sliced(is.cut(packets));
      if (cut && !(await sliced(was.cut(packets)))) throw lockout(packets, { ...cut, table: table.name });
    }
  }
  let others: readonly TableState<F>[] | undefined;
  for (const family of ['ipv4', 'ipv6'] as const) {
    const tables = plan.tables.filter((table) => (table.family as Family) === family);
    const packets = preserved.filter((each) => each.family === family);
    if (tables.every(({ empty }) => empty) || packets.length === 0) continue;
    others ??= await plan.others();
    const rest = others.filter((state) => (state.family as Family) === family);
    const was = [...tables.map(({ state }) => state), ...rest];
    const is = [...tables.map((table) => after.get(table)!), ...rest];
    if (rulesIn(was) + rulesIn(is) > MOST) continue;
    const cut = cutTogether(was, is, packets);
    if (cut) throw lockout(cut.of, cut);
  }
}

/** Rules that are looked at all together: more of them would keep everybody waiting. */
const MOST = 2000;
const rulesIn = (states: readonly TableState[]): number =>
  states.reduce((sum, { chains }) => chains.reduce((all, { length }) => all + length, sum), 0);

function lockout(
  { family, name }: Packets | Neighbours,
  { table, chain, line }: Cut & { readonly table: string },
): IptcError {
  return new IptcError('ERR_LOCKOUT', `Cannot apply the plan to table ${table}: it would cut ${name}: ${line}`, {
    family,
    table,
    chain,
    hint: 'Accept it before, leave it out of preserve, or say force: true.',
  });
}
