/** Tables -> the files that are loaded at boot. */
import { optionsOf } from '../arguments';
import { IptcError } from '../errors';
import type { Family, Firewall, Ruleset, TableName } from '../index';
import { sliced } from '../slice';
import { difference } from '../table/said';
import { familiesOf, type Kept, keptOf, type PersistOptions, systemOf, tablesOf, withFirewall } from './firewalls';
import { Comments, essence, linesOf, readRuleset, sameLines } from './lines';
import { saving } from './options';
import { replaceFile } from './replace';
import { type SavedSets, saveSets } from './sets';
import type { System } from './system';

export interface SaveFilesOptions extends PersistOptions {
  /** Saves what rules count, instead of what iptables-config says (SAVE_COUNTER). */
  readonly counters?: boolean;
  /** Writes nothing where the file says the same already, counters and comments aside. */
  readonly ifChanged?: boolean;
}

/** What became of a family. */
export interface Saved {
  readonly family: Family;
  readonly path: string;
  /** False if there was nothing to save: no table loaded, or (`ifChanged`) nothing new. */
  readonly saved: boolean;
  readonly tables: readonly string[];
}

/** How often the tables are read again if somebody changes them meanwhile. */
const ATTEMPTS = 10;

/**
 * Saves the tables of both families to where this distribution loads them from at boot, as `service iptables save` does:
 * written beside the file, read again and compared with the kernel, on the disk before it is renamed; the old file is
 * kept as FILE.save. Comments of the old file stay with their rules. Sets that rules may name are saved first.
 * Rejects with ERR_IO; the old file is whole then.
 *
 * @example
 * await save(); // [{ family: 'ipv4', path: '/etc/sysconfig/iptables', saved: true, tables: ['filter'] }, …]
 */
export async function save(options?: SaveFilesOptions): Promise<(Saved | SavedSets)[]> {
  return saveFiles(optionsOf('save', options, saving));
}
export async function saveFiles(options: SaveFilesOptions): Promise<(Saved | SavedSets)[]> {
  const system = systemOf(options);
  const kept = familiesOf(options).map((family) => keptOf(system, family, options));
  const results: (Saved | SavedSets)[] = [];
  // Rules that are saved name sets that are.
  const sets = await saveSets(system, options);
  if (sets) results.push(sets);
  for (const each of kept) results.push(await saveFamily(system, each, options));
  return results;
}

async function saveFamily(system: System, kept: Kept, options: SaveFilesOptions): Promise<Saved> {
  const { family, path } = kept;
  const counters = options.counters ?? kept.counters;
  return withFirewall(options, kept, async (firewall) => {
    await firewall.drain();
    const tables = tablesOf(firewall, options);
    const result = { family, path, tables };
    if (tables.length === 0 || (options.ifChanged && (await isInStep(firewall, path, tables))))
      return { ...result, saved: false };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const comments = await Comments.of(family, path);
      try {
        await replaceFile(system, path, comments.into(firewall.saveLines({ counters, tables })), {
          keep: '.save',
          check: async (written) => {
            const said = await reread(family, written);
            const differs = await differenceOf(firewall, tables, said);
            if (!differs) return;
            if (!(await sameLines(linesOf(said), essence(firewall.saveLines({ tables }))))) throw new Changed();
            throw unsayable(family, `rule ${differs} is read again as another`);
          },
        });
        return { ...result, saved: true };
      } catch (error) {
        if (!(error instanceof IptcError && error.cause instanceof Changed)) throw error;
      }
    }
    throw new IptcError('ERR_CONFLICT', `Cannot save to ${path}: other programs keep changing the tables`, {
      family,
      file: path,
      hint: 'Try again later, or find out who else writes rules: iptc doctor.',
    });
  });
}

/** The tables are not any more what was written. */
class Changed extends Error {}

/** What was written must be what can be loaded: a rule that no text can say would be lost. */
async function reread(family: Family, path: string) {
  try {
    return await readRuleset(family, path);
  } catch (error) {
    if (!(error instanceof IptcError)) throw error;
    throw unsayable(family, `a rule has no text that could be loaded again (${error.message})`, error);
  }
}

const unsayable = (family: Family, why: string, cause?: IptcError) =>
  new IptcError('ERR_BAD_RULE', `Cannot save the tables: ${why}`, {
    family,
    line: cause?.line,
    hint: 'Delete that rule, or write it in a way that iptables has words for.',
    cause,
  });

/** The first rule, or the chain, of which a file doesn't say what the kernel has. */
async function differenceOf(
  firewall: Firewall<Family>,
  tables: readonly TableName[],
  said: Ruleset,
): Promise<string | undefined> {
  const names = said.tables.map(({ name }) => name);
  if (names.length !== tables.length || !tables.every((name) => names.includes(name))) return names.join(', ');
  for (const table of said.tables) {
    const state = await firewall.table(table.name as TableName).state();
    const differs = await sliced(difference(state, table));
    if (differs) return `${differs.position ?? ''} of chain ${differs.chain}, table ${table.name},`.trimStart();
  }
  return undefined;
}

/** Whether the files say what the tables do, counters, comments and order of tables aside. */
export async function isSaved(options: SaveFilesOptions = {}): Promise<boolean> {
  const system = systemOf(options);
  for (const family of familiesOf(options)) {
    const kept = keptOf(system, family, options);
    const same = await withFirewall(options, kept, (firewall) =>
      isInStep(firewall, kept.path, tablesOf(firewall, options)),
    );
    if (!same) return false;
  }
  return true;
}

async function isInStep(firewall: Firewall<Family>, path: string, tables: readonly TableName[]): Promise<boolean> {
  try {
    return !(await differenceOf(firewall, tables, await readRuleset(firewall.family, path)));
  } catch (error) {
    if (error instanceof IptcError && error.code === 'ERR_PERMISSION') throw error;
    return false; // it isn't there, or isn't one that could be loaded
  }
}
