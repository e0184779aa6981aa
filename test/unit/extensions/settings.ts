import { type Family, formatRule, type PlainRule, parseRule, type Rule } from '../../../lib';

/** What the first match of a rule is, as data. */
export function settingsOf(text: string, family: Family = 'ipv4'): unknown {
  const { match } = parseRule(text, { family }) as PlainRule;
  return Object.values(match?.at(-1) ?? {})[0];
}

/** Text to data to text. */
export const again = (text: string, family: Family = 'ipv4'): string =>
  formatRule(parseRule(text, { family }), { family });

/** A rule of one match, as text. */
export const textOf = (match: object, rule: object = {}, family: Family = 'ipv4'): string =>
  formatRule({ ...rule, match: [match] } as Rule, { family });
