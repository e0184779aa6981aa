/** What lists of bans have in common, whoever has written them. */
import { IptcError, Mismatch } from '../../errors';
import { placesOf } from '../address';
import { type Allowance, type Ban, scopeOf } from '../ban';

/** What a line says. Times are in milliseconds since 1970; who doesn't say when is banned from now on. */
export interface Listed {
  readonly what: 'ban' | 'allow';
  /** An address, a network or a range. */
  readonly address: string;
  readonly since?: number;
  /** When it ends; null: not by itself; undefined: it doesn't say. */
  readonly until?: number | null;
  readonly reason?: string;
  readonly ports?: Ban['ports'];
  readonly protocol?: Ban['protocol'];
  readonly direction?: Ban['direction'];
  readonly times?: number;
  readonly line?: number;
  readonly file?: string;
}

export interface Kept {
  readonly bans: Iterable<Ban>;
  readonly allowed: Iterable<Allowance>;
  /** What the sets of Bans.open() are called, or begin with. */
  readonly name: string;
}

export interface Reading {
  /** What becomes of those that the format doesn't tell of. */
  readonly as: 'ban' | 'allow';
  /** What another file says that is to be read in its place. */
  readonly include: (path: string) => Promise<string>;
  /** What is understood and can't be kept; throws, unless it is to be passed over. */
  readonly skip: (error: IptcError) => void;
}

export interface Format {
  /** Whether a line, not an empty one nor a comment, looks like it. */
  readonly is: (line: string) => boolean;
  read(text: string, reading: Reading): Iterable<Listed> | AsyncIterable<Listed>;
  write(kept: Kept): Iterable<string>;
}

export const badLine = (expected: string, received: string, line: number, file?: string, hint?: string): IptcError =>
  new IptcError('ERR_BAD_TEXT', new Mismatch(expected, received).message, { line, file, hint });

/** An address as a line has it; refused with the line's number otherwise. */
export function addressIn(word: string, line: number, file?: string): string {
  try {
    placesOf(word);
    return word;
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw badLine(`${error.expected.replace(/,$/, '')} at the beginning of the line`, word, line, file);
  }
}

/** Lines with their numbers, empty ones left out. Of whatever system they are. */
export function* numbered(text: string): Generator<readonly [text: string, line: number]> {
  let line = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const one = text.slice(at, end < 0 ? undefined : end).trim();
    line++;
    if (one !== '') yield [line === 1 ? one.replace(/^\uFEFF/, '') : one, line];
    at = end < 0 ? text.length : end + 1;
  }
}

/** Words and what stands behind `#` or `;`, as lists of addresses have it. */
export function commented(text: string, signs = /[#;]/): readonly [words: string, comment: string | undefined] {
  const at = text.search(signs);
  if (at < 0) return [text, undefined];
  const comment = text
    .slice(at)
    .replace(/^[#;\s]+/, '')
    .trim();
  return [text.slice(0, at).trim(), comment === '' ? undefined : comment];
}

/** A reason on one line of its own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trim();

/** Bans that are of more than packets from an address can't be said by it alone: they are left out, and that is said. */
export function* plain(bans: Iterable<Ban>, line: (ban: Ban) => string): Generator<string> {
  for (const ban of bans)
    if (ban.ports || ban.direction === 'out') yield `# not said here: ${ban.address} ${scopeOf(ban)}`;
    else yield line(ban);
}
