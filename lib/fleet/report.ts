/** How a fleet is, as its hosts say. */
import type { HostStatus } from './agent/reporter';
import type { Items } from './follow';
import { KEYS, partsOf } from './keys';
import { own } from './own';
import { type Head, headOf, type PolicyPayload, payloadIn, type RolloutEnd, type RolloutState } from './payload';
import type { Store } from './store/store';
import { chosen } from './waves';

export interface HostReport extends HostStatus {
  /** Whether its lease is. */
  readonly alive: boolean;
}
/** A group, and how many of its hosts are how. */
export interface GroupReport extends Pick<PolicyPayload, 'group' | 'seq' | 'blob' | 'author' | 'at' | 'message'> {
  readonly rollout?: RolloutState;
  readonly ended?: RolloutEnd;
  readonly hosts: number;
  /** They have what they are to have. */
  readonly good: number;
  /** They have the newest. */
  readonly newest: number;
  readonly failed: number;
  readonly dead: number;
}
export interface FleetStatus {
  readonly groups: readonly GroupReport[];
  readonly hosts: readonly HostReport[];
  /** Groups whose heads can't be read, and why. */
  readonly unreadable?: readonly string[];
  /** What the store's administrator should know before it fails. */
  readonly warnings?: readonly string[];
}

/** What hosts say. A host can write nonsense: that one isn't listed. */
export function hostsIn(items: Items): HostReport[] {
  const hosts: HostReport[] = [];
  for (const [key, { value }] of items) {
    const [root, host, what] = partsOf(key);
    if (`${root}/` !== KEYS.hosts || what !== 'status') continue;
    try {
      const said = JSON.parse(Buffer.from(value).toString()) as HostStatus;
      const objects = [said.labels, said.policies, said.problems, said.drift, said.trying ?? {}];
      if (
        said.host !== host ||
        !Array.isArray(said.groups) ||
        objects.some((each) => typeof each !== 'object' || !each)
      )
        continue;
      if (Object.values(said.problems).some((each) => typeof each?.message !== 'string')) continue;
      if (Object.values(said.policies).some((each) => typeof each?.seq !== 'number')) continue;
      hosts.push({ ...said, alive: items.has(KEYS.alive(host)) });
    } catch {}
  }
  return hosts.sort((a, b) => (a.host < b.host ? -1 : 1));
}

export const seqOf = ({ policies }: HostStatus, group: string): number | undefined => own(policies, group)?.seq;

function groupReport(group: string, head: Head, all: readonly HostReport[]): GroupReport {
  const { seq, blob, author, at, message } = payloadIn(head.policy);
  const hosts = all.filter(({ groups }) => groups.includes(group));
  const alive = hosts.filter((host) => host.alive);
  const isFailed = ({ problems }: HostReport) => own(problems, group) !== undefined;
  const isGood = (host: HostReport) => {
    const wanted = chosen(head, host);
    return !isFailed(host) && seqOf(host, group) === (wanted && payloadIn(wanted).seq);
  };
  return {
    group,
    seq,
    blob,
    author,
    at,
    ...(message !== undefined && { message }),
    ...(head.rollout && { rollout: head.rollout }),
    ...(head.ended && { ended: head.ended }),
    hosts: hosts.length,
    good: alive.filter(isGood).length,
    newest: alive.filter((host) => seqOf(host, group) === seq).length,
    failed: alive.filter(isFailed).length,
    dead: hosts.length - alive.length,
  };
}

export function statusIn(items: Items): FleetStatus {
  const hosts = hostsIn(items);
  const groups: GroupReport[] = [];
  const unreadable: string[] = [];
  for (const [key, { value }] of items) {
    const [root, group, what] = partsOf(key);
    if (`${root}/` !== KEYS.groups || what !== 'head') continue;
    try {
      groups.push(groupReport(group!, headOf(group!, value), hosts));
    } catch (error) {
      unreadable.push((error as Error).message);
    }
  }
  groups.sort((a, b) => (a.group < b.group ? -1 : 1));
  return { groups, hosts, ...(unreadable.length > 0 && { unreadable }) };
}
export const STATUS_NAMES: readonly string[] = [KEYS.groups, KEYS.hosts];
export async function statusOf(store: Store): Promise<FleetStatus> {
  const status = statusIn((await store.read(STATUS_NAMES)).items);
  const warnings = (await store.warnings?.().catch(() => [])) ?? []; // they are no reason to fail
  return { ...status, ...(warnings.length > 0 && { warnings }) };
}
