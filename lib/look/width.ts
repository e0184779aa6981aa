/** How wide text is on a terminal, where letters may take two columns, none, or be colour. */
import sliceAnsi = require('slice-ansi');
import stringWidth = require('string-width');

const PLAIN = /^[\x20-\x7e]*$/;

export const widthOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** What fits into so many columns; what doesn't is told by an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width < 1 ? '' : `${slice(text, 0, width - 1)}…`;
}
export const slice = (text: string, from: number, to: number): string =>
  PLAIN.test(text) ? text.slice(from, to) : sliceAnsi(text, from, to);

/** Filled up with spaces; to the left of a number. */
export function fill(text: string, width: number, right = false): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
}

/** Lines of at most so many columns, broken between words where that can be. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    for (; widthOf(word) > width; word = slice(word, width, widthOf(word))) lines.push(slice(word, 0, width));
    line = word;
  }
  lines.push(line);
  return lines;
}
