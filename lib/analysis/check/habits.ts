/** Rules that do what they say, but not what is meant. */

import type { Rule } from '../../rule/rule';
import type { ReadTable } from '../ruleset';
import { type Check, rulesOf, settingsOf, targetOf } from './finding';

const LOGS = ['LOG', 'NFLOG', 'ULOG'];
const LIMITS = ['limit', 'hashlimit', 'quota', 'statistic', 'recent', 'connlimit'];
const isLimited = (rule: Rule): boolean => LIMITS.some((name) => settingsOf(rule, name).length > 0);

/** Whether whatever comes to a chain has passed a limit. */
function limitedChain({ chains }: ReadTable, name: string, above: readonly string[] = []): boolean {
  const callers = [...chains.values()].flatMap((chain) =>
    chain.rules.filter((rule) => jumpsTo(rule, name)).map((rule) => ({ chain, rule })),
  );
  return (
    callers.length > 0 &&
    callers.every(
      ({ chain, rule }) =>
        isLimited(rule) ||
        (!above.includes(chain.name) && limitedChain({ name, chains }, chain.name, [...above, name])),
    )
  );
}
const jumpsTo = ({ target }: Rule, name: string): boolean =>
  target === name || (typeof target === 'object' && 'goto' in target && target.goto === name);

export const unlimitedLog: Check = {
  name: 'log-without-limit',
  *find({ ruleset }) {
    for (const { table, chain, number, rule } of rulesOf(ruleset)) {
      const target = targetOf(rule);
      if (!LOGS.includes(target ?? '') || isLimited(rule)) continue;
      if (limitedChain(ruleset.tables.get(table)!, chain.name)) continue;
      yield {
        level: 'note',
        table,
        chain: chain.name,
        number,
        rule,
        reason: `${target} without a limit: whoever sends many packets fills the log`,
        remedy: 'Let only some through: -m limit --limit 5/min --limit-burst 10.',
      };
    }
  },
};

export const refills: Check = {
  name: 'refilling-limit',
  *find({ ruleset }) {
    for (const { table, chain, number, rule } of rulesOf(ruleset)) {
      const quota = settingsOf(rule, 'quota').length > 0;
      const slow = settingsOf(rule, 'limit').some(({ limit }) => /\/(h|d)/.test(String(limit)));
      if (!quota && !slow) continue;
      yield {
        level: 'note',
        table,
        chain: chain.name,
        number,
        rule,
        reason: `its ${quota ? 'quota' : 'limit'} is full again after each change of the table ${table}, by whomever, where that is a legacy table`,
        remedy: quota
          ? 'Count by -m nfacct, or by the counters of a rule.'
          : 'Take -m hashlimit, which keeps what it has counted.',
      };
    }
  },
};

/** Of protocols that open further connections: the port that they begin at, and their helper. */
const HELPERS: readonly (readonly [protocol: string, port: number, helper: string])[] = [
  ['tcp', 21, 'ftp'],
  ['udp', 69, 'tftp'],
  ['tcp', 6667, 'irc'],
  ['udp', 5060, 'sip'],
  ['tcp', 1723, 'pptp'],
];
export const missingHelper: Check = {
  name: 'no-helper',
  *find({ ruleset }) {
    const all = [...rulesOf(ruleset)];
    const related = all.some(
      ({ rule }) =>
        targetOf(rule) === 'ACCEPT' &&
        ['state', 'conntrack'].some((name) =>
          settingsOf(rule, name).some(({ state, ctstate }) => [state, ctstate].flat().includes('RELATED')),
        ),
    );
    if (!related) return;
    for (const { table, chain, number, rule } of all) {
      if (table !== 'filter' || targetOf(rule) !== 'ACCEPT') continue;
      for (const [protocol, port, helper] of HELPERS) {
        if (rule.protocol !== protocol || !settingsOf(rule, protocol).some(({ dport }) => dport === port)) continue;
        if (all.some((other) => settingsTarget(other.rule, 'CT').helper === helper)) continue;
        // Who opens the ports of the further connections, too, needs no helper to find them.
        if (all.some((other) => opensRange(other.rule, protocol))) continue;
        yield {
          level: 'note',
          table,
          chain: chain.name,
          number,
          rule,
          reason: `opens ${helper}, whose further connections are RELATED only where a helper watches it, and no rule says so`,
          remedy: `-t raw -A PREROUTING -p ${protocol} --dport ${port} -j CT --helper ${helper} (and OUTPUT, for what this machine opens).`,
        };
      }
    }
  },
};
/** Many ports that new connections may come to: a range that isn't of services. */
function opensRange(rule: Rule, protocol: string): boolean {
  if (rule.protocol !== protocol || targetOf(rule) !== 'ACCEPT') return false;
  const asked = ['state', 'conntrack'].flatMap((name) => settingsOf(rule, name));
  if (asked.some(({ state, ctstate }) => ![state ?? ctstate ?? 'NEW'].flat().includes('NEW'))) return false;
  const ranges = [
    ...settingsOf(rule, protocol).map(({ dport }) => dport),
    ...settingsOf(rule, 'multiport').flatMap(({ dports, ports }) => [dports, ports].flat(1)),
  ];
  return ranges.some((range) => Array.isArray(range) && range[1] > 1024 && range[1] - range[0] >= MANY);
}
const MANY = 10;
const settingsTarget = ({ target }: Rule, name: string): Readonly<Record<string, unknown>> =>
  typeof target === 'object' && name in target
    ? (target as unknown as Record<string, Record<string, unknown>>)[name]!
    : {};
