/** Colours on a terminal: verdicts and chains stand out. `NO_COLOR` turns them off. */
import { fstatSync } from 'node:fs';

const CODES: Readonly<Record<string, string>> = { ACCEPT: '32', DROP: '31', REJECT: '31', RETURN: '33', QUEUE: '33' };

/** Whether colours are wanted: always, never, or on a terminal only. */
export const isColoured = (when: string | undefined): boolean =>
  when === 'always' || (when !== 'never' && !process.env.NO_COLOR && isTerminal());
/** What colours a listing, `when` it's wanted. */
export function painted(when: string | undefined): (text: string) => string {
  if (!isColoured(when)) return (text) => text;
  return (text) =>
    text
      .replace(/^(Chain )(\S+)/gm, '$1\u001b[1m$2\u001b[0m')
      .replace(/^(:|-N |-P |-A )(\S+)/gm, '$1\u001b[1m$2\u001b[0m')
      .replace(/\b(ACCEPT|DROP|REJECT|RETURN|QUEUE)\b/g, (word) => `\u001b[${CODES[word]}m${word}\u001b[0m`);
}

/** What is no device needn't be asked by Node's streams, which take longer to load than most commands to run. */
const isTerminal = (): boolean => fstatSync(1).isCharacterDevice() && process.stdout.isTTY === true;
