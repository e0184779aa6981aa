/** What the guard remembers over a restart: how far it has read, and whom its file had named. */
import { readFileSync } from 'node:fs';
import { replaceFile } from '../persist/replace';
import type { System } from '../persist/system';
import type { Place } from './follow';

export interface State {
  readonly files: Readonly<Record<string, Place>>;
  readonly cursor?: string;
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
}
const NONE: State = { files: {}, allowed: [], denied: [] };

/** Nothing, where there is none, or it isn't one. */
export function readState(path: string): State {
  try {
    const { files, cursor, allowed, denied } = { ...NONE, ...(JSON.parse(readFileSync(path, 'utf8')) as State) };
    const texts = (list: readonly string[]) => list.filter((each) => typeof each === 'string');
    const places = Object.entries(files).filter(([, { inode, at }]) => Number.isInteger(inode) && at >= 0);
    return {
      files: Object.fromEntries(places),
      ...(typeof cursor === 'string' && { cursor }),
      allowed: texts(allowed),
      denied: texts(denied),
    };
  } catch {
    return NONE;
  }
}
export const writeState = (system: System, path: string, state: State): Promise<void> =>
  replaceFile(system, path, [JSON.stringify(state)]);
