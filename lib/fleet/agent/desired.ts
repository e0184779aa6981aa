/** What should hold on a host: the policies of all its groups, as one. */
import { IptcError } from '../../errors';
import type { Family } from '../../index';
import { type FleetPolicy, ownedBy, requireOwnChain, requireOwnRule } from '../policy';
import { requireKnown, substituted } from '../variables';

interface DesiredChain {
  readonly rules: unknown[];
}
type DesiredTables = Record<string, Record<string, DesiredChain>>;
export interface HostDesired {
  readonly desired: { readonly ipv4: DesiredTables; readonly ipv6: DesiredTables };
  readonly chains: readonly string[];
}

/** The policies by their groups, and what there was before, some of which may have to go. */
export function desiredOf(
  policies: ReadonlyMap<string, FleetPolicy>,
  former: Iterable<FleetPolicy>,
  variables: Readonly<Record<string, string>>,
): HostDesired {
  const desired: Record<Family, DesiredTables> = { ipv4: {}, ipv6: {} };
  const chains = new Set<string>();
  // A table that nothing is in any more has to be looked at, too.
  for (const { own, rulesets } of [...former, ...policies.values()]) {
    for (const pattern of own) chains.add(pattern);
    for (const { family, tables } of rulesets) for (const { name } of tables) desired[family][name] ??= {};
  }
  for (const [group, policy] of [...policies].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = { ...policy.variables, ...variables };
    const owned = ownedBy(policy.own);
    const others = [...policies]
      .filter(([other]) => other !== group)
      .map(([other, { own }]) => ({ other, owns: ownedBy(own) }));
    for (const { family, tables } of policy.rulesets)
      for (const { name: table, chains: declared, rules } of tables) {
        const of = desired[family][table]!;
        for (const { name } of declared) {
          requireOwnChain(policy, owned, { family, table, chain: name });
          const rival = others.find(({ owns }) => owns(name));
          if (rival)
            throw new IptcError(
              'ERR_BAD_CHAIN',
              `Cannot use the policies of groups ${group} and ${rival.other} on one host: chain ${name} belongs to both`,
              {
                family,
                table,
                chain: name,
                hint: 'Let each have chains of its own (--own), or take the host out of one.',
              },
            );
          of[name] ??= { rules: [] };
        }
        for (const { chain, rule } of rules) {
          const said = substituted(rule, known);
          requireKnown(`the policy of group ${group}`, said);
          requireOwnRule(policy, owned, { family, table, chain }, said);
          of[chain] ??= { rules: [] };
          of[chain].rules.push(said);
        }
      }
  }
  return { desired, chains: [...chains] };
}
