/** Tables and their built-in chains, and what a chain may be called. */
import type { Family, TableName } from '../codec/extension';
import { alternatives, IptcError, show } from '../errors';
import { registry } from '../extensions/registry';
import { encodeText } from '../net/text';
import { CHAIN_NAME_MAX } from '../rule/layout';
import { VERDICTS } from '../rule/rule';

/** The kernel's tables and the chains that packets enter by themselves; iptables(8), TABLES. */
export const BUILTIN_CHAINS = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
} as const satisfies Record<TableName, readonly string[]>;

export type BuiltinChainName<T extends TableName = TableName> = (typeof BUILTIN_CHAINS)[T][number];
/** A chain's name in a table: a built-in chain of another table doesn't compile. */
export type ChainNameIn<T extends TableName, N extends string> = N extends BuiltinChainName
  ? N extends BuiltinChainName<T>
    ? N
    : never
  : N;
export type Policy = 'ACCEPT' | 'DROP';

export const isTableName = (name: string): name is TableName => Object.hasOwn(BUILTIN_CHAINS, name);
/** What is said of another name. */
export const noTable = (name: unknown): string =>
  `Expected ${alternatives(Object.keys(BUILTIN_CHAINS))} for the name of a table but received ${show(name)}`;
export const isBuiltinChain = (table: TableName, chain: string): boolean =>
  (BUILTIN_CHAINS[table] as readonly string[]).includes(chain);

/** Refuses what can't name a chain of the user's; a rule of iptables' command first, then our own. */
export function checkNewChainName(family: Family, table: TableName, name: unknown): asserts name is string {
  const refuse = (expected: string) => {
    throw new IptcError(
      'ERR_BAD_CHAIN',
      `Expected ${expected} for the name of a new chain but received ${show(name)}`,
      { family, table, chain: String(name) },
    );
  };
  if (typeof name !== 'string' || name === '') return refuse('a text');
  if (encodeText(name).length > CHAIN_NAME_MAX) return refuse(`at most ${CHAIN_NAME_MAX} bytes`);
  if (name.startsWith('-') || name.startsWith('!')) return refuse('no - or ! at the beginning');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\s\u0000-\u001f\u007f]/.test(name)) return refuse('no spaces and no control characters');
  if (VERDICTS.has(name)) return refuse('anything but a verdict');
  if (registry.target.find(family, name))
    return refuse('anything but the name of a target extension, which the chain would replace silently,');
}
