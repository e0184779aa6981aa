/** What the commands of analysis look at: a saved file, or the tables of the kernel. */
import { readFileSync } from 'node:fs';
import type { RulesetInput } from '../analysis';
import { IptcError } from '../errors';
import { type Family, parseRuleset, type TableState } from '../index';
import { loadedTables, openTables } from './tables';
import { pathOf } from './words';

/** Seconds to wait for the lock. */
const WAIT = 30;

interface Source {
  readonly file?: string | undefined;
  readonly netns?: string | undefined;
}
interface Found {
  readonly ruleset: RulesetInput;
  /** What the kernel's tables live in; of a file nobody knows. */
  readonly backend?: 'legacy' | 'nft';
}

export async function rulesetFor(family: Family, source: Source): Promise<RulesetInput> {
  return (await foundRuleset(family, source)).ruleset;
}

export async function foundRuleset(family: Family, { file, netns }: Source): Promise<Found> {
  if (file !== undefined) {
    try {
      const text = readFileSync(file === '-' ? 0 : pathOf(file));
      return { ruleset: parseRuleset(text, { family, ...(file !== '-' && { file }) }) };
    } catch (error) {
      if (error instanceof IptcError) throw error;
      throw new IptcError('ERR_IO', `Cannot read ${file}: ${(error as Error).message}`, { cause: error });
    }
  }
  const firewall = openTables<Family>({ family, netns, wait: WAIT });
  try {
    const states: TableState[] = [];
    for (const name of loadedTables(firewall)) states.push(await firewall.table(name).state());
    const { backend } = firewall;
    return { ruleset: states.length > 0 ? states : { family, tables: [] }, ...(backend !== 'memory' && { backend }) };
  } finally {
    await firewall.close();
  }
}
