/** What the commands that only look have in common: where the tables are, how wide the terminal is, and its colours. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IptcError } from '../errors';
import { type Family, type Firewall, parseRuleset } from '../index';
import { type SeenTable, seenRuleset, seenState } from '../look/model';
import type { PageFiles } from '../look/page';
import { write } from './output';
import type { Program } from './program';
import { loadedTables, openTables } from './tables';
import { pathOf } from './words';

/** The tables of a saved file (`-`: standard input), or those that the kernel has loaded; one of them by its name. */
export function tablesSeen(
  { family }: Program,
  {
    file,
    netns,
    table,
  }: { readonly file?: string | undefined; readonly netns?: string | undefined; readonly table?: string | undefined },
): SeenTable[] {
  if (file !== undefined) {
    const tables = seenRuleset(parseRuleset(readFile(file), { family, file }));
    const found = tables.filter(({ name }) => table === undefined || name === table);
    if (found.length > 0 || table === undefined) return found;
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected one of the tables of ${file} but received ${table}`, {
      hint: `It has ${tables.map(({ name }) => name).join(', ') || 'none'}.`,
    });
  }
  let firewall: Firewall | undefined;
  try {
    firewall = openTables({ family, netns });
    const names = table === undefined ? loadedTables(firewall) : [table];
    return names.map((name) => seenState(firewall!.table(name as 'filter').stateSync()));
  } finally {
    void firewall?.close();
  }
}

export function readFile(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : pathOf(file));
  } catch (error) {
    throw new IptcError('ERR_IO', `Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Columns of the terminal; of what isn't one as many as are needed. */
export const columnsOf = (stream: NodeJS.WriteStream): number =>
  stream.isTTY === true && stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
export const isColourful = (when: string | undefined): boolean =>
  when === 'always' || (when !== 'never' && process.stdout.isTTY === true && !process.env.NO_COLOR);

/** The tables of both families; of one, where the kernel or the user has no more. Throws what the first says if there are none. */
export function openBoth(netns: string | undefined): Firewall<Family>[] {
  const firewalls: Firewall<Family>[] = [];
  let first: unknown;
  for (const family of ['ipv4', 'ipv6'] as const)
    try {
      firewalls.push(openTables<Family>({ family, netns }));
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
      first ??= error;
    }
  if (firewalls.length === 0) throw first;
  return firewalls;
}

export function writeFile(file: string, text: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(pathOf(file), 'w', 0o666);
  } catch (error) {
    throw new IptcError('ERR_IO', `Cannot write ${file}: ${(error as Error).message}`, { cause: error });
  }
  write(descriptor, text);
  closeSync(descriptor);
}

/** What scripts/build has made of page/. */
export function pageFiles(style: 'style' | 'report'): PageFiles {
  const text = (name: string) => readFileSync(join(__dirname, '..', 'page', name), 'utf8');
  return { style: text(`${style}.css`), script: style === 'style' ? text('script.js') : '' };
}
