/** The files that are loaded at boot -> tables. */
import { promises } from 'node:fs';
import { optionsOf } from '../arguments';
import { Hosts } from '../command/resolver';
import { IptcError } from '../errors';
import type { Family, Firewall, Restored, TableName, TableState } from '../index';
import { familiesOf, type Kept, keptOf, type PersistOptions, systemOf, withFirewall } from './firewalls';
import { loading } from './options';
import { readPieces } from './replace';
import { type LoadedSets, loadSets } from './sets';

export interface LoadFilesOptions extends PersistOptions {
  /** Sets the counters that the file holds, instead of what iptables-config says (SAVE_COUNTER). */
  readonly counters?: boolean;
  /** Tries FILE.fallback where FILE fails; true unless told. */
  readonly fallback?: boolean;
}

/** What became of a family: from which file the tables are, or why they are as they were. */
export interface Loaded {
  readonly family: Family;
  readonly path: string;
  readonly outcome: 'loaded' | 'fallback' | 'absent' | 'failed';
  /** Why the file could not be loaded, where the outcome is `fallback` or `failed`; with line and column. */
  readonly error?: IptcError;
  /** Why the fallback could not be loaded either. */
  readonly fallbackError?: IptcError;
}

/**
 * Loads what save() or `service iptables save` wrote. A family's file is loaded as a whole or not at all; where it can't
 * be, FILE.fallback is tried, as iptables-services does. Sets that were saved become what they were before that, those
 * that rules use as well. Doesn't reject because of a file: the result says what was done.
 *
 * @example
 * for (const { path, outcome, error } of await load()) console.log(path, outcome, error?.message ?? '');
 * // /etc/sysconfig/iptables loaded
 */
export async function load(options?: LoadFilesOptions): Promise<(Loaded | LoadedSets)[]> {
  const given = optionsOf('load', options, loading);
  const system = systemOf(given);
  const kept = familiesOf(given).map((family) => keptOf(system, family, given));
  const results: (Loaded | LoadedSets)[] = [];
  // Rules name them.
  const sets = await loadSets(system, given);
  if (sets) results.push(sets);
  for (const each of kept) results.push(await loadFamily(each, given));
  return results;
}

async function loadFamily(kept: Kept, options: LoadFilesOptions): Promise<Loaded> {
  const { family, path } = kept;
  const counters = options.counters ?? kept.counters;
  const result = { family, path };
  if (!(await exists(path)) && !(options.fallback !== false && (await exists(`${path}.fallback`))))
    return { ...result, outcome: 'absent' };
  try {
    return await withFirewall(options, kept, async (firewall) => {
      const load = async (each: string) => (await RulesFile.tried(firewall, each)).load(counters);
      const error = await attempt(() => load(path));
      if (!error) return { ...result, outcome: 'loaded' };
      const fallback = `${path}.fallback`;
      if (options.fallback === false || !(await exists(fallback))) return { ...result, outcome: 'failed', error };
      const fallbackError = await attempt(() => load(fallback));
      return fallbackError
        ? { ...result, outcome: 'failed', error, fallbackError }
        : { ...result, outcome: 'fallback', error };
    });
  } catch (error) {
    if (error instanceof IptcError && error.code !== 'ERR_BAD_ARGUMENT') return { ...result, outcome: 'failed', error };
    throw error;
  }
}

async function attempt(work: () => Promise<void>): Promise<IptcError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof IptcError) return error;
    throw error;
  }
}

/**
 * A file of rules. It is read once, and so are the addresses of the hosts that it names: what was tried is what is loaded.
 */
export class RulesFile {
  private constructor(
    private readonly firewall: Firewall<Family>,
    private readonly path: string,
    private readonly bytes: Uint8Array,
    private readonly resolve: (host: string) => Promise<readonly string[]>,
    private readonly found: Restored,
    /** Why it can't be loaded. */
    readonly failure: IptcError | undefined,
  ) {}

  /** Parses all of it, looks for its hosts, and has the kernel check its tables. Nothing changes. */
  static async tried(firewall: Firewall<Family>, path: string): Promise<RulesFile> {
    const hosts = new Hosts(firewall.family);
    const resolve = (host: string) => hosts.lookUp(host);
    const made = (bytes: Uint8Array, found: Restored, failure?: IptcError) =>
      new RulesFile(firewall, path, bytes, resolve, found, failure);
    try {
      const bytes = await read(path);
      return made(bytes, await firewall.restore(bytes, { test: true, file: path, resolve }));
    } catch (error) {
      if (error instanceof IptcError) return made(new Uint8Array(), { tables: [], counters: false }, error);
      throw error;
    }
  }

  /** Makes tables what it says: all that it names, or none. Tables that it doesn't name stay as they are. */
  async load(counters: boolean): Promise<void> {
    const { firewall, path, bytes, resolve, found, failure } = this;
    if (failure) throw failure;
    const before = new Map<TableName, TableState>();
    for (const name of found.tables) before.set(name, await firewall.table(name).state());
    try {
      // Asking for the counters of a file without any would be refused (`:INPUT ACCEPT` alone).
      await firewall.restore(bytes, { file: path, counters: counters && found.counters, resolve });
    } catch (error) {
      // The tables before the one that failed have been changed.
      const end = found.tables.lastIndexOf((error as IptcError).table as TableName);
      for (const name of new Set(end < 0 ? found.tables : found.tables.slice(0, end)))
        await firewall.table(name).restoreState(before.get(name)!);
      throw error;
    }
  }
}

async function read(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of readPieces(path)) pieces.push(piece);
  } catch (error) {
    throw error instanceof IptcError ? error : unreadable(path, error);
  }
  return Buffer.concat(pieces);
}

async function exists(path: string): Promise<boolean> {
  try {
    await promises.stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

function unreadable(path: string, error: unknown): IptcError {
  const { message, errno, syscall } = error as NodeJS.ErrnoException;
  return new IptcError('ERR_IO', `Cannot read ${path}: ${message}`, {
    file: path,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    cause: error,
  });
}
