/** Whose rules they are: what isn't owned is never touched. */
import { type Check, fields, listOf, named, oneOf } from '../arguments';
import { Mismatch } from '../errors';
import { decodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER } from '../rule/layout';
import type { Family } from '../rule/rule';
import { EntryView } from '../rule/view';
import type { BothRule } from '../table/both/both';
import { split } from '../table/both/split';
import type { RuleInput } from '../table/chain';
import { ruleInput } from '../table/options';
import type { ChainState } from '../table/state';

/** Where owned rules are kept in a chain that has others. */
export type Place<F extends Family = Family> = 'first' | 'last' | { readonly before: RuleInput<F> };
/**
 * Chains by their names, in which `*` stands for anything, and the rules in other chains that lead to them; of a built-in
 * chain its policy, too.
 */
export interface OwnedChains<F extends Family = Family> {
  readonly chains: string | readonly string[];
  /** Where those rules are kept: `first` unless told. */
  readonly place?: Place<F>;
}
/** Rules that have such a comment, in which `*` stands for anything. */
export interface OwnedRules<F extends Family = Family> {
  readonly comment: string | readonly string[];
  /** Where they are kept; unless told they stay where they are, and new ones come last. */
  readonly place?: Place<F>;
}
/** All of the tables that are desired (`tables`), or some of what is in them. */
export type Own<F extends Family = Family> = 'tables' | OwnedChains<F> | OwnedRules<F>;

const patterns: Check<string | readonly string[]> = (value) =>
  typeof value === 'string' ? named('a name or a pattern')(value) : listOf(named('a name or a pattern'))(value);
const before = fields<{ before: RuleInput<Family> }>({ before: ruleInput }, 'before');
const place: Check<Place> = (value) => (typeof value === 'string' ? oneOf('first', 'last')(value) : before(value));
const ownedChains = fields<OwnedChains>({ chains: patterns, place }, 'chains');
const ownedRules = fields<OwnedRules>({ comment: patterns, place }, 'comment');

export const own: Check<Own> = (value) => {
  if (value === 'tables') return value;
  if (typeof value !== 'object' || value === null) throw new Mismatch('tables, chains or a comment', value);
  return 'comment' in value ? ownedRules(value) : ownedChains(value);
};

/** Whether it says what is owned, and not what is desired. */
export const isOwn = (value: unknown): value is Own =>
  value === 'tables' || (typeof value === 'object' && value !== null && ('chains' in value || 'comment' in value));

/** As a family says the rule before which what is owned is kept. */
export function ownIn<F extends Family>(own: Own<F>, family: F): Own<F> {
  if (typeof own !== 'object' || typeof own.place !== 'object') return own;
  const rules = split(own.place.before as BothRule)[family];
  // One that can't be there is refused when it is looked for.
  return rules.length === 1 ? ({ ...own, place: { before: rules[0]! } } as Own<F>) : own;
}

export class Ownership<F extends Family> {
  readonly place: Place<F> | undefined;
  private readonly chains: Pattern | undefined;
  private readonly comments: Pattern | undefined;
  private readonly view: EntryView;

  constructor(
    codec: EntryCodec,
    readonly own: Own<F>,
  ) {
    this.view = new EntryView(codec.shape);
    if (own === 'tables') return;
    if ('comment' in own) this.comments = patternOf(own.comment);
    else this.chains = patternOf(own.chains);
    this.place = own.place ?? ('comment' in own ? undefined : 'first');
  }

  /** Whether all is. */
  get whole(): boolean {
    return this.own === 'tables';
  }
  /** Whether all of a chain is. */
  hasChain(name: string): boolean {
    return this.whole || this.chains?.(name) === true;
  }
  /** Whether a rule is, in a chain that isn't. */
  hasRule({ memory }: ChainState<F>, at: number): boolean {
    const view = this.view.on(memory, at);
    if (this.chains) return view.jump !== undefined && this.chains(view.jump);
    for (let i = view.matches; i < view.target; i = view.behind(i))
      if (
        view.kernelName(i) === 'comment' &&
        this.comments!(decodeText(memory.bytes, i + ELEMENT_HEADER, view.behind(i)))
      )
        return true;
    return false;
  }
}

type Pattern = (text: string) => boolean;
/** No regular expression: of a pattern with many stars it could take for ever to say no. */
const patternOf = (given: string | readonly string[]): Pattern => {
  const patterns = (typeof given === 'string' ? [given] : given).map((pattern) => pattern.split('*'));
  return (text) => patterns.some((parts) => fits(parts, text));
};
/** Each part is best found as early as it can be, but for the last one, which is at the end. */
function fits([first, ...others]: readonly string[], text: string): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first!)) return false;
  let at = first!.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
