/** Rulesets as callers give them: tables of chains of rules in their canonical form. */
import { argument, type Check, listOf } from '../arguments';
import { Memory } from '../codec/struct';
import { IptcError, Mismatch } from '../errors';
import { chainRule, ruleset as isGiven, isRuleset } from '../file/given';
import type { Ruleset } from '../file/ruleset';
import type { Family } from '../net/family';
import type { PlainRule, Rule } from '../rule/rule';
import { TableState } from '../table/state';
import { toolsFor } from '../text/rule';

/**
 * What `parseRuleset` gives, or what tables held at one moment: `table.state()`, one or several of one family. A rule
 * need not be in its canonical form.
 */
export type RulesetInput<F extends Family = Family> = Ruleset<F> | TableState<F> | readonly TableState<F>[];

export interface ReadChain {
  readonly name: string;
  /** Undefined for a chain of the user's. */
  readonly policy: string | undefined;
  readonly rules: readonly Rule[];
}
export interface ReadTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, ReadChain>;
}
export interface ReadRuleset {
  readonly family: Family;
  /** By name. */
  readonly tables: ReadonlyMap<string, ReadTable>;
}

/** The chains where packets enter each table. */
export const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** What connections are tracked for: without any such rule of the family none are, and no packet comes to the table nat. */
// biome-ignore format: a table
const TRACKING: ReadonlySet<string> = new Set([
  'conntrack', 'state', 'connmark', 'connbytes', 'connlabel', 'connlimit', 'helper', 'cluster',
  'DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP', 'CT', 'NOTRACK', 'CONNMARK', 'CONNSECMARK', 'SYNPROXY', 'CLUSTERIP', 'SAME', 'MIRROR',
]);
export const tracks = ({ tables }: ReadRuleset): boolean =>
  [...tables.values()].some(({ chains }) =>
    [...chains.values()].some(({ rules }) =>
      rules.some(({ match = [], target }) =>
        [...match, target].some(
          (element) => typeof element === 'object' && Object.keys(element).some((name) => TRACKING.has(name)),
        ),
      ),
    ),
  );

/** A rule as it is said: without what it has counted. */
export function saidOf({ counters, ...rule }: Rule): Rule {
  return rule as Rule;
}

/** Throws an IptcError with the place of what is wrong. */
export function readRuleset(call: string, given: RulesetInput, name = 'ruleset'): ReadRuleset {
  const read = argument(call, name, given, (value) => {
    if (value instanceof TableState) return [value];
    return Array.isArray(value) && value.length > 0 ? states(value) : ruleset(value);
  });
  return 'family' in read ? ofRuleset(call, read, name) : ofStates(read);
}

const ruleset = (value: unknown): Ruleset => {
  if (!isRuleset(value)) throw new Mismatch('what parseRuleset gives, or states of tables', value);
  return isGiven(value);
};
const state: Check<TableState> = (value) => {
  if (!(value instanceof TableState)) throw new Mismatch('the state of a table', value);
  return value;
};
const states: Check<readonly TableState[]> = (value) => {
  const all = listOf(state)(value);
  const other = all.find(({ family }) => family !== all[0]!.family);
  if (other) throw new Mismatch(`tables of ${all[0]!.family} alone`, `one of ${other.family}`);
  return all;
};

function ofStates(states: readonly TableState[]): ReadRuleset {
  const { family } = states[0]!;
  const tables = states.map(({ name, chains }) => ({ name, chains: new Map(chains.map((each) => [each.name, each])) }));
  return { family, tables: new Map(tables.map((table) => [table.name, table])) };
}

const VERDICTS: readonly string[] = ['ACCEPT', 'DROP', 'RETURN', 'QUEUE'];

/** Whoever jumps needs a chain to jump to, and packets enter built-in ones by themselves. */
function requireTarget({ target }: Rule, chains: ReadonlyMap<string, object>, { table }: { readonly table: string }) {
  const name = typeof target === 'string' ? target : target && 'goto' in target ? (target.goto as string) : undefined;
  if (name === undefined || (typeof target === 'string' && VERDICTS.includes(name))) return;
  if (!chains.has(name))
    throw new IptcError('ERR_NO_CHAIN', `Expected a chain that is declared as target but received ${name}`, {
      hint: `Declare it: { name: '${name}' } in chains, or :${name} - [0:0] in a file.`,
    });
  if (BUILTIN[table]?.includes(name))
    throw new IptcError('ERR_BAD_RULE', `Expected a chain of one's own as target but received ${name}`, {
      hint: 'No rule can jump to a built-in chain.',
    });
}

function ofRuleset(call: string, { family, tables }: Ruleset, called: string): ReadRuleset {
  const { codec, kernel } = toolsFor(family);
  const read = new Map<string, ReadTable>();
  for (const { name, chains: declared, rules } of tables) {
    const chains = new Map<string, { name: string; policy: string | undefined; rules: Rule[] }>();
    for (const chain of BUILTIN[name] ?? []) chains.set(chain, { name: chain, policy: 'ACCEPT', rules: [] });
    for (const { name: chain, policy } of declared)
      chains.set(chain, { name: chain, policy: policy ?? chains.get(chain)?.policy, rules: [] });
    for (const [index, each] of rules.entries()) {
      const { chain, rule } = argument(call, `${called}.tables[].rules[${index}]`, each, chainRule);
      const into = chains.get(chain);
      if (!into)
        throw new IptcError(
          'ERR_NO_CHAIN',
          `Expected a chain that is declared for rule ${index} but received ${chain}`,
          {
            family,
            table: name,
            chain,
            index,
            hint: `Declare it: { name: '${chain}' } in chains, or :${chain} - [0:0] in a file.`,
          },
        );
      try {
        const place = { table: name, chain, existing: true };
        into.rules.push(codec.decode(new Memory(codec.encode(rule as PlainRule, place).slice(), 0, kernel), 0) as Rule);
        requireTarget(into.rules[into.rules.length - 1]!, chains, place);
      } catch (error) {
        throw error instanceof IptcError ? error.within({ family, table: name, chain, index }) : error;
      }
    }
    read.set(name, { name, chains });
  }
  return { family, tables: read };
}
