/** Lists of bans in and out, in the formats of those who wrote them. */
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { type Check, callback, fields, flag, oneOf } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { Slice } from '../slice';
import { type Duration, secondsOf } from './duration';
import type { Kept, Listed, Reading } from './formats/format';
import { FORMAT_NAMES, FORMATS, type FormatName, formatOf } from './formats/formats';

export interface ImportOptions {
  /** Seen by the lines unless told. */
  readonly format?: FormatName;
  /** What becomes of those of which the format doesn't say it: `ban` unless told; `allow` for csf.allow and csf.ignore. */
  readonly as?: 'ban' | 'allow';
  /** How long, where the format doesn't say: as long as other bans. */
  readonly for?: Duration;
  /** The reason of those that have none. */
  readonly reason?: string;
  /** Passes over what is understood and can't be kept, such as a user's packets; else it refuses the whole. */
  readonly skip?: boolean;
  /** What the files are that a list includes; without it such a list is refused. */
  readonly include?: (path: string) => string | Promise<string>;
}
export interface Imported {
  readonly banned: number;
  readonly allowed: number;
  /** Bans that had ended. */
  readonly ended: number;
  /** What was passed over, with the line of each. */
  readonly skipped: readonly IptcError[];
}
export interface ExportOptions {
  /** json, which says everything, unless told. */
  readonly format?: FormatName;
}

export const textGiven: Check<string> = (value) => {
  if (typeof value !== 'string') throw new Mismatch('a text', value);
  return value;
};
export const importGiven = fields<ImportOptions>({
  format: oneOf(...FORMAT_NAMES),
  as: oneOf('ban', 'allow'),
  for: (value) => {
    secondsOf(value);
    return value as Duration;
  },
  reason: textGiven,
  skip: flag,
  include: callback,
});
export const exportGiven = fields<ExportOptions>({ format: oneOf(...FORMAT_NAMES) });

/** All that a text says; the first line that is wrong refuses it. */
export async function readList(
  text: string,
  { format = formatOf(text), as = 'ban', skip = false, include }: ImportOptions,
): Promise<{ readonly listed: readonly Listed[]; readonly skipped: readonly IptcError[] }> {
  const skipped: IptcError[] = [];
  const reading: Reading = {
    as,
    include: async (path) => {
      if (include) return include(path);
      throw new IptcError('ERR_BAD_TEXT', `Cannot read ${path}: it is included, and nobody says what is in it`, {
        hint: 'Give a function as include, or put its lines in its place.',
      });
    },
    skip: (error) => {
      if (!skip) throw error;
      skipped.push(error);
    },
  };
  const listed: Listed[] = [];
  const slice = new Slice();
  for await (const each of FORMATS[format].read(text, reading)) {
    listed.push(each);
    if (slice.over) await slice.next();
  }
  return { listed, skipped };
}

/** A file's text; `-` is what comes in. ERR_IO. */
export async function textOf(path: string): Promise<string> {
  try {
    return path === '-' ? readFileSync(0, 'utf8') : await readFile(path, 'utf8');
  } catch (error) {
    const { message, errno, syscall } = error as NodeJS.ErrnoException;
    throw new IptcError('ERR_IO', `Cannot read ${path}: ${message}`, {
      file: path,
      errno: errno === undefined ? undefined : Math.abs(errno),
      syscall,
      cause: error,
    });
  }
}

/** The text of a file that others name: of a pipe or a device it might never end. ERR_IO. */
export async function fileText(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined); // told by textOf()
  if (found && !found.isFile())
    throw new IptcError('ERR_IO', `Cannot read ${path}: it is no regular file`, { file: path });
  return textOf(path);
}

export function exported(format: FormatName, kept: Kept): string {
  let text = '';
  for (const line of FORMATS[format].write(kept)) text += `${line}\n`;
  return text;
}
