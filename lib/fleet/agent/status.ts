/** How a host is, as its agent knows it. */
import { own } from '../own';
import { payloadIn } from '../payload';
import { packageVersion } from '../version';
import type { Membership } from './choice';
import type { Settings } from './options';
import type { HostStatus } from './reporter';
import type { HostState, Problem } from './state';

export interface AgentStatus extends HostStatus {
  /** Since when the store can't be reached, by the host's clock, and why. */
  readonly unreachable?: { readonly since: number; readonly message: string };
}
/** What only the agent itself knows. */
export interface Known {
  readonly problems: HostStatus['problems'];
  readonly drift: HostStatus['drift'];
  readonly counters: HostStatus['counters'] | undefined;
  readonly unreachable: AgentStatus['unreachable'] | undefined;
}

export function statusOf(
  { host, fleet }: Settings,
  { good, trying, agent }: HostState,
  { labels, groups }: Membership,
  { problems, drift, counters, unreachable }: Known,
): AgentStatus {
  return {
    host,
    fleet,
    agent,
    version: packageVersion(),
    at: Date.now(),
    labels,
    groups,
    policies: mapped(good?.policies, (envelope) => {
      const { seq, blob, notAfter } = payloadIn(envelope);
      return { seq, blob, ...(notAfter !== undefined && notAfter < Date.now() && { expired: true as const }) };
    }),
    ...(good && { since: good.since }),
    ...(trying && { trying: mapped(trying.target.policies, (envelope) => payloadIn(envelope).seq) }),
    problems,
    drift,
    ...(counters && Object.keys(counters).length > 0 && { counters }),
    ...(unreachable && { unreachable }),
  };
}

/** The same problem began when it did. */
export const steady = (old: Readonly<Record<string, Problem>>, found: Readonly<Record<string, Problem>>) =>
  mapped(found, (problem, key) => {
    const was = own(old, key);
    return was?.message === problem.message && was.seq === problem.seq ? was : problem;
  });
export const mapped = <T, R>(
  of: Readonly<Record<string, T>> | undefined,
  change: (value: T, key: string) => R,
): Record<string, R> => Object.fromEntries(Object.entries(of ?? {}).map(([key, value]) => [key, change(value, key)]));
