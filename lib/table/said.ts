/** Whether a file, read again, says what a table holds: rule by rule, as the kernel has them. */
import { Memory } from '../codec/struct';
import type { TableRules } from '../file/ruleset';
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import { fits } from '../rule/pattern';
import type { Rule } from '../rule/rule';
import { isUnsaid } from '../rule/unsaid';
import type { Steps } from '../slice';
import { RulePrinter } from '../text/print';
import type { TableState } from './state';

/** Rules between two steps. */
const STRETCH = 64;

/** Where a file says something else: a chain, or the rule at a 1-based position of it. */
export interface Difference {
  readonly chain: string;
  readonly position?: number;
}

/** The first difference, counters and the order of chains aside. */
export function* difference(state: TableState, said: TableRules): Steps<Difference | undefined> {
  const rules = new Map<string, Rule[]>(said.chains.map(({ name }) => [name, []]));
  for (const { chain, rule } of said.rules) {
    const there = rules.get(chain) ?? [];
    rules.set(chain, there);
    there.push(rule);
  }
  const policies = new Map(said.chains.map(({ name, policy }) => [name, policy]));
  const comparison = new Comparison(state.codec);
  for (const chain of state.each()) {
    const { name } = chain;
    const here = rules.get(name);
    rules.delete(name);
    if (!here || policies.get(name) !== chain.policy) return { chain: name };
    let position = 0;
    for (const at of chain.entries()) {
      const rule = here[position++];
      if (!rule || !comparison.same(rule, { table: state.name, chain: name }, chain.memory, at))
        return { chain: name, position };
      if (position % STRETCH === 0) yield;
    }
    if (here.length > position) return { chain: name, position: position + 1 };
    yield;
  }
  const [more] = rules.keys();
  return more === undefined ? undefined : { chain: more };
}

class Comparison {
  private readonly printer: RulePrinter;
  constructor(private readonly codec: EntryCodec) {
    this.printer = new RulePrinter(codec);
  }

  same(rule: Rule, place: { readonly table: string; readonly chain: string }, m: Memory, at: number): boolean {
    const { codec } = this;
    const entry = new Memory(codec.encode(rule, { ...place, existing: true }).slice(), 0, codec.kernel);
    return (
      sameRule(codec, entry, 0, m, at) ||
      fits(codec, codec.pattern(rule, place), m, at) ||
      // What no words say, and the kernel doesn't look at, is not to be had back.
      ((isUnsaid(codec.decode(m, at)) || isUnsaid(codec.decode(entry, 0))) &&
        this.printer.print(entry, 0) === this.printer.print(m, at))
    );
  }
}
