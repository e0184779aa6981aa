/** What is banned, and what is never banned. */
import { type Check, fields, listOf, oneOf, string } from '../arguments';
import { Mismatch } from '../errors';
import { type Duration, secondsOf } from './duration';

export type Direction = 'in' | 'out' | 'both';
export type Ports = number | readonly [first: number, last: number];
export type Protocol = 'tcp' | 'udp';

export interface BanOptions {
  /** Seconds, or `2h`: for good unless told, or as long as the options of open() say. */
  readonly for?: Duration;
  readonly reason?: string;
  /** Only packets to these ports; all of them unless told. */
  readonly ports?: readonly Ports[];
  /** Whose ports these are: those of both unless told. */
  readonly protocol?: Protocol;
  /** Packets from it (`in`, unless told), to it, or both. */
  readonly direction?: Direction;
}
export interface AllowOptions {
  readonly for?: Duration;
  readonly reason?: string;
  /** Only packets to these ports, from it or to it; all of them unless told. */
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
}

/** A ban, as plain data but for its counters. Times are in milliseconds since 1970. */
export interface Ban {
  /** `192.0.2.1`, `192.0.2.0/24`. */
  readonly address: string;
  readonly since: number;
  /** When it ends; undefined: not by itself. */
  readonly until?: number;
  readonly reason?: string;
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
  readonly direction: Direction;
  /** The how manieth ban of this address it is. */
  readonly times: number;
  /** The packets that it has kept away. */
  readonly hits?: { readonly packets: bigint; readonly bytes: bigint };
}
export interface Allowance {
  readonly address: string;
  readonly since: number;
  readonly until?: number;
  readonly reason?: string;
  readonly ports?: readonly Ports[];
  readonly protocol?: Protocol;
}

const duration: Check<Duration> = (value) => {
  secondsOf(value);
  return value as Duration;
};
const port = (value: unknown): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 65535)
    throw new Mismatch('a port from 0 to 65535', value);
  return value;
};
const ports: Check<Ports> = (value) => {
  if (!Array.isArray(value)) return port(value);
  const [first, last] = value as [unknown, unknown];
  if (value.length !== 2 || port(first) > port(last)) throw new Mismatch('the first and the last port', value);
  return [port(first), port(last)];
};
export const portsGiven = listOf(ports, 'a list of ports');
const shared = {
  for: duration,
  reason: string(),
  ports: portsGiven,
  protocol: oneOf('tcp', 'udp'),
};
export const banGiven = fields<BanOptions>({ ...shared, direction: oneOf('in', 'out', 'both') });
export const allowGiven = fields<AllowOptions>(shared);

export const portText = (port: Ports, between = '-'): string =>
  typeof port === 'number' ? String(port) : port.join(between);
/** What distinguishes bans of one address; and allowances, which have no direction. */
export const scopeOf = (of: Partial<Pick<Ban, 'ports' | 'protocol' | 'direction'>>): string =>
  [of.direction, of.ports && `${of.protocol ?? ''}${of.ports.map((each) => portText(each)).join()}`]
    .filter((part) => part !== undefined)
    .join(' ');

/** Whether it is so still. */
export const lasts = ({ until }: { readonly until?: number | undefined }, now = Date.now()): boolean =>
  until === undefined || until > now;
/** Seconds that are left of it; 0: it has no end. */
export const secondsLeft = ({ until }: { readonly until?: number | undefined }): number =>
  until === undefined ? 0 : Math.max(1, Math.ceil((until - Date.now()) / 1000));
