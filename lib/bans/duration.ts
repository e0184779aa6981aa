/** How long: seconds, or `90s`, `10m`, `2h`, `1d12h`, `2w`. */
import { Mismatch } from '../errors';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** What is longer is for good, and no date any more. */
const LONGEST = 100 * 365.25 * 86_400;
const WHOLE = /^(?:\d+[smhdw])+$/;

export type Duration = number | string;

export function secondsOf(value: unknown): number {
  const seconds = typeof value === 'string' ? parsed(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds <= LONGEST))
    throw new Mismatch('seconds, or a time such as 90s, 10m, 2h, 1d12h or 2w, of at most 100 years,', value);
  return Math.ceil(seconds);
}
function parsed(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  if (!WHOLE.test(word)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of word.matchAll(/(\d+)([smhdw])/g)) seconds += Number(count) * SECONDS[unit!]!;
  return seconds;
}

/** The two largest units: `1d 12h`. */
export function durationText(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    if (rest >= size && parts.length < 2) parts.push(`${Math.floor(rest / size)}${unit}`);
    rest %= size;
  }
  return parts.join(' ') || '0s';
}
