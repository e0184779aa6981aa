/** A policy: rules in chains of its own, for both families, with names for what differs from host to host. */
import { argument, type Check, fields, listOf, named, oneOf, optionsOf, recordOf, setting } from '../arguments';
import { IptcError, Mismatch } from '../errors';
import { expandRule, type Family, parseRuleset, type Rule, type WideRule } from '../index';
import { jsonOf } from '../rule/json';
import { isBuiltinChain, tableName } from '../table/names';
import { fleetName } from './keys';
import { isGiven, isVarying, substituted } from './variables';

/** A rule as data, or as text: so where it has variables (`-s ${lan} -j ACCEPT`). */
export interface PolicyRule {
  readonly chain: string;
  readonly rule: WideRule | string;
}
export interface PolicyTable {
  readonly name: string;
  readonly chains: readonly { readonly name: string }[];
  readonly rules: readonly PolicyRule[];
}
/** A ruleset, rules of which may be texts. */
export interface PolicyRuleset {
  readonly family: Family;
  readonly tables: readonly PolicyTable[];
}
/** `libiptc/schema/policy.json` describes it. */
export interface FleetPolicy {
  readonly version: 1;
  /** The names of the chains that are its own, in which `*` stands for anything. Nothing else is touched, but rules that lead to them. */
  readonly own: readonly string[];
  /** What variables are on hosts that don't say. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Comments of rules whose counters are reported. */
  readonly counters?: readonly string[];
  readonly rulesets: readonly PolicyRuleset[];
}

export interface ParsePolicyOptions {
  /** Whose chains are its own: `NAME` and `NAME-*`, unless `own` says which. */
  readonly group?: string;
  readonly own?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly counters?: readonly string[];
}

export const strings = (expected: string): Check<readonly string[]> => listOf(named(expected));
export const variables: Check<Readonly<Record<string, string>>> = (value) => {
  const given = recordOf((each) => isGiven(each))(value);
  for (const name of Object.keys(given))
    if (!/^\w{1,100}$/.test(name)) throw new Mismatch('a name of letters, digits and underscores', name);
  return given;
};
const table = fields<PolicyTable>(
  {
    name: tableName,
    chains: listOf(fields<{ name: string }>({ name: named('the name of a chain') }, 'name')),
    rules: listOf(
      fields<PolicyRule>(
        {
          chain: named('the name of a chain'),
          rule: (value) => (typeof value === 'string' ? value : (jsonOf(value) as WideRule)),
        },
        'chain',
        'rule',
      ),
    ),
  },
  'name',
  'chains',
  'rules',
);
const rulesets = listOf(
  fields<PolicyRuleset>({ family: oneOf('ipv4', 'ipv6'), tables: listOf(table) }, 'family', 'tables'),
);
const shape = fields<FleetPolicy>(
  {
    version: (value) => {
      if (value !== 1) throw new Mismatch('version 1', value);
      return value;
    },
    own: strings('the name of a chain, or a pattern,'),
    variables,
    counters: strings('a comment'),
    rulesets,
  },
  'version',
  'own',
  'rulesets',
);

/** What a host is given, whoever has signed it. ERR_BAD_TEXT. */
export const policyHeld = (value: unknown): FleetPolicy => setting(value, shape) as FleetPolicy;

/**
 * A policy whose every rule is one, and is where it may be, or ERR_BAD_RULE. Of those that need a host's variables nobody
 * can tell.
 */
export function policyGiven(call: string, name: string, value: unknown): FleetPolicy {
  const policy = argument(call, name, value, shape);
  const owned = ownedBy(policy.own);
  for (const { family, tables } of policy.rulesets)
    for (const { name: table, chains, rules } of tables) {
      for (const { name } of chains) requireOwnChain(policy, owned, { family, table, chain: name });
      for (const [index, { chain, rule }] of rules.entries()) {
        const where = { family, table, chain, index };
        const said = substituted(rule, policy.variables ?? {});
        if (!isVarying(said)) requireOwnRules(policy, owned, where, expandedWithin(said, where));
      }
    }
  return policy;
}

interface Where {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
}
type Owned = ReturnType<typeof ownedBy>;
export function requireOwnChain(policy: FleetPolicy, owned: Owned, where: Where): void {
  if (!owned(where.chain)) throw foreign(policy, where, `chain ${where.chain} of table ${where.table}`);
}
/** The same on a host, where variables are known. */
export function requireOwnRule(policy: FleetPolicy, owned: Owned, where: Where, rule: WideRule | string): void {
  if (!owned(where.chain)) requireOwnRules(policy, owned, where, expandedWithin(rule, where));
}
function requireOwnRules(policy: FleetPolicy, owned: Owned, where: Where, rules: readonly Rule[]): void {
  const { table, chain } = where;
  if (owned(chain)) return;
  for (const each of rules)
    if (!isBuiltinChain(table as 'filter', chain) || !owned(leadsTo(each) ?? ''))
      throw foreign(policy, where, `a rule of chain ${chain} that leads to none of them`);
}

