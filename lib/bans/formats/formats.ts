/** The formats by their names, and which of them a text is in. */
import { csf } from './csf';
import { fail2ban } from './fail2ban';
import { type Format, numbered } from './format';
import { ipset } from './ipset';
import { json } from './json';
import { lines } from './lines';

export const FORMATS = { lines, csf, fail2ban, ipset, json } as const satisfies Readonly<Record<string, Format>>;
export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** How many lines are looked at. */
const LOOKED_AT = 1000;
/** The peculiar ones first. */
const ORDER: readonly FormatName[] = ['json', 'ipset', 'fail2ban', 'csf'];

/** What its lines look like; addresses, a line each, if like nothing else. */
export function formatOf(text: string): FormatName {
  let left = LOOKED_AT;
  for (const [line] of numbered(text)) {
    const found = ORDER.find((name) => FORMATS[name].is(line));
    if (found) return found;
    if (--left === 0) break;
  }
  return 'lines';
}
