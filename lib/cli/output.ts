/**
 * Standard output and error, written at once: a command may end right after, and pipes have their limits. What a terminal
 * would obey is shown on one: names and comments are others'.
 */
import { fstatSync, writeSync } from 'node:fs';
import { visible } from '../look/visible';
import { encodeText } from '../net/text';

export function print(text: string): void {
  write(1, text);
}
export function complain(text: string): void {
  write(2, text.endsWith('\n') ? text : `${text}\n`);
}

/** What has been through safe() before it was coloured. */
export function printStyled(text: string | Uint8Array): void {
  writeAll(1, text);
}
export function write(descriptor: number, text: string | Uint8Array): void {
  writeAll(descriptor, typeof text === 'string' && isTerminal(descriptor) ? safe(text) : text);
}

/** Lines in which nothing moves a cursor, changes colours or turns text around. */
export const safe = (text: string): string => text.replace(/[^\n\t]+/g, visible);

const terminals = new Map<number, boolean>();
export function isTerminal(descriptor: number): boolean {
  let is = terminals.get(descriptor);
  if (is === undefined) {
    // What is no device needn't be asked by Node's streams, which take longer to load than most commands to run.
    is =
      fstatSync(descriptor).isCharacterDevice() &&
      (require('node:tty') as typeof import('node:tty')).isatty(descriptor);
    terminals.set(descriptor, is);
  }
  return is;
}

/** Bytes that weren't UTF-8 become what they were. */
function writeAll(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? encodeText(text) : text;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === 'EPIPE') process.exit(descriptor === 1 ? 141 : 1);
      else throw error;
    }
  }
}
