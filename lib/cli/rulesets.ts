/** What the commands of analysis look at: a saved file, or the tables of the kernel. */
import { readFileSync } from 'node:fs';
import type { RulesetInput } from '../analysis';
import { IptcError } from '../errors';
import { type Family, parseRuleset, type TableState } from '../index';
import { loadedTables, openTables } from './tables';
import { pathOf } from './words';

/** Seconds to wait for the lock. */
const WAIT = 30;

export async function rulesetFor(
  family: Family,
  { file, netns }: { readonly file?: string | undefined; readonly netns?: string | undefined },
): Promise<RulesetInput> {
  if (file !== undefined) {
    try {
      return parseRuleset(readFileSync(file === '-' ? 0 : pathOf(file)), { family, ...(file !== '-' && { file }) });
    } catch (error) {
      if (error instanceof IptcError) throw error;
      throw new IptcError('ERR_IO', `Can't read ${file}: ${(error as Error).message}`, { cause: error });
    }
  }
  const firewall = openTables<Family>({ family, netns, wait: WAIT });
  try {
    const states: TableState[] = [];
    for (const name of loadedTables(firewall)) states.push(await firewall.table(name).state());
    return states.length > 0 ? states : { family, tables: [] };
  } finally {
    await firewall.close();
  }
}
