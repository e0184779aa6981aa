/** The files that are loaded at boot -> tables. */
import { createReadStream, promises } from 'node:fs';
import { optionsOf } from '../arguments';
import type { TableName } from '../codec/extension';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import type { Firewall } from '../table/firewall';
import { isTableName } from '../table/names';
import { familiesOf, type Kept, keptOf, type PersistOptions, systemOf, withFirewall } from './firewalls';
import { loading } from './options';

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
 * be, FILE.fallback is tried, as iptables-services does. Doesn't reject because of a file: the result says what was done.
 *
 * @example
 * for (const { path, outcome, error } of await load()) console.log(path, outcome, error?.message ?? '');
 * // /etc/sysconfig/iptables loaded
 */
export async function load(options?: LoadFilesOptions): Promise<Loaded[]> {
  const given = optionsOf('load', options, loading);
  const system = systemOf(given);
  const kept = familiesOf(given).map((family) => keptOf(system, family, given));
  const results: Loaded[] = [];
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
      const error = await attempt(() => restoreFile(firewall, path, counters));
      if (!error) return { ...result, outcome: 'loaded' };
      const fallback = `${path}.fallback`;
      if (options.fallback === false || !(await exists(fallback))) return { ...result, outcome: 'failed', error };
      const fallbackError = await attempt(() => restoreFile(firewall, fallback, counters));
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
 * Makes tables what a file says: all that it names, or none. Everything is tried first; what the kernel refuses only then
 * is taken back. Tables that it doesn't name stay as they are.
 */
export async function restoreFile(firewall: Firewall<Family>, path: string, counters: boolean): Promise<void> {
  const names: TableName[] = [];
  const input = () => createReadStream(path, { highWaterMark: 256 << 10 });
  try {
    await firewall.restore(noting(input(), names), { test: true, file: path });
    const before = await firewall.save({ counters: true, tables: names });
    try {
      await firewall.restore(input(), { counters: counters && (await hasCounters(path)), file: path });
    } catch (error) {
      await firewall.restore(before, { counters: true });
      throw error;
    }
  } catch (error) {
    throw error instanceof IptcError ? error : unreadable(path, error);
  }
}

/** Passes a file on, and notes the tables that it names. */
async function* noting(input: AsyncIterable<Buffer>, names: TableName[]): AsyncGenerator<Buffer> {
  let rest = '';
  for await (const piece of input) {
    const text = rest + piece.toString('latin1');
    for (const [, name = ''] of `\n${text}`.matchAll(/\n\*(\w+)(?=[\s])/g))
      if (isTableName(name) && !names.includes(name)) names.push(name);
    // A name that is cut in two.
    rest = text.slice(text.lastIndexOf('\n') + 1).slice(0, 64);
    yield piece;
  }
}

/** Asking for counters of a file without any would be refused (`:INPUT ACCEPT` alone). */
async function hasCounters(path: string): Promise<boolean> {
  for await (const piece of createReadStream(path, { encoding: 'latin1' })) {
    const first = /^:\S+ [A-Z]+(.*)$/m.exec(piece as string);
    if (first) return /\[\d+:\d+\]/.test(first[1]!);
  }
  return false;
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
