/** Sources that nobody on the Internet has. */
import { fields, listOf, named, oneOf, optionsOf } from '../../arguments';
import { Mismatch } from '../../errors';
import type { Family } from '../../rule/rule';
import { type ReadyOptions, type ReadyRule, ready, readyChecks } from './rule';

export interface BogonsOptions extends ReadyOptions {
  /** The interface to the Internet: elsewhere such addresses are in use. */
  readonly inInterface: string;
  /** ipv4 unless told. */
  readonly family?: Family;
  /** Networks of the list below that are in use there all the same. */
  readonly except?: readonly string[];
}

/** The registries of special addresses: RFC 6890 and what came since. */
export const BOGONS = {
  ipv4: [
    '0.0.0.0/8', // this network
    '10.0.0.0/8', // private
    '100.64.0.0/10', // shared, of carriers
    '127.0.0.0/8', // loopback
    '169.254.0.0/16', // link-local
    '172.16.0.0/12', // private
    '192.0.0.0/24', // protocol assignments
    '192.0.2.0/24', // documentation
    '192.168.0.0/16', // private
    '198.18.0.0/15', // benchmarks
    '198.51.100.0/24', // documentation
    '203.0.113.0/24', // documentation
    '224.0.0.0/4', // multicast
    '240.0.0.0/4', // reserved, and broadcast
  ],
  // Not ::, from which hosts ask whether an address is taken, nor link-local addresses, without which IPv6 doesn't work.
  ipv6: [
    '::1/128', // loopback
    '::ffff:0.0.0.0/96', // IPv4, mapped
    '64:ff9b:1::/48', // local translation
    '100::/64', // discarded
    '2001:2::/48', // benchmarks
    '2001:db8::/32', // documentation
    '3fff::/20', // documentation
    '5f00::/16', // segment routing
    'fc00::/7', // unique local
    'fec0::/10', // site-local, once
    'ff00::/8', // multicast
  ],
} as const satisfies Record<Family, readonly string[]>;

const all: readonly string[] = [...BOGONS.ipv4, ...BOGONS.ipv6];
const known = (value: unknown): string => {
  if (!all.includes(value as string)) throw new Mismatch('a network of BOGONS', value);
  return value as string;
};
const filtering = fields<BogonsOptions>(
  { ...readyChecks, inInterface: named('an interface'), family: oneOf('ipv4', 'ipv6'), except: listOf(known) },
  'inInterface',
);

/**
 * Nothing comes from the Internet with a source that nobody there has: a rule a network of BOGONS.
 *
 * @example
 * bogons({ inInterface: 'eth0' });
 * // -A INPUT -s 10.0.0.0/8 -i eth0 -j DROP …
 */
export function bogons(options: BogonsOptions): ReadyRule[] {
  const given = optionsOf('bogons', options, filtering);
  const { inInterface, family = 'ipv4', except = [], target = 'DROP' } = given;
  return BOGONS[family]
    .filter((network) => !except.includes(network))
    .map((source) => ready({ source, inInterface, target }, [], given));
}
