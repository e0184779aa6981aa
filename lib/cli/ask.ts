/** A question on the terminal, to somebody who may be gone. */

/** What setTimeout can wait. */
const LONGEST = 2 ** 31 - 1;

/** One key, or undefined when the time is over or nobody is there. */
export function key(milliseconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const end = (answer: string | undefined) => {
      clearTimeout(timer);
      stdin.removeAllListeners('data');
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      stdin.unref?.();
      resolve(answer);
    };
    const timer = setTimeout(() => end(undefined), Math.min(milliseconds, LONGEST));
    process.on('SIGHUP', () => end(undefined));
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('error', () => end(undefined));
    stdin.on('data', (data: Buffer) => end(data.toString()));
    // As read -t: an end is no answer.
    stdin.on('end', () => end(undefined));
  });
}

export const isYes = (answer: string | undefined): boolean => answer !== undefined && /^y/i.test(answer);
