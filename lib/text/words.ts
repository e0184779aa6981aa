/** A line as iptables-restore splits it: spaces and tabs part words, double quotes keep them, a backslash in quotes escapes. */
import { IptcError } from '../errors';

export interface Words {
  readonly words: readonly string[];
  /** 1-based, of each word's first character. */
  readonly columns: readonly number[];
}

/** Where a line stands, for errors. */
export interface Position {
  readonly line?: number;
  readonly file?: string | undefined;
}

export function splitWords(line: string, from = 0): Words {
  if (!line.includes('"') && !line.includes('\t')) {
    // Nearly every line: cut at single spaces.
    const words: string[] = [];
    const columns: number[] = [];
    for (let i = from; i < line.length; ) {
      let end = line.indexOf(' ', i);
      if (end < 0) end = line.length;
      if (end > i) {
        words.push(line.slice(i, end));
        columns.push(i + 1);
      }
      i = end + 1;
    }
    return { words, columns };
  }
  const words: string[] = [];
  const columns: number[] = [];
  let word = '';
  let start = -1;
  let quoted = false;
  for (let i = from; i < line.length; i++) {
    const char = line[i]!;
    if (quoted) {
      if (char === '\\' && i + 1 < line.length) word += line[++i];
      else if (char === '"') {
        // A closing quote ends the word, as in iptables: "a"b are two.
        words.push(word);
        columns.push(start);
        word = '';
        start = -1;
        quoted = false;
      } else word += char;
    } else if (char === '"') {
      if (start < 0) start = i + 1;
      quoted = true;
    } else if (char === ' ' || char === '\t') {
      if (word !== '') {
        words.push(word);
        columns.push(start);
      }
      word = '';
      start = -1;
    } else {
      if (start < 0) start = i + 1;
      word += char;
    }
  }
  if (quoted) throw new IptcError('ERR_BAD_TEXT', 'Expected a closing " but the line ends', { column: start });
  if (word !== '') {
    words.push(word);
    columns.push(start);
  }
  return { words, columns };
}
