/** Tables and their built-in chains, and what a chain may be called. */
import { argument, type Check } from '../arguments';
import { CHAIN_NAME_SIZE } from '../backend/program';
import type { Family, TableName } from '../codec/extension';
import { alternatives, IptcError, Mismatch, show } from '../errors';
import { registry } from '../extensions/registry';
import { encodeText, isPlainName, isWhole } from '../net/text';
import { CHAIN_NAME_MAX } from '../rule/layout';
import { VERDICTS } from '../rule/rule';
import { BUILTIN_CHAINS, builtinChains, TABLES } from '../rule/tables';

export { BUILTIN_CHAINS };
export type BuiltinChainName<T extends TableName = TableName> = (typeof BUILTIN_CHAINS)[T][number];
/** A chain's name in a table: a built-in chain of another table doesn't compile. */
export type ChainNameIn<T extends TableName, N extends string> = N extends BuiltinChainName
  ? N extends BuiltinChainName<T>
    ? N
    : never
  : N;
export type Policy = 'ACCEPT' | 'DROP';

export const isTableName = (name: unknown): name is TableName => TABLES.includes(name as string);
/** What is said of another name. */
export const noTable = (name: unknown): string =>
  `Expected ${alternatives(TABLES)} for the name of a table but received ${show(name)}`;
/** One of several tables. */
export const tableName: Check<TableName> = (value) => {
  if (!isTableName(value)) throw new Mismatch(alternatives(TABLES), value);
  return value;
};
export const isBuiltinChain = (table: TableName, chain: string): boolean => builtinChains(table).includes(chain);

/** Whose chains, for errors. */
interface Where {
  readonly family: Family;
  readonly table: string;
}
const text: Check<string> = (value) => {
  if (typeof value !== 'string' || value === '') throw new Mismatch('the name of a chain', value);
  return value;
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: the zero byte is what is looked for
const PLAIN = /^[\x01-\x7f]{1,31}$/;

/** Refuses what no chain's name can be, where the bytes that were left of it would name another chain. */
export function checkChainName(where: Where, call: string, name: unknown, parameter = 'name'): asserts name is string {
  const chain = argument(call, parameter, name, text);
  if (PLAIN.test(chain)) return;
  const expected = chain.includes('\0')
    ? 'no zero byte'
    : !isWhole(chain)
      ? 'no halves of characters'
      : encodeText(chain).length >= CHAIN_NAME_SIZE
        ? `at most ${CHAIN_NAME_SIZE - 1} bytes`
        : undefined;
  if (expected !== undefined)
    throw new IptcError('ERR_BAD_CHAIN', `Expected ${expected} for the name of a chain but received ${show(chain)}`, {
      ...where,
      chain,
    });
}

/** Refuses what can't name a new chain of the user's; a rule of iptables' command first, then our own. */
export function checkNewChainName(
  where: Where,
  call: string,
  name: unknown,
  parameter = 'name',
): asserts name is string {
  checkChainName(where, call, name, parameter);
  const refuse = (expected: string) => {
    throw new IptcError(
      'ERR_BAD_CHAIN',
      `Expected ${expected} for the name of a new chain but received ${show(name)}`,
      { ...where, chain: name },
    );
  };
  if (encodeText(name).length > CHAIN_NAME_MAX) return refuse(`at most ${CHAIN_NAME_MAX} bytes`);
  if (name.startsWith('-') || name.startsWith('!')) return refuse('no - or ! at the beginning');
  // What iptables-save prints of quotes, iptables-restore doesn't read.
  if (!isPlainName(name) || name.includes('"')) return refuse('no spaces, double quotes and control characters');
  if (VERDICTS.has(name)) return refuse('anything but a verdict');
  if (registry.target.find(where.family, name))
    return refuse('anything but the name of a target extension, which the chain would replace silently,');
}
