/** What becomes of a firewall's tables, for whoever listens: its own listeners, and the channels of diagnostics_channel. */
import { channel } from 'node:diagnostics_channel';
import { argument, callback, oneOf } from '../arguments';
import type { Backend, BackendKind, Family, Timing } from '../backend/backend';
import { Metrics } from './metrics';

/** Which table it is about. */
export interface TableEvent {
  readonly family: Family;
  readonly backend: BackendKind;
  /** A path to the network namespace, while the firewall is open. */
  readonly namespace: string;
  readonly table: string;
}
/** A commit has reached the tables. */
export interface CommitEvent extends TableEvent {
  /** How many edits were in it; none of a restore's. */
  readonly edits: number;
  /** What it cost, in microseconds. */
  readonly timing: Timing;
}
/** Somebody else was faster. */
export interface ConflictEvent extends TableEvent {
  /** What was to be done, as errors say it: `commit the transaction on`. */
  readonly operation: string;
  /** Whether it is tried again by itself; if not, somebody is told by ERR_CONFLICT. */
  readonly again: boolean;
}
/** Edits that shared a commit were refused together: they are tried in parts, to find the guilty one. */
export interface SplitEvent extends TableEvent {
  readonly edits: number;
}
/** The table is committed often, and each commit refills its rules with this match (`limit`). Told once. */
export interface RefillEvent extends TableEvent {
  readonly match: string;
}

/** What a firewall tells, and the channel `libiptc:NAME` of node:diagnostics_channel. */
export interface FirewallEvents {
  readonly commit: CommitEvent;
  readonly conflict: ConflictEvent;
  readonly split: SplitEvent;
  readonly refill: RefillEvent;
}
export type FirewallEventName = keyof FirewallEvents;
export type Listener<N extends FirewallEventName> = (event: FirewallEvents[N]) => void;

/** Node forgets channels that nobody holds. */
const channels = {
  commit: channel('libiptc:commit'),
  conflict: channel('libiptc:conflict'),
  split: channel('libiptc:split'),
  refill: channel('libiptc:refill'),
} as const;
const eventName = oneOf(...(Object.keys(channels) as FirewallEventName[]));
const checked = <N extends FirewallEventName>(call: string, event: N) => argument(call, 'event', event, eventName) as N;

export class Events {
  readonly metrics = new Metrics();
  private readonly listeners = new Map<FirewallEventName, Set<Listener<never>>>();

  constructor(private readonly backend: Backend) {}

  on<N extends FirewallEventName>(event: N, given: Listener<N>): void {
    const [name, listener] = [checked('on', event), argument('on', 'listener', given, callback<Listener<N>>)];
    const there = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, there.add(listener));
  }
  off<N extends FirewallEventName>(event: N, given: Listener<N>): void {
    const [name, listener] = [checked('off', event), argument('off', 'listener', given, callback<Listener<N>>)];
    const there = this.listeners.get(name);
    if (there?.delete(listener) && there.size === 0) this.listeners.delete(name);
  }

  committed(table: string, edits: number, timing: Timing): void {
    this.metrics.committed(edits, timing);
    if (this.isHeard('commit')) this.tell('commit', table, { edits, timing });
  }
  conflict(table: string, operation: string, again: boolean): void {
    if (this.isHeard('conflict')) this.tell('conflict', table, { operation, again });
  }
  split(table: string, edits: number): void {
    this.metrics.splits++;
    if (this.isHeard('split')) this.tell('split', table, { edits });
  }
  refill(table: string, match: string): void {
    if (this.isHeard('refill')) this.tell('refill', table, { match });
  }

  private isHeard(name: FirewallEventName): boolean {
    return (channels[name].hasSubscribers && !this.backend.isDraft) || this.listeners.has(name);
  }
  private tell<N extends FirewallEventName>(
    name: N,
    table: string,
    more: Omit<FirewallEvents[N], keyof TableEvent>,
  ): void {
    const { family, kind: backend, namespace } = this.backend;
    const event = { family, backend, namespace, table, ...more } as unknown as FirewallEvents[N];
    channels[name].publish(event);
    for (const listener of [...(this.listeners.get(name) ?? [])] as Listener<N>[])
      try {
        listener(event);
      } catch (error) {
        // It is the listener's affair, not that of whoever has committed; a channel does the same.
        process.nextTick(() => {
          throw error;
        });
      }
  }
}
