/** A packet of a set, as one that is seen on wires if there is any. */
import type { Field } from '../codec/symbol';
import { protocolName } from '../net/databases';
import { ALL, NONE, type Node } from './bdd';
import { type Packet, TCP_FLAGS, type TcpFlag } from './packet';
import { addressText } from './ranges';
import { type Space, STATES } from './space';

export interface Example {
  readonly packet: Packet;
  /** Which of the conditions that no packet tells have to hold, and which not. */
  readonly conditions: readonly { readonly condition: string; readonly holds: boolean }[];
  /** Whether no wire carries any such packet. */
  readonly implausible: boolean;
}

export function example(space: Space, set: Node): Example {
  let chosen = set;
  let implausible = false;
  for (const { wish, needed } of wishes(space)) {
    const closer = space.and(chosen, wish);
    if (closer !== NONE) chosen = closer;
    else if (needed) implausible = true;
  }
  const bits = space.bdd.sample(chosen);
  const number = (field: Field): bigint =>
    space.levels[field].reduce((all, level) => (all << 1n) | (bits.get(level) ? 1n : 0n), 0n);
  const conditions = [...space.bdd.sample(space.bdd.and(set, cubeOf(space, bits)))].flatMap(([level, holds]) =>
    space.isFree(level) ? [{ condition: space.conditionAt(level), holds }] : [],
  );
  return { packet: packetOf(space, number), conditions, implausible };
}
const cubeOf = (space: Space, bits: ReadonlyMap<number, boolean>): Node =>
  [...bits].reduce((all: Node, [level, set]) => {
    const bit = space.bdd.bit(level);
    return space.bdd.and(all, set ? bit : space.bdd.not(bit));
  }, ALL);

function packetOf(space: Space, number: (field: Field) => bigint): Packet {
  const protocol = Number(number('protocol'));
  const address = (field: 'source' | 'destination') => addressText(space, [number(field), number(field)]);
  const interfaced = (field: 'inInterface' | 'outInterface') => {
    const name = space.interfaces.name(Number(number(field)));
    return name === '' ? {} : { [field]: name };
  };
  const port = Number(number('dport'));
  const flags = Number(number('tcpFlags'));
  return {
    protocol: protocolName(protocol) ?? protocol,
    source: address('source'),
    destination: address('destination'),
    ...interfaced('inInterface'),
    ...interfaced('outInterface'),
    ...(PORTS.includes(protocol) && { sport: Number(number('sport')), dport: port }),
    ...(protocol === 6 && {
      tcpFlags: (Object.keys(TCP_FLAGS) as TcpFlag[]).filter((name) => flags & TCP_FLAGS[name]),
    }),
    ...((protocol === 1 || protocol === 58) && { icmpType: `${port >> 8}/${port & 255}` }),
    ctstate: STATES[Number(number('ctstate'))]!,
    ...(number('fragment') === 1n && { fragment: true }),
    ...(number('mark') !== 0n && { mark: Number(number('mark')) }),
    ...(number('connmark') !== 0n && { connmark: Number(number('connmark')) }),
  };
}
const PORTS = [6, 17, 33, 132, 136];

/** What is plausible, the most important first; what is needed says that a packet can be at all. */
function wishes(space: Space): { readonly wish: Node; readonly needed?: true }[] {
  const { bdd } = space;
  const six = space.family === 'ipv6';
  const nets = (field: 'source' | 'destination', ...words: readonly string[]) =>
    space.or(...words.map((word) => space.network(field, word)));
  const tcp = space.protocol('tcp');
  const icmp = space.masked('protocol', six ? 58 : 1);
  const fresh = space.states(['NEW']);
  const lo = space.or(space.interface('inInterface', 'lo'), space.interface('outInterface', 'lo'));
  const own = six ? ['::1'] : ['127.0.0.0/8'];
  const nobody = six ? ['::/128', 'ff00::/8'] : ['0.0.0.0/8', '224.0.0.0/3'];
  const noDestination = six ? ['::/128'] : ['0.0.0.0/8', '240.0.0.0/4'];
  const when = (condition: Node, then: Node) => bdd.ite(condition, then, ALL);
  const flags = (...names: readonly TcpFlag[]) =>
    space.masked(
      'tcpFlags',
      names.reduce((all, name) => all | TCP_FLAGS[name], 0),
    );
  const ports = space.or(...PORTS.map((number) => space.masked('protocol', number)));
  const echo = space.masked('dport', six ? 128 << 8 : 8 << 8);
  return [
    { wish: space.states(['NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED']), needed: true },
    { wish: bdd.not(nets('source', ...nobody)), needed: true },
    { wish: bdd.not(nets('destination', ...noDestination)), needed: true },
    { wish: when(bdd.not(lo), bdd.not(bdd.or(nets('source', ...own), nets('destination', ...own)))), needed: true },
    { wish: space.whole },
    { wish: space.not(space.masked('protocol', 0)) },
    { wish: when(tcp, bdd.ite(fresh, flags('SYN'), flags('ACK'))) },
    { wish: when(ports, space.and(space.not(space.masked('dport', 0)), space.not(space.masked('sport', 0)))) },
    { wish: space.masked('mark', 0) },
    { wish: space.masked('connmark', 0) },
    { wish: fresh },
    { wish: bdd.not(lo) },
    { wish: when(lo, space.and(nets('source', ...own), nets('destination', ...own))) },
    { wish: bdd.or(tcp, bdd.or(space.protocol('udp'), icmp)) },
    { wish: tcp },
    { wish: when(icmp, echo) },
    { wish: when(ports, space.masked('dport', 80)) },
    { wish: when(ports, space.range('sport', [40_000, 60_000])) },
    { wish: nets('source', ...(six ? ['2001:db8:1::/48'] : ['203.0.113.0/24'])) },
    { wish: nets('destination', ...(six ? ['2001:db8:2::/48'] : ['198.51.100.0/24'])) },
    ...(['source', 'destination'] as const).map((field) => ({
      wish: space.not(space.masked(field, 0, six ? 0xffff : 0xff)),
    })),
  ];
}
