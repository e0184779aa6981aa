/** Sets, and the files from which they are loaded at boot: before the rules that name them. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IptcError } from '../errors';
import { decodeAll } from '../net/text';
import { setNamedIn } from '../sets/command';
import { Sets } from '../sets/sets';
import type { PersistOptions } from './firewalls';
import { sameLines } from './lines';
import { findPlace } from './places';
import { readPieces, removeFile, replaceFile } from './replace';
import type { System } from './system';

/** What became of the sets when they were saved: they are of no family. Not told where there are none, and no file. */
export interface SavedSets {
  readonly family?: undefined;
  readonly tables?: undefined;
  readonly path: string;
  readonly saved: boolean;
  /** Their names. */
  readonly sets: readonly string[];
}
/** What became of them when they were loaded. Not told where there is no file. */
export interface LoadedSets {
  readonly family?: undefined;
  readonly path: string;
  readonly outcome: 'loaded' | 'failed';
  readonly error?: IptcError;
  readonly fallbackError?: undefined;
}

/** One file, as `ipset save` prints it; or a folder with a file for each set, as ipset.service has it. */
interface SetFiles {
  readonly path: string;
  readonly folder: boolean;
  /** The one that was used before there was the folder: what is in it is loaded besides. */
  readonly before?: string;
}

/** Second sets, which are there until they take the place of the first. */
const MOMENTARY = /^iptc-\w+-\w+(?: |$)/;

/** Says that a folder is complete: ipset.service takes back an older one otherwise. */
const COMPLETE = '.saved';

/** Where they are; undefined where they aren't kept. */
function filesOf(system: System, { sets = true, files, layout }: PersistOptions): SetFiles | undefined {
  if (!sets) return undefined;
  if (files?.sets !== undefined) return { path: resolve(files.sets), folder: false };
  // Whoever says where the rules are means other files than the machine's.
  if (files && !layout) return undefined;
  const place = findPlace(system, layout).sets;
  if (!place) return undefined;
  const path = system.path(place.path);
  if (!place.before) return { path, folder: false };
  const before = system.path(place.before);
  // A folder is newer than the file: where there is the file alone, whatever loads it may not know of folders.
  return !system.exists(place.path) && system.exists(place.before)
    ? { path: before, folder: false }
    : { path, folder: true, before };
}

/** The sets of the same namespace as the tables; undefined if those are in memory. */
async function open({ firewalls, namespace }: PersistOptions): Promise<Sets | undefined> {
  if (!firewalls) return Sets.open({ ...(namespace !== undefined && { namespace }) });
  const place = firewalls.map((firewall) => firewall.place).find((each) => each !== undefined);
  return place && Sets.open({ namespace: place.namespace });
}

/** The names of all sets, but for second ones that are there for a moment; none where the kernel has no sets. */
async function namesOf(sets: Sets): Promise<readonly string[]> {
  try {
    return (await sets.names()).filter((name) => !MOMENTARY.test(name));
  } catch (error) {
    if ((error as IptcError).code === 'ERR_UNSUPPORTED_BY_KERNEL') return [];
    throw error;
  }
}

/** Saves all sets. */
export async function saveSets(
  system: System,
  options: PersistOptions & { readonly ifChanged?: boolean },
): Promise<SavedSets | undefined> {
  const files = filesOf(system, options);
  const sets = files && (await open(options));
  if (!files || !sets) return undefined;
  try {
    const names = await namesOf(sets);
    if (names.length === 0 && !(await pathsOf(files)).length) return undefined;
    let saved = false;
    const write: Write = async (path, lines) => {
      if (options.ifChanged && (await isFile(path)) && (await sameLines(linesIn(path), lines()))) return;
      await replaceFile(system, path, lines());
      saved = true;
    };
    if (files.folder) await saveFolder(write, files, sets, names);
    else await write(files.path, () => linesOf(sets));
    return { path: files.path, saved, sets: names };
  } finally {
    await sets.close();
  }
}

/** As the kernel tells them, sets of sets come last. */
async function* linesOf(sets: Sets): AsyncGenerator<string> {
  for await (const line of sets.saveLines()) if (!MOMENTARY.test(line.replace(/^\w+ /, ''))) yield line;
}

type Write = (path: string, lines: () => AsyncIterable<string>) => Promise<void>;

async function saveFolder(write: Write, { path, before }: SetFiles, sets: Sets, names: readonly string[]) {
  const written = new Set<string>();
  for (const name of names) {
    // What a file can't be called, and what no shell's * finds.
    const file = `${name.replace(/\//g, '%2F').replace(/^\./, '%2E')}.set`;
    await write(join(path, file), () => sets.set(name).saveLines());
    written.add(file);
  }
  for (const file of await entries(path))
    if (file.endsWith('.set') && !written.has(file)) await removeFile(join(path, file));
  await write(join(path, COMPLETE), async function* () {});
  if (before !== undefined) await removeFile(before);
}

/** Those that `*` stands for in a shell. */
async function entries(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** The files that there are. */
async function pathsOf({ path, folder, before }: SetFiles): Promise<readonly string[]> {
  const paths = folder ? (await entries(path)).map((name) => join(path, name)) : [path];
  const found: string[] = [];
  for (const each of [...paths, ...(before === undefined ? [] : [before])]) if (await isFile(each)) found.push(each);
  return found;
}
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function* linesIn(path: string): AsyncGenerator<string> {
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(path)) pieces.push(piece);
  const text = decodeAll(Buffer.concat(pieces)).replace(/\n$/, '');
  if (text !== '') yield* text.split('\n');
}

interface Line {
  readonly line: string;
  readonly file: string;
  readonly number: number;
}

/** The first line of each file creates a set, and comes before all others: sets of sets name others. */
async function read(paths: readonly string[]): Promise<readonly Line[]> {
  const first: Line[] = [];
  const rest: Line[] = [];
  for (const file of paths) {
    let number = 0;
    for await (const line of linesIn(file)) (number++ === 0 ? first : rest).push({ line, file, number });
  }
  return [...first, ...rest];
}

/**
 * Makes sets what the files say, all of them or none; others stay. With `missing` those that there are stay as well.
 * Undefined where nothing is to be loaded.
 */
export async function loadSets(
  system: System,
  options: PersistOptions,
  { missing = false }: { readonly missing?: boolean } = {},
): Promise<LoadedSets | undefined> {
  const files = filesOf(system, options);
  const paths = files && (await pathsOf(files));
  if (!files || !paths?.length) return undefined;
  const sets = await open(options);
  if (!sets) return undefined;
  let lines: readonly Line[] = [];
  try {
    lines = await read(paths);
    const there = new Set(missing ? await namesOf(sets) : []);
    const wanted = lines.map(({ line }) => (there.size > 0 && there.has(setNamedIn(line) ?? '') ? '' : line));
    await sets.restore(wanted, { replace: true });
    return { path: files.path, outcome: 'loaded' };
  } catch (error) {
    if (!(error instanceof IptcError)) throw error;
    const at = error.line === undefined ? undefined : lines[error.line - 1];
    return {
      path: files.path,
      outcome: 'failed',
      error: at ? new IptcError(error.code, error.message, { ...error, file: at.file, line: at.number }) : error,
    };
  } finally {
    await sets.close();
  }
}
