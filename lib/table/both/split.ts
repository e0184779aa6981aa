/** Which of the two families a rule is for: that of its addresses, or both. */
import { isNot } from '../../codec/operand';
import { IptcError, show } from '../../errors';
import { addressFamily } from '../../net/address';
import { isPlain } from '../../rule/encode/given';
import type { WideRule } from '../../rule/expand';
import { expanded } from '../../rule/expand';
import type { Family, Rule } from '../../rule/rule';
import { parseLine } from '../../text/parse';
import { translated } from './translate';

export type Split = Readonly<Record<Family, readonly Rule[]>>;

/** What is text for people, and no address whatever it looks like. */
const WORDS: ReadonlySet<string> = new Set([
  'comment',
  'string',
  'LOG',
  'NFLOG',
  'ULOG',
  'helper',
  'recent',
  'set',
  'SET',
]);

/** The rules of each family; none where its addresses are of the other. Throws ERR_BAD_RULE. */
export function split(given: WideRule | string): Split {
  try {
    return divided(given);
  } catch (error) {
    if (error instanceof IptcError) throw error;
    throw new IptcError('ERR_BAD_RULE', `Expected a rule that can be read but received ${show(error)}`, {
      cause: error,
    });
  }
}

function divided(given: WideRule | string): Split {
  const rule = typeof given === 'string' ? parsed(given) : given;
  const rules = expanded(rule as WideRule);
  const of = (family: Family) => rules.filter((each) => fits(each, family)).map((each) => translated(each, family));
  const both = { ipv4: of('ipv4'), ipv6: of('ipv6') };
  // Sources of one and destinations of the other make no rule; that there is none at all is a mistake.
  if (both.ipv4.length + both.ipv6.length === 0)
    throw new IptcError('ERR_BAD_RULE', 'Expected addresses of one family for a rule but received some of both', {
      path: 'destination',
    });
  return both;
}

/** A text may have options that only one of them knows. */
function parsed(text: string): Rule {
  try {
    return parseLine('ipv4', text).rule;
  } catch (error) {
    try {
      return parseLine('ipv6', text).rule;
    } catch {
      throw error;
    }
  }
}

function fits(rule: Rule, family: Family): boolean {
  if (!isPlain(rule)) return true;
  const found = new Set<Family>();
  for (const value of [rule.source, rule.destination]) note(found, isNot(value) ? value.not : value);
  for (const element of [...(Array.isArray(rule.match) ? rule.match : []), rule.target]) inSettings(found, element);
  return found.size === 0 || (found.size === 1 && found.has(family));
}

function inSettings(found: Set<Family>, element: unknown): void {
  if (typeof element !== 'object' || element === null) return;
  for (const [name, settings] of Object.entries(element))
    if (!WORDS.has(name) && typeof settings === 'object' && settings !== null)
      for (const value of Object.values(settings as object))
        for (const each of [isNot(value) ? value.not : value].flat()) note(found, each);
}

/** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `10.0.0.1:80`, `[fd00::1]:80-90` */
function note(found: Set<Family>, value: unknown): void {
  if (typeof value !== 'string') return;
  const address = /^\[([^\]]*)\]/.exec(value)?.[1] ?? value.split(/[/-]/)[0]!;
  const family = addressFamily(address) ?? addressFamily(address.replace(/:\d+$/, ''));
  if (family) found.add(family);
}
