/** How long the lock is waited for, as iptables reads it. */
import { show } from '../errors';

/** A refusal in our words and in iptables'. */
type Refusal = (message: string, iptables: string) => Error;

/** As sscanf's %i. */
export function parseWait(word: string | undefined, error: Refusal): number {
  if (word === undefined) return -1;
  const parsed = /^\s*([-+]?(?:0[xX][0-9a-fA-F]+|\d+))/.exec(word);
  if (!parsed) throw error(`Expected seconds for --wait but received ${show(word)}`, 'wait seconds not numeric');
  return Number(parsed[1]);
}
export function checkInterval(word: string | undefined, error: Refusal): void {
  if (word === undefined) throw error('Expected microseconds for --wait-interval', 'wait interval value required');
  const parsed = /^\s*\+?(\d+)/.exec(word);
  if (!parsed)
    throw error(`Expected microseconds for --wait-interval but received ${show(word)}`, 'wait interval not numeric');
  if (Number(parsed[1]) > 999999)
    throw error(
      `Expected at most 999999 microseconds for --wait-interval but received ${show(word)}`,
      `too long usec wait ${parsed[1]} > 999999 usec`,
    );
}
