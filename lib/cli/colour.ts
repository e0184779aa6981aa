/** Colours on a terminal: verdicts and chains stand out. `NO_COLOR` turns them off. */
import { isTerminal, safe } from './output';

const CODES: Readonly<Record<string, string>> = { ACCEPT: '32', DROP: '31', REJECT: '31', RETURN: '33', QUEUE: '33' };

/** Whether colours are wanted: always, never, or on a terminal only. */
export const isColoured = (when: string | undefined): boolean =>
  when === 'always' || (when !== 'never' && !process.env.NO_COLOR && isTerminal(1));
/** What colours a listing for printStyled(), `when` it's wanted. */
export function painted(when: string | undefined): (text: string) => string {
  const plain = isTerminal(1) ? safe : (text: string) => text;
  if (!isColoured(when)) return plain;
  return (text) =>
    plain(text)
      .replace(/^(Chain )(\S+)/gm, '$1\u001b[1m$2\u001b[0m')
      .replace(/^(:|-N |-P |-A )(\S+)/gm, '$1\u001b[1m$2\u001b[0m')
      .replace(/\b(ACCEPT|DROP|REJECT|RETURN|QUEUE)\b/g, (word) => `\u001b[${CODES[word]}m${word}\u001b[0m`);
}
