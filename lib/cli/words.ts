/** The words of the command line, with every byte that the shell gave. */
import { readFileSync } from 'node:fs';
import { decodeAll, encodeText } from '../net/text';

/** Node makes U+FFFD of what isn't UTF-8; the kernel knows better. */
export function commandWords(): string[] {
  const words = process.argv.slice(2);
  if (!words.some((word) => word.includes('\ufffd'))) return words;
  try {
    const raw = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1);
    return raw.slice(-words.length).map((word) => decodeAll(Buffer.from(word, 'latin1')));
  } catch {
    return words; // no /proc
  }
}

/** A word as the path of a file. */
export const pathOf = (word: string): Buffer => Buffer.from(encodeText(word));
