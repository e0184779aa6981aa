/** A line of the journal. Whoever wrote it: what isn't as we write it is none. */
import { type Allowance, type Ban, portsGiven } from './ban';

export type Entry =
  | { readonly ban: Omit<Ban, 'hits'> }
  | { readonly unban: string }
  | { readonly allow: Allowance }
  | { readonly disallow: string }
  | { readonly history: { readonly address: string; readonly times: number; readonly last: number } };

/** What a date can be, in milliseconds. */
const LATEST = 8.64e15;
type Record = { readonly [key: string]: unknown };
const isRecord = (value: unknown): value is Record => typeof value === 'object' && value !== null;
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= LATEST;
const isTimes = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
function isKept({ address, since, until, reason, ports, protocol }: Record): boolean {
  if (ports !== undefined) portsGiven(ports); // throws
  return (
    typeof address === 'string' &&
    isTime(since) &&
    (until === undefined || isTime(until)) &&
    (reason === undefined || typeof reason === 'string') &&
    (protocol === undefined || protocol === 'tcp' || protocol === 'udp')
  );
}
function isEntry({ ban, unban, allow, disallow, history }: Record): boolean {
  if (isRecord(ban))
    return isKept(ban) && isTimes(ban.times) && ['in', 'out', 'both'].includes(ban.direction as string);
  if (isRecord(allow)) return isKept(allow);
  if (isRecord(history)) return typeof history.address === 'string' && isTimes(history.times) && isTime(history.last);
  return typeof unban === 'string' || typeof disallow === 'string';
}

/** None, or one. */
export function entryOf(line: string): Entry[] {
  if (line === '') return [];
  try {
    const entry = JSON.parse(line) as unknown;
    return isRecord(entry) && isEntry(entry) ? [entry as unknown as Entry] : [];
  } catch {
    return [];
  }
}