function expandedWithin(rule: WideRule | string, where: Where): readonly Rule[] {
  try {
    return expandRule(rule as string, { family: where.family });
  } catch (error) {
    throw error instanceof IptcError ? error.within(where) : error;
  }
}
const foreign = ({ own }: FleetPolicy, where: object, what: string): IptcError =>
  new IptcError('ERR_BAD_RULE', `Expected rules of the chains ${own.join(', ')} alone but received ${what}`, {
    ...where,
    hint: "Name the policy's chains so, or say which are its own.",
  });
const leadsTo = (rule: Rule): string | undefined => {
  if ('entry' in rule) return undefined;
  const { target } = rule;
  return typeof target === 'string' ? target : (target as { goto?: string } | undefined)?.goto;
};

/** Whether a chain is among those that are one's own. */
export function ownedBy(patterns: readonly string[]): (chain: string) => boolean {
  const escaped = patterns.map((pattern) =>
    pattern
      .split('*')
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
      .join('.*'),
  );
  const all = new RegExp(`^(?:${escaped.join('|')})$`, 's');
  return (chain) => patterns.length > 0 && all.test(chain);
}

const parsing = fields<ParsePolicyOptions>({
  group: fleetName('group'),
  own: strings('the name of a chain, or a pattern,'),
  variables,
  counters: strings('a comment'),
});
export interface PolicyTexts {
  readonly ipv4?: string;
  readonly ipv6?: string;
}
const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Mismatch('the text of a file', value);
  return value;
};
const texts = fields<PolicyTexts>({ ipv4: text, ipv6: text });

/**
 * A policy from what iptables-save prints, or a person writes in its manner. Rules may have variables: `-s ${lan}`.
 * ERR_BAD_TEXT, ERR_BAD_RULE.
 *
 * @example
 * parsePolicy({ ipv4: '*filter\n:web - [0:0]\n-A INPUT -j web\n-A web -s ${lan} -j ACCEPT\nCOMMIT\n' }, { group: 'web' }).own
 *   // ['web', 'web-*']
 */
export function parsePolicy(files: PolicyTexts, options?: ParsePolicyOptions): FleetPolicy {
  const given = argument('parsePolicy', 'files', files, texts);
  const { group, own, ...rest } = optionsOf('parsePolicy', options, parsing);
  const rulesets = (['ipv4', 'ipv6'] as const).flatMap((family) =>
    given[family] === undefined ? [] : [rulesetOf(family, given[family])],
  );
  const chains = own ?? (group === undefined ? undefined : [group, `${group}-*`]);
  if (!chains)
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      'Expected group or own for the options of parsePolicy() but received neither',
    );
  return policyGiven('parsePolicy', 'files', { version: 1, own: chains, ...rest, rulesets });
}

/** Stands for a rule that can be read only where its variables are known. */
const MARK = 'a rule of iptc fleet that varies ';
const VARYING = /^(\s*(?:\[\d+:\d+\]\s+)?-A\s+("[^"]*"|\S+))\s(.*\$\{.*)$/;

function rulesetOf(family: Family, file: string): PolicyRuleset {
  const varying: string[] = [];
  const lines = file.split('\n').map((line) => {
    const [, start, , rest] = VARYING.exec(line) ?? [];
    return rest === undefined ? line : `${start} -m comment --comment "${MARK}${varying.push(rest) - 1}"`;
  });
  const { tables } = parseRuleset(lines.join('\n'), { family });
  return {
    family,
    tables: tables.map(({ name, chains, rules }) => {
      for (const { name: chain, policy } of chains)
        if (policy !== undefined && policy !== 'ACCEPT')
          throw new IptcError(
            'ERR_BAD_RULE',
            `Expected rules of chains of its own alone but received policy ${policy} of chain ${chain}`,
            { family, table: name, chain, hint: 'End a chain of its own with -j DROP instead, and lead INPUT to it.' },
          );
      return {
        name,
        chains: chains.filter(({ policy }) => policy === undefined).map((chain) => ({ name: chain.name })),
        rules: rules.map(({ chain, rule }) => {
          const { counters: _, ...bare } = rule as Rule & { counters?: unknown };
          return { chain, rule: textOf(bare as Rule, varying) ?? (jsonOf(bare) as WideRule) };
        }),
      };
    }),
  };
}
function textOf(rule: Rule, varying: readonly string[]): string | undefined {
  if ('entry' in rule || rule.match?.length !== 1) return undefined;
  const { comment } = (rule.match[0] as { comment?: { comment?: unknown } }).comment ?? {};
  if (typeof comment !== 'string' || !comment.startsWith(MARK)) return undefined;
  return varying[Number(comment.slice(MARK.length))];
}
