/** A host's tables and its disk: what policies mean here, and what has become of them. */
import type { Family, Firewall, Rule, TableName } from '../../index';
import type { Plan } from '../../policy';
import { BothFamilies } from '../../table/both/both';
import { KEYS } from '../keys';
import { type PolicyPayload, payloadIn } from '../payload';
import { type FleetPolicy, ownedBy } from '../policy';
import type { Store } from '../store/store';
import { applied, applyConfirmed, type HostFirewall, planned } from './apply';
import { desiredOf, type HostDesired } from './desired';
import type { Settings } from './options';
import type { HostCounters } from './reporter';
import type { StateFolder, Target } from './state';

type Tries = Pick<Settings, 'place' | 'guard' | 'apart'>;

export class Host {
  /** The last that was asked for: its policies, and what it comes to. */
  private known: { readonly target: Target; readonly policies: ReadonlyMap<string, FleetPolicy> } | undefined;

  constructor(
    private readonly firewall: HostFirewall,
    private readonly folder: StateFolder,
  ) {}

  /** What a target says, of the disk, or else of the store. */
  async policies(target: Target, store?: Store): Promise<ReadonlyMap<string, FleetPolicy>> {
    if (this.known?.target === target) return this.known.policies;
    const policies = new Map<string, FleetPolicy>();
    for (const [group, envelope] of Object.entries(target.policies)) {
      const payload: PolicyPayload = payloadIn(envelope);
      const key = KEYS.blob(payload.blob);
      const fetch = async () => (await store?.read([key]))?.items.get(key)?.value;
      policies.set(group, await this.folder.policy(payload, fetch));
    }
    this.known = { target, policies };
    return policies;
  }
  /** In the place of what was good: that goes. */
  private async desired(target: Target, former: Target | undefined, store?: Store): Promise<HostDesired> {
    const before = former && former !== target ? await this.policies(former).catch(() => undefined) : undefined;
    return desiredOf(await this.policies(target, store), before?.values() ?? [], target.variables);
  }

  async tryOut(target: Target, former: Target | undefined, store: Store, tries: Tries): Promise<Plan> {
    return applyConfirmed(this.firewall, await this.desired(target, former, store), store, tries);
  }
  /** What was confirmed before. */
  async putRight(target: Target, place: Settings['place'], store?: Store): Promise<Plan> {
    return applied(this.firewall, await this.desired(target, undefined, store), place);
  }
  async drift(target: Target, place: Settings['place'], store: Store): Promise<Plan> {
    return planned(this.firewall, await this.desired(target, undefined, store), place);
  }

  /** What the rules have counted whose comments a policy names. */
  async counters(target: Target): Promise<Record<string, Record<string, HostCounters>>> {
    const counted: Record<string, Record<string, HostCounters>> = {};
    for (const [group, { counters = [], own, rulesets }] of await this.policies(target)) {
      if (counters.length === 0) continue;
      const sums: Record<string, HostCounters> = {};
      const owned = ownedBy(own);
      for (const { family, tables } of rulesets)
        for (const { name } of tables)
          for (const { chain, rule } of await this.rules(family, name as TableName)) {
            const comment = commentOf(rule);
            if (comment === undefined || !owned(chain) || !counters.includes(comment)) continue;
            const { packets = 0, bytes = 0 } = sums[comment] ?? {};
            const { counters: own } = rule as unknown as { counters: { packets: bigint; bytes: bigint } };
            sums[comment] = { packets: packets + Number(own.packets), bytes: bytes + Number(own.bytes) };
          }
      counted[group] = sums;
    }
    return counted;
  }
  private async rules(family: Family, name: TableName): Promise<readonly { chain: string; rule: Rule }[]> {
    const { firewall } = this;
    const of = firewall instanceof BothFamilies ? firewall[family] : firewall.family === family ? firewall : undefined;
    if (!of) return [];
    const { chains } = await (of as unknown as Firewall<Family>).table(name).state();
    return chains.flatMap(({ name: chain, rules }) => rules.map((rule) => ({ chain, rule: rule as Rule })));
  }
}

function commentOf(rule: Rule): string | undefined {
  if ('entry' in rule) return undefined;
  for (const element of rule.match ?? []) {
    const { comment } = element as { comment?: { comment?: unknown } };
    if (typeof comment?.comment === 'string') return comment.comment;
  }
  return undefined;
}
