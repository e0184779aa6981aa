/** Which connections are meant. */
import { type Check, fields, numeric, oneOf } from '../arguments';
import { Mismatch } from '../errors';
import { type Network, parseNetwork } from '../net/address';
import { protocolNumber } from '../net/databases';
import { parseNumber } from '../net/number';
import { type Connection, type Family, STATE_NAMES, STATUS_NAMES, type Status, type Tuple } from './connection';

/** All of what is given has to be so. Addresses may be networks: `192.0.2.0/24`. */
export interface ConnectionFilter {
  readonly family?: Family;
  readonly protocol?: string | number;
  /** Of the direction in which it began. */
  readonly source?: string;
  readonly destination?: string;
  readonly sport?: number;
  readonly dport?: number;
  /** Of the answers: behind NAT these are others. */
  readonly replySource?: string;
  readonly replyDestination?: string;
  /** Any of its four addresses, any of its ports. */
  readonly address?: string;
  readonly port?: number;
  readonly state?: string;
  readonly status?: Status;
  /** A mark, or a mark of those bits that a mask has: `[1, 0xff]`. */
  readonly mark?: number | readonly [mark: number, mask: number];
  readonly zone?: number;
}

const U32 = 0xffffffff;
const integer = (most: number) =>
  numeric(`an integer from 0 to ${most}`, (value) => Number.isInteger(value) && value >= 0 && value <= most);
const port = integer(0xffff);
const u32 = integer(U32);
const address: Check<string> = (value) => {
  if (typeof value === 'string' && networkOf(value)) return value;
  throw new Mismatch('an address or a network', value);
};
const protocol: Check<string | number> = (value) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value;
  if (typeof value === 'string' && numberOf(value) !== undefined) return value;
  throw new Mismatch('a protocol by name or number', value);
};

export const filterGiven = fields<ConnectionFilter>({
  family: oneOf('ipv4', 'ipv6'),
  protocol,
  source: address,
  destination: address,
  sport: port,
  dport: port,
  replySource: address,
  replyDestination: address,
  address,
  port,
  state: oneOf(...STATE_NAMES),
  status: oneOf(...STATUS_NAMES),
  mark: (value) => {
    if (!Array.isArray(value)) return u32(value);
    if (value.length !== 2) throw new Mismatch('a mark, or a mark and a mask', value);
    return [u32(value[0]), u32(value[1])] as const;
  },
  zone: port,
});

const numberOf = (name: string): number | undefined =>
  parseNumber(name, 255) ?? protocolNumber(name === 'icmpv6' ? 'ipv6-icmp' : name);
const networkOf = (text: string): Network | undefined => parseNetwork(text, text.includes(':') ? 'ipv6' : 'ipv4');

/** Whether an address is in a network, both as text. */
function within(network: string): (address: string) => boolean {
  const family = network.includes(':') ? 'ipv6' : 'ipv4';
  const { address: wanted, mask } = networkOf(network)!;
  if (mask.every((byte) => byte === 255)) {
    // The kernel's addresses and ours are printed by the same function.
    const exact = Array.from(wanted).join();
    return (each) => familyOf(each) === family && Array.from(parseNetwork(each, family)!.address).join() === exact;
  }
  return (each) => {
    if (familyOf(each) !== family) return false;
    const { address: bytes } = parseNetwork(each, family)!;
    return bytes.every((byte, i) => (byte & mask[i]!) === wanted[i]!);
  };
}
const familyOf = (text: string): Family => (text.includes(':') ? 'ipv6' : 'ipv4');

type Test = (connection: Connection) => boolean;

/** One function for all that is asked for. */
export function matcher(filter: ConnectionFilter): Test {
  const tests: Test[] = [];
  const where = <K extends keyof ConnectionFilter>(
    key: K,
    test: (value: NonNullable<ConnectionFilter[K]>) => Test,
  ): void => {
    const value = filter[key];
    if (value !== undefined) tests.push(test(value as NonNullable<ConnectionFilter[K]>));
  };
  const addressOf = (of: (connection: Connection) => string) => (network: string) => {
    const isWithin = within(network);
    return (connection: Connection) => isWithin(of(connection));
  };
  where('family', (family) => (c) => c.family === family);
  where('protocol', (given) => {
    const number = typeof given === 'number' ? given : numberOf(given);
    return (c) => c.protocolNumber === number;
  });
  where(
    'source',
    addressOf((c) => c.original.source),
  );
  where(
    'destination',
    addressOf((c) => c.original.destination),
  );
  where(
    'replySource',
    addressOf((c) => c.reply.source),
  );
  where(
    'replyDestination',
    addressOf((c) => c.reply.destination),
  );
  where('address', (network) => {
    const isWithin = within(network);
    const has = ({ source, destination }: Tuple) => isWithin(source) || isWithin(destination);
    return ({ original, reply }) => has(original) || has(reply);
  });
  where('sport', (sport) => (c) => c.original.sport === sport);
  where('dport', (dport) => (c) => c.original.dport === dport);
  where('port', (given) => {
    const has = ({ sport, dport }: Tuple) => sport === given || dport === given;
    return ({ original, reply }) => has(original) || has(reply);
  });
  where('state', (state) => (c) => c.state === state);
  where('status', (status) => (c) => c.status.includes(status));
  where('mark', (given) => {
    const [mark, mask] = typeof given === 'number' ? [given, U32] : given;
    return (c) => (c.mark & mask) >>> 0 === mark;
  });
  where('zone', (zone) => (c) => (c.zone ?? 0) === zone);
  return (connection) => tests.every((test) => test(connection));
}
