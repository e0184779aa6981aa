/** What is wrong with rules, or looks so: one finding a kind, each in a file of this folder. */
import { argument, fields, optionsOf } from '../../arguments';
import { IptcError } from '../../errors';
import type { Family } from '../../net/family';
import type { Rule } from '../../rule/rule';
import { nodesCheck, undecidedBy } from '../compare';
import { setsCheck } from '../elements';
import { World } from '../pipeline';
import { type ReadRuleset, type RulesetInput, readRuleset, saidOf } from '../ruleset';
import { loop, unreachable } from './chains';
import { type Check, type Finding, type FindingLevel, type Subject, settingsOf, subjectOf } from './finding';
import { missingHelper, refills, unlimitedLog } from './habits';
import { natWithoutForward } from './nat';
import { contradictory, shadowed } from './never';
import { acceptAll, openIpv6, openPolicy } from './policies';
import { redundant } from './redundant';

export type { Finding, FindingLevel };

/** The rules of both families, so that they can be compared. */
export interface RulesetsOfBoth {
  readonly ipv4: RulesetInput<'ipv4'>;
  readonly ipv6: RulesetInput<'ipv6'>;
}
export interface CheckOptions {
  /** What sets hold, by their names: elements as `ipset list` prints them. Of others it isn't known. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** How many nodes of decision diagrams may be made, for each family: 8 million unless told. */
  readonly nodes?: number;
}
export interface CheckReport {
  /** Table after table, chain after chain. */
  readonly findings: readonly Finding[];
  /** Whether all checks came to an end. */
  readonly decided: boolean;
  /** Why not. */
  readonly undecided?: string;
}

const CHECKS: readonly Check[] = [
  contradictory,
  shadowed,
  unreachable,
  redundant,
  acceptAll,
  openPolicy,
  natWithoutForward,
  openIpv6,
  refills,
  unlimitedLog,
  missingHelper,
];
/** The names by which a rule's comment can allow what is found: `-m comment --comment "iptc:allow shadowed"`. */
export const FINDINGS: readonly string[] = [loop, ...CHECKS].map(({ name }) => name);
const NEVER: readonly string[] = [contradictory, shadowed, unreachable].map(({ name }) => name);
const optional = fields<CheckOptions>({ nodes: nodesCheck, sets: setsCheck });

/**
 * Looks for what is wrong with rules: those that never match, with the rules that take their packets; chains that nobody
 * enters; what is open by accident. "Never" is proved, for every packet and whatever limits, texts and lists say. A rule
 * with a comment `iptc:allow NAME` isn't told of under that name. Nothing is told wrongly: what takes too long isn't
 * decided.
 *
 * @example check(parseRuleset(text)).findings[0]
 *   // { name: 'shadowed', level: 'warning', table: 'filter', chain: 'INPUT', number: 3,
 *   //   reason: 'never matches: rule 1 takes all of its packets', remedy: 'Delete it, or move it before rule 1.', … }
 */
export function check(ruleset: RulesetInput | RulesetsOfBoth, options?: CheckOptions): CheckReport {
  const { nodes, sets } = optionsOf('check', options, optional);
  const both = argument('check', 'ruleset', ruleset, bothOf);
  const rulesets = both
    ? [readRuleset('check', both.ipv4, 'ruleset.ipv4'), readRuleset('check', both.ipv6, 'ruleset.ipv6')]
    : [readRuleset('check', ruleset as RulesetInput)];
  for (const [i, family] of (['ipv4', 'ipv6'] as const).entries())
    if (rulesets.length === 2 && rulesets[i]!.family !== family)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected rules of ${family} for ruleset.${family} of check() but received ${rulesets[i]!.family}`,
      );
  const findings: Finding[] = [];
  const undecided = new Set<string>();
  const subjects: (Subject | undefined)[] = rulesets.map((read) => {
    const found = [...loop.find({ ruleset: read } as Subject)];
    findings.push(...found.map((each) => ({ name: loop.name, family: read.family, ...each })));
    // Diagrams can't follow what never ends.
    return found.length > 0 ? undefined : subjectOf(read, new World([read], { nodes, sets }));
  });
  for (const [i, subject] of subjects.entries()) {
    if (!subject) continue;
    for (const { name, find } of CHECKS)
      try {
        for (const found of find({ ...subject, other: subjects[1 - i] }))
          findings.push({ name, family: subject.ruleset.family, ...found });
      } catch (error) {
        undecided.add(undecidedBy(error));
      }
  }
  const keyOf = ({ family, table, chain }: Finding, number?: number) => `${family} ${table} ${chain} ${number ?? '*'}`;
  const dead = new Set(findings.filter(({ name }) => NEVER.includes(name)).map((found) => keyOf(found, found.number)));
  // Of what never happens it is enough to be told that.
  const isMet = (found: Finding): boolean =>
    NEVER.includes(found.name) || !(dead.has(keyOf(found)) || dead.has(keyOf(found, found.number)));
  const told = findings
    .filter((found) => isMet(found) && !(found.rule && allows(found.rule, found.name)))
    .sort(byPlace(rulesets));
  return {
    findings: told.map(({ rule, ...found }) => ({ ...found, ...(rule && { rule: saidOf(rule) }) })),
    decided: undecided.size === 0,
    ...(undecided.size > 0 && { undecided: [...undecided].join('; ') }),
  };
}
const bothOf = (value: unknown): RulesetsOfBoth | undefined =>
  typeof value === 'object' && value !== null && ('ipv4' in value || 'ipv6' in value) ? families(value) : undefined;
const families = fields<RulesetsOfBoth>(
  { ipv4: (value) => value as RulesetInput<'ipv4'>, ipv6: (value) => value as RulesetInput<'ipv6'> },
  'ipv4',
  'ipv6',
);
const allows = (rule: Rule, name: string): boolean =>
  settingsOf(rule, 'comment').some(({ comment }) =>
    new RegExp(`\\biptc:allow ([\\w-]+, *)*${name}\\b(?!-)`).test(String(comment)),
  );

function byPlace(rulesets: readonly ReadRuleset[]) {
  const place = ({ family, table, chain, number = 0 }: Finding): number[] => {
    const at = rulesets.findIndex((ruleset) => ruleset.family === family);
    // What is found may be that a table isn't there.
    const tables = rulesets[at]!.tables;
    return [
      at,
      [...tables.keys()].indexOf(table),
      [...(tables.get(table)?.chains.keys() ?? [])].indexOf(chain),
      number,
    ];
  };
  return (a: Finding, b: Finding): number => {
    const [x, y] = [place(a), place(b)];
    return x[0]! - y[0]! || x[1]! - y[1]! || x[2]! - y[2]! || x[3]! - y[3]!;
  };
}

/**
 * Findings as lines: where, what, why, and what to do.
 *
 * @example formatFindings(check(ruleset).findings)
 *   // filter INPUT rule 3: warning: never matches: rule 1 takes all of its packets (shadowed)
 *   //   Delete it, or move it before rule 1.
 */
export function formatFindings(findings: readonly Finding[]): string {
  const families = new Set<Family>(findings.map(({ family }) => family));
  return findings
    .map(({ name, level, family, table, chain, number, reason, remedy }) => {
      const where = [
        ...(families.size > 1 ? [family] : []),
        table,
        chain,
        ...(number === undefined ? [] : [`rule ${number}`]),
      ];
      return `${where.join(' ')}: ${level}: ${reason} (${name})\n  ${remedy}\n`;
    })
    .join('');
}
