/** Which packets a plan would make fare otherwise. */
import type { TrafficComparison } from '../analysis';
import type { Family, Firewall, TableState } from '../index';
import type { Plan } from '../policy/plan';
import { loadedTables } from './tables';

/** The tables that stay as they are have their say all the same. */
export async function trafficOf({ tables }: Plan<Family>, firewall: Firewall<Family>): Promise<TrafficComparison> {
  const planned = new Set<string>(tables.map(({ name }) => name));
  const others: TableState[] = [];
  for (const name of loadedTables(firewall)) if (!planned.has(name)) others.push(await firewall.table(name).state());
  const { compareTraffic } = require('../analysis') as typeof import('../analysis');
  const [before, after] = (['state', 'draft'] as const).map((side) => [
    ...tables.map((table) => table[side]),
    ...others,
  ]);
  return compareTraffic(before!, after!);
}
