/** What bans are opened with. */
import { type Check, count, fields, flag, oneOf, path } from '../arguments';
import { Mismatch } from '../errors';
import type { Family } from '../rule/rule';
import { Firewall } from '../table/firewall';
import { type Duration, secondsOf } from './duration';

/** Of one family, or of both. */
export type BansFirewall = Firewall | { readonly ipv4?: Firewall<'ipv4'>; readonly ipv6?: Firewall<'ipv6'> };

/** How many addresses are banned at most, unless told. */
export const LIMIT = 1_000_000;

export interface BansOptions {
  /**
   * How packets are kept away: by sets (`ip_set`), by rules alone (`rules`), or by sets where the kernel has them (`auto`,
   * unless told). Rules are in chains that each go to few others: a packet passes some 30 of 100,000.
   */
  readonly uses?: 'auto' | 'ip_set' | 'rules';
  /** What chains and sets are called, or begin with: `bans` unless told. */
  readonly name?: string;
  /** Where bans are kept so that they outlive a reboot: /var/lib/libiptc/bans. Nowhere unless told. */
  readonly journal?: string;
  /** How long a ban is that doesn't say: for good unless told. */
  readonly for?: Duration;
  /** What becomes of packets: DROP unless told, or the name of a chain, or `REJECT --reject-with …`. */
  readonly target?: string;
  /** How many addresses are banned at most; then the oldest are let go. A million unless told. */
  readonly limit?: number;
  /** Whether the connections of what is banned are ended; they are, unless told. */
  readonly cut?: boolean;
  /** Who is banned again is banned for longer. */
  readonly recidive?: Recidive;
  /**
   * Puts back, within a second, what others take away: rules that are flushed, sets that are destroyed, with all that was
   * in them; the event `repair` tells of it. What somebody deletes from a set stays deleted. Keeps the process alive.
   */
  readonly repair?: boolean;
}
export interface Recidive {
  /** How many times as long as the time before; 2 unless told. */
  readonly factor?: number;
  /** At most so long; 4 weeks unless told. */
  readonly most?: Duration;
  /** After so long without a ban all is forgotten; 4 weeks unless told. */
  readonly memory?: Duration;
}

const duration: Check<Duration> = (value) => secondsOf(value);
const NAME = /^[A-Za-z0-9_.-]{1,16}$/;
const text =
  (expected: string, form: RegExp): Check<string> =>
  (value) => {
    if (typeof value !== 'string' || !form.test(value)) throw new Mismatch(expected, value);
    return value;
  };

export const bansGiven = fields<BansOptions>({
  uses: oneOf('auto', 'ip_set', 'rules'),
  name: text('a name of at most 16 letters and digits', NAME),
  journal: path,
  for: duration,
  target: text('a target, and its options', /^[^\s-].*$/),
  limit: (value) => {
    if (count(value) === Number.POSITIVE_INFINITY || (value as number) > 0xffffffff)
      throw new Mismatch('a number of addresses', value);
    return value as number;
  },
  cut: flag,
  repair: flag,
  recidive: fields<Recidive>({
    factor: (value) => {
      if (typeof value !== 'number' || !(value >= 1) || !Number.isFinite(value))
        throw new Mismatch('a number from 1 on', value);
      return value;
    },
    most: duration,
    memory: duration,
  }),
});

export const firewallsGiven: Check<readonly Firewall<Family>[]> = (value) => {
  if (value instanceof Firewall) return [value as Firewall<Family>];
  const { ipv4, ipv6 } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const given = [ipv4, ipv6].filter((each): each is Firewall<Family> => each instanceof Firewall);
  if (given.length === 0) throw new Mismatch('a firewall, or { ipv4, ipv6 },', value);
  return given;
};
