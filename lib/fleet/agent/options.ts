/** What an agent is started with. */
import { hostname } from 'node:os';
import { type Check, fields, flag, listOf, milliseconds, numeric, oneOf, path, recordOf } from '../../arguments';
import { Mismatch } from '../../errors';
import { Firewall } from '../../index';
import type { GuardOptions } from '../../policy';
import { flows } from '../../policy/flow';
import { BothFamilies } from '../../table/both/both';
import { fleetName } from '../keys';
import { variables } from '../policy';
import { publicKey } from '../signing';
import type { HostFirewall } from './apply';

export interface BootOptions {
  /** Public keys, as newKeys() makes them: what is signed by none of them is not believed. */
  readonly keys: readonly string[];
  /** A folder of its own: /var/lib/iptc-fleet unless told. */
  readonly state?: string;
  /** Which fleet it belongs to: `default` unless told. */
  readonly fleet?: string;
  /** Where the rules that lead to a policy's chains are kept: `first` unless told. */
  readonly place?: 'first' | 'last';
}
export interface AgentOptions extends BootOptions {
  /** The host's name in the fleet: the machine's own unless told. */
  readonly host?: string;
  /** Labels, groups and variables that the host knows of itself: those that the store has for it come on top. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** As for `apply()` of libiptc/policy; a policy has 30 seconds to be confirmed unless told. */
  readonly guard?: Partial<Omit<GuardOptions, 'probe'>>;
  /** Milliseconds between looks at what others have changed: a minute unless told. */
  readonly interval?: number;
  /** Whether that is put right; it is, unless told. */
  readonly repair?: boolean;
  /** Milliseconds after which it reports, though nothing has changed: five minutes unless told. */
  readonly report?: number;
  /** Seconds without a sign after which the host is taken for dead: 15 unless told. */
  readonly ttl?: number;
  /** Milliseconds between the two new connections by which a policy is confirmed: 2,000 unless told. */
  readonly apart?: number;
}

const guard = fields<Partial<Omit<GuardOptions, 'probe'>>>({
  confirmWithin: milliseconds,
  preserve: flows,
  force: flag,
});
const interval = (value: unknown): number => {
  if (milliseconds(value) < 1) throw new Mismatch('milliseconds from 1 on', value);
  return value as number;
};
const word = (value: unknown): string => {
  if (typeof value !== 'string' || !/^[\w.-]{1,100}$/.test(value))
    throw new Mismatch('a word of letters, digits, dots, dashes and underscores', value);
  return value;
};
export const labels: Check<Readonly<Record<string, string>>> = (value) => {
  const given = recordOf(word)(value);
  for (const name of Object.keys(given)) word(name);
  return given;
};
export const groups: Check<readonly string[]> = listOf(fleetName('group'));

const booting = {
  keys: (value: unknown) => {
    const keys = listOf(publicKey, 'a list of public keys')(value);
    if (keys.length === 0) throw new Mismatch('one public key at least', value);
    return keys;
  },
  state: path,
  fleet: fleetName('fleet'),
  place: oneOf('first', 'last'),
};
export const bootGiven = fields<BootOptions>(booting, 'keys');
export const agentGiven = fields<AgentOptions>(
  {
    ...booting,
    host: fleetName('host'),
    labels,
    groups,
    variables,
    guard,
    interval,
    repair: flag,
    report: interval,
    ttl: numeric('seconds, from 2 to 3,600,', (n) => n >= 2 && n <= 3600 && Number.isInteger(n)),
    apart: milliseconds,
  },
  'keys',
);
export const firewallGiven: Check<HostFirewall> = (value) => {
  if (value instanceof BothFamilies || value instanceof Firewall) return value as HostFirewall;
  throw new Mismatch('a firewall, or both families,', value);
};

export type Settings = Required<AgentOptions> & { readonly guard: Omit<GuardOptions, 'probe'> };
export const settingsOf = (given: AgentOptions): Settings => ({
  state: '/var/lib/iptc-fleet',
  fleet: 'default',
  place: 'first',
  host: hostname(),
  labels: {},
  groups: [],
  variables: {},
  interval: 60_000,
  repair: true,
  report: 300_000,
  ttl: 15,
  apart: 2_000,
  ...given,
  guard: { confirmWithin: 30_000, ...given.guard },
});
