/** The kernel's tables and the chains that packets enter by themselves; iptables(8), TABLES. */
import type { TableName } from '../codec/extension';

export const BUILTIN_CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
} as const satisfies Record<TableName, readonly string[]>;

export const TABLES: readonly string[] = Object.keys(BUILTIN_CHAINS);

/** The built-in chains of a table; none if there can't be such a table. */
export const builtinChains = (table: string): readonly string[] =>
  Object.hasOwn(BUILTIN_CHAINS, table) ? BUILTIN_CHAINS[table as TableName] : [];
