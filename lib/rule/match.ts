/** What a rule says by one of its matches. */
import { argument, named } from '../arguments';
import type { MatchSettings } from '../extensions/settings';
import { isOpaque, readRule } from './encode/given';
import type { Family, Rule } from './rule';

const name = named('the name of a match');

/**
 * The settings of the rule's first match of that name; undefined if it has none, or if what it has is kept as bytes.
 * Throws ERR_BAD_RULE for what is no rule.
 *
 * @example matchOf(parseRule('-p tcp --dport 22 -m comment --comment ssh'), 'comment')
 *   // { comment: 'ssh' }
 */
export function matchOf<F extends Family, N extends keyof MatchSettings<F> & string>(
  rule: Rule<F>,
  match: N,
): MatchSettings<F>[N] | undefined {
  const wanted = argument('matchOf', 'match', match, name);
  const settings = readRule(rule).match.find((each) => each.name === wanted)?.settings;
  return settings === undefined || isOpaque(settings) ? undefined : (settings as MatchSettings<F>[N]);
}
