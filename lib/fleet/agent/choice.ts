/** What a host is to have, of what the store says: as far as it is believed. */
import { IptcError } from '../../errors';
import { sha256 } from '../canonical';
import type { Items } from '../follow';
import { KEYS } from '../keys';
import { own } from '../own';
import { envelopeOf, headOf, labelsMatch, opened, type Payload, type PolicyPayload, payloadIn } from '../payload';
import type { Envelope, Keyring } from '../signing';
import { chosen } from '../waves';
import type { Settings } from './options';
import type { Floor, HostState, Problem, Target } from './state';

export interface Membership {
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}
export type Problems = Readonly<Record<string, Problem>>;

const stale = (what: string, seq: number, floor: number): IptcError =>
  new IptcError(
    'ERR_STALE',
    `Cannot believe ${what}: ${seq < floor ? `it is number ${seq}, and number ${floor} has been here` : `another number ${seq} has been here`}`,
    { hint: 'If the store was restored from a backup, publish once more: that takes a higher number.' },
  );

/** Reads what is signed; what is older than what has been believed isn't. */
export class Believer {
  constructor(
    private readonly keyring: Keyring,
    private readonly fleet: string,
    public floors: Readonly<Record<string, Floor>>,
  ) {}

  open<K extends Payload['kind']>(kind: K, name: string, envelope: Envelope): Extract<Payload, { kind: K }> {
    const payload = opened(this.keyring, envelope, { kind, fleet: this.fleet, name });
    const floor = this.floors[`${kind}/${name}`];
    const { seq } = payload;
    if (floor && (seq < floor.seq || (seq === floor.seq && sha256(envelope.payload) !== floor.payload)))
      throw stale(`${kind === 'policy' ? 'the policy' : 'the definition'} of ${name}`, seq, floor.seq);
    return payload;
  }
  /** From now on nothing older is believed. */
  raise(kind: Payload['kind'], name: string, { seq }: Payload, envelope: Envelope): void {
    const key = `${kind}/${name}`;
    if (seq > (this.floors[key]?.seq ?? 0))
      this.floors = { ...this.floors, [key]: { seq, payload: sha256(envelope.payload) } };
  }
}

const problemOf = (error: unknown, seq?: number): Problem => {
  const { code = 'ERR_IO', message } = error as IptcError;
  const kind =
    code === 'ERR_STALE'
      ? 'behind'
      : code === 'ERR_SIGNATURE'
        ? 'refused'
        : code === 'ERR_LOCKOUT' || code === 'ERR_NOT_CONFIRMED'
          ? 'locked-out'
          : 'failed';
  return { kind, code, message, ...(seq !== undefined && { seq }), at: Date.now() };
};

export { problemOf };

/** What the host is: what it knows of itself, and what the store has for it. */
export function membershipOf(
  items: Items | undefined,
  { host, labels, groups, variables }: Settings,
  believer: Believer,
  state: HostState,
  problems: Record<string, Problem>,
): Membership & Pick<HostState, 'config' | 'selectors'> {
  /** The newest that is believed, of the store or of the disk. */
  const newest = <K extends 'host' | 'group'>(kind: K, name: string, key: string, kept: Envelope | undefined) => {
    const item = items?.get(key);
    if (item)
      try {
        const envelope = envelopeOf(key, item.value);
        const payload = believer.open(kind, name, envelope);
        believer.raise(kind, name, payload, envelope);
        return { envelope, payload };
      } catch (error) {
        problems[key] = problemOf(error);
      }
    if (!kept) return undefined;
    try {
      return { envelope: kept, payload: believer.open(kind, name, kept) };
    } catch (error) {
      problems[key] ??= problemOf(error);
      return undefined;
    }
  };
  const config = newest('host', host, KEYS.config(host), state.config);
  const all = { ...labels, ...config?.payload.labels };
  const names = new Set(Object.keys(state.selectors));
  for (const key of items?.keys() ?? [])
    if (key.startsWith(KEYS.selectors)) names.add(key.slice(KEYS.selectors.length));
  const selectors: Record<string, Envelope> = {};
  const member = new Set([...groups, ...(config?.payload.groups ?? [])]);
  for (const group of names) {
    const found = newest('group', group, KEYS.selector(group), own(state.selectors, group));
    if (!found) continue;
    selectors[group] = found.envelope;
    if (labelsMatch(all, found.payload.labels)) member.add(group);
  }
  return {
    labels: all,
    groups: [...member].sort(),
    variables: { host, ...config?.payload.variables, ...variables },
    ...(config && { config: config.envelope }),
    selectors,
  };
}

export interface Choice {
  readonly target: Target;
  readonly payloads: ReadonlyMap<string, PolicyPayload>;
}
/** The policies that the host's groups have for it; where one isn't believed, what there is stays. */
export function choiceOf(
  items: Items,
  host: string,
  { labels, groups, variables }: Membership,
  believer: Believer,
  good: Target | undefined,
  problems: Record<string, Problem>,
): Choice {
  const policies: Record<string, Envelope> = {};
  const payloads = new Map<string, PolicyPayload>();
  for (const group of groups) {
    const kept = own(good?.policies, group);
    const keep = () => {
      if (!kept) return;
      policies[group] = kept;
      payloads.set(group, payloadIn(kept));
    };
    let isWaiting = false;
    try {
      const item = items.get(KEYS.head(group));
      if (!item && kept)
        throw new IptcError('ERR_STALE', `Cannot find a policy of group ${group}: the store has none any more`);
      const head = item && headOf(group, item.value);
      const envelope = head && chosen(head, { host, labels });
      isWaiting = envelope !== head?.policy;
      if (!envelope) {
        keep();
        continue;
      }
      payloads.set(group, believer.open('policy', group, envelope));
      policies[group] = envelope;
    } catch (error) {
      // One that a roll-out hasn't come to may have more than those that it has to wait with.
      if (!(isWaiting && kept)) problems[group] = problemOf(error);
      keep();
    }
  }
  return { target: { policies, variables }, payloads };
}
