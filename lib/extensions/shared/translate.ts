/** What NAT makes of a connection's first packet. What the kernel would choose (one of several, at random) isn't known. */
import { type Effect, type Facts, toWords, type Words } from '../../codec/meaning';
import type { Range } from '../../codec/operand';
import { parseNetwork } from '../../net/address';
import type { Family } from '../../net/family';
import { type Ports, parseTo } from './nat';

type Side = 'source' | 'destination';
export interface Shuffled {
  readonly random?: true;
  readonly randomFully?: true;
}

/** All NAT ends the table, as ACCEPT does. */
const DONE = 'ACCEPT';
/** TCP, UDP, DCCP, SCTP. */
const WITH_PORTS: readonly (number | undefined)[] = [6, 17, 33, 132];

function change(facts: Facts, side: Side, address: Words | undefined, port: number | undefined): void {
  const portKey = side === 'source' ? 'sport' : 'dport';
  const same =
    address !== undefined &&
    facts[side] !== undefined &&
    address.every((word, i) => word === facts[side]![i]) &&
    port === facts[portKey];
  facts[side] = address;
  facts[portKey] = port;
  const done = side === 'source' ? 'snat' : 'dnat';
  if (address === undefined || facts.original === undefined)
    facts[done] = same ? facts[done] : address ? true : undefined;
  else if (!same) facts[done] = true;
  if (!same) facts[side === 'source' ? 'srcType' : 'dstType'] = undefined;
}

/** The port that it has then: it stays where it may. */
function portOf(
  facts: Facts,
  side: Side,
  ports: Ports | undefined,
  { random, randomFully }: Shuffled,
): number | undefined {
  const port = facts[side === 'source' ? 'sport' : 'dport'];
  if (!WITH_PORTS.includes(facts.protocol)) return port;
  const shuffled = random || randomFully;
  if (!ports) return shuffled && side === 'source' ? undefined : port;
  const { low, high, base } = ports;
  if (low === high && base === undefined) return low;
  if (base !== undefined)
    return port === undefined
      ? undefined
      : low + ((((port - base) % (high - low + 1)) + (high - low + 1)) % (high - low + 1));
  return !shuffled && port !== undefined && port >= low && port <= high ? port : undefined;
}

export function translateTo(side: Side, to: string, flags: Shuffled, family: Family): Effect {
  const { addresses, ports } = to === '' ? ({} as ReturnType<typeof parseTo>) : parseTo(to, family);
  const [first, last] = addresses?.map(toWords) ?? [];
  const only = first?.every((word, i) => word === last![i]) ? first : undefined;
  return (facts) => {
    change(facts, side, addresses ? only : facts[side], portOf(facts, side, ports, flags));
    return DONE;
  };
}

const portsOf = (range: Range | undefined): Ports | undefined => {
  if (range === undefined) return undefined;
  const [low, high] = typeof range === 'number' ? [range, range] : range;
  return { low, high };
};

export const masquerade =
  (range: Range | undefined, flags: Shuffled): Effect =>
  (facts) => {
    const { around, outInterface } = facts;
    change(
      facts,
      'source',
      outInterface ? around.addressOf?.(outInterface) : undefined,
      portOf(facts, 'source', portsOf(range), flags),
    );
    return DONE;
  };

const LOOPBACK = { ipv4: [0x7f000001], ipv6: [0, 0, 0, 1] } as const;

/** This machine's own packets go to the loopback address, others to the first one of the interface that they came by. */
export const redirect =
  (range: Range | undefined, flags: Shuffled): Effect =>
  (facts, { hook }) => {
    const { around, inInterface, family } = facts;
    const address = hook === 'OUTPUT' ? LOOPBACK[family] : inInterface ? around.addressOf?.(inInterface) : undefined;
    change(facts, 'destination', address, portOf(facts, 'destination', portsOf(range), flags));
    facts.toSelf = true;
    return DONE;
  };

export function mapNetwork(to: string, family: Family): Effect {
  const network = parseNetwork(to, family)!;
  const [address, mask] = [toWords(network.address), toWords(network.mask)];
  return (facts, { hook }) => {
    const side = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
    const mapped = facts[side]?.map((word, i) => (word & ~mask[i]!) | address[i]!);
    change(facts, side, mapped, facts[side === 'source' ? 'sport' : 'dport']);
    return DONE;
  };
}
