/** Standard output and error, written at once: a command may end right after, and pipes have their limits. */
import { writeSync } from 'node:fs';
import { encodeText } from '../net/text';

export function print(text: string | Uint8Array): void {
  write(1, text);
}
export function complain(text: string): void {
  write(2, text.endsWith('\n') ? text : `${text}\n`);
}

/** Bytes that weren't UTF-8 become what they were. */
export function write(descriptor: number, text: string | Uint8Array): void {
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
