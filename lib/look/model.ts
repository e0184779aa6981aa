/** What is looked at: tables as data with their rules' texts, whether they come from the kernel or from a file. */
import { formatRule, type Rule, type Ruleset, type TableState } from '../index';
import { printName } from '../text/print';

export interface SeenRule {
  /** As iptables-save prints it, without `-A CHAIN`. */
  readonly text: string;
  readonly rule: Rule;
  readonly packets: bigint;
  readonly bytes: bigint;
}
export interface SeenChain {
  readonly name: string;
  /** Built-in chains have one. */
  readonly policy: string | undefined;
  /** What the policy counted. */
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly rules: readonly SeenRule[];
}
export interface SeenTable {
  readonly family: 'ipv4' | 'ipv6';
  readonly name: string;
  readonly chains: readonly SeenChain[];
}

export function seenState(state: TableState): SeenTable {
  const lines = state.saveLines();
  // The rules come chain by chain, behind the table's name and a line for each chain.
  for (let skipped = 0; skipped <= state.chains.length; skipped++) lines.next();
  const chains = state.chains.map((chain) => {
    const before = `-A ${printName(chain.name)}`.length + 1;
    const rules = [...chain].map((rule) => ({
      text: (lines.next().value as string).slice(before),
      rule,
      packets: rule.counters.packets,
      bytes: rule.counters.bytes,
    }));
    return { name: chain.name, policy: chain.policy, ...chain.counters, rules };
  });
  return { family: state.family, name: state.name, chains };
}

export function seenRuleset({ family, tables }: Ruleset): SeenTable[] {
  return tables.map(({ name, chains, rules }) => {
    const seen = new Map<string, SeenRule[]>(chains.map((chain) => [chain.name, []]));
    for (const { chain, rule } of rules) {
      const { packets = 0n, bytes = 0n } = rule.counters ?? {};
      const { counters, ...bare } = rule;
      const text = formatRule(bare as Rule, { family });
      const of = seen.get(chain);
      const one = { text, rule, packets: BigInt(packets), bytes: BigInt(bytes) };
      if (of) of.push(one);
      else seen.set(chain, [one]);
    }
    const declared = new Map(chains.map((chain) => [chain.name, chain]));
    return {
      family,
      name,
      chains: [...seen].map(([chain, list]) => {
        const { policy, counters } = declared.get(chain) ?? {};
        const { packets = 0n, bytes = 0n } = counters ?? {};
        return { name: chain, policy, packets: BigInt(packets), bytes: BigInt(bytes), rules: list };
      }),
    };
  });
}

/** The chain that a rule leads to, if it is one of these. */
export function jumpOf({ rule }: SeenRule, chains: { has(name: string): boolean }): string | undefined {
  const { target } = rule;
  const name = typeof target === 'object' && 'goto' in target ? (target.goto as string) : target;
  return typeof name === 'string' && chains.has(name) ? name : undefined;
}

/** The name of what a rule does: a verdict, a chain, an extension; '' for one that only counts. */
export function targetName({ rule: { target } }: SeenRule): string {
  if (target === undefined) return '';
  if (typeof target === 'string') return target;
  return 'goto' in target ? (target.goto as string) : Object.keys(target)[0]!;
}
