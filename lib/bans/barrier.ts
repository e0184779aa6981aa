/** What keeps packets away, for one family: sets and rules that look into them, or rules alone. */
import type { Connection } from '../conntrack/connection';
import type { Family } from '../rule/rule';
import type { Place } from './address';
import type { Allowance, Ban, Direction, Ports, Protocol } from './ban';

export interface BarrierOptions {
  readonly name: string;
  readonly limit: number;
  readonly target: string;
}

/** A part of a ban, as the kernel has it; whoever has put it there. */
export interface Held {
  readonly address: string;
  readonly direction: 'in' | 'out';
  readonly port?: Ports;
  readonly protocol?: Protocol;
  /** When the kernel lets it go, in milliseconds since 1970. */
  readonly until?: number;
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly reason?: string;
}

export interface Barrier {
  readonly family: Family;
  readonly uses: 'ip_set' | 'rules';
  /** Keeps it away until it ends, or as long as the kernel can be told; in the place of one of the same scope. */
  ban(ban: Ban): Promise<void>;
  unban(ban: Ban): Promise<void>;
  /** It has ended by itself: what is left of it may go. */
  ended(ban: Ban): void;
  allow(allowance: Allowance): Promise<void>;
  disallow(allowance: Allowance): Promise<void>;
  /** What is kept away, each part by a key of its own; and the keys of a ban's parts. */
  held(): Promise<Map<string, Held>>;
  keysOf(ban: Ban): Iterable<string>;
  /** Whether a packet from an address would be kept away whatever its port: for itself, or by a list. */
  test(address: string): Promise<{ readonly banned: boolean; readonly allowed: boolean; readonly list?: string }>;
  /** Makes these places what a list has, in a single step. */
  fill(list: string, places: readonly Place[]): Promise<void>;
  /** Takes a list away. Whether there was one. */
  drop(list: string): Promise<boolean>;
  lists(): Promise<string[]>;
  /** Ends the connections that are meant. */
  cut(isMeant: (connection: Connection) => boolean): Promise<number>;
  /** Ends those from and to some IPv4 addresses; false if the kernel can't look for them: then none is ended. */
  cutHosts(addresses: readonly string[]): Promise<boolean>;
  /** Makes what is gone of it: whether rules or sets were, and whether what was in them has gone with them. */
  repair(): Promise<{ readonly changed: boolean; readonly emptied: boolean }>;
  /** Takes all of it away. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** The parts of a ban: a direction, and a port of a protocol where it isn't for all. */
export function* partsOf({
  ports,
  protocol,
  direction,
}: {
  readonly ports?: Ban['ports'] | undefined;
  readonly protocol?: Protocol | undefined;
  readonly direction: Direction;
}): Generator<{
  readonly direction: 'in' | 'out';
  readonly port?: Ports;
  readonly protocol?: Protocol;
}> {
  for (const way of ['in', 'out'] as const) {
    if (direction !== way && direction !== 'both') continue;
    if (!ports) yield { direction: way };
    else
      for (const port of ports)
        for (const each of protocol ? [protocol] : (['tcp', 'udp'] as const))
          yield { direction: way, port, protocol: each };
  }
}

/** What the kernel keeps beside it: no quotes, which ipset's texts can't have, and 255 bytes. */
export function commentOf(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined;
  const text = reason.replace(/["\0\n]/g, "'");
  let end = text.length;
  while (Buffer.byteLength(text.slice(0, end)) > 255) end--;
  return text.slice(0, end);
}
