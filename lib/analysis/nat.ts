/** Where NAT sends the first packet of a connection, as bits of its destination; what may be any of several is a choice. */
import { ADDRESS, parseNetwork } from '../net/address';
import { ALL, NONE, type Node } from './bdd';
import type { Stage } from './match';
import type { Changes } from './outcome';
import { type Space, toBigint } from './space';

type Make = (space: Space, stage: Stage) => Changes;

/** Bits of a field that may have any value from one to another. */
function between(space: Space, field: 'destination' | 'dport', low: bigint, high: bigint, text: string): Changes {
  const { bdd, levels } = space;
  const width = levels[field].length;
  const bitOf = (value: bigint, i: number): Node => ((value >> BigInt(width - 1 - i)) & 1n ? ALL : NONE);
  if (low >= high) return new Map(levels[field].map((level, i) => [level, bitOf(low, i)]));
  const free = space.freeLevels(`the choice of ${text}`, width);
  const chosen = new Map(levels[field].map((level, i) => [level, bdd.bit(free[i]!)]));
  const fits = bdd.compose(space.between(field, low, high), chosen);
  return new Map(levels[field].map((level, i) => [level, bdd.ite(fits, bdd.bit(free[i]!), bitOf(low, i))]));
}
const ports = (space: Space, word: string | undefined, text: string): Changes => {
  const [, low, high = low] = /^(\d+)(?:-(\d+))?/.exec(word ?? '') ?? [];
  return low === undefined ? new Map() : between(space, 'dport', BigInt(low), BigInt(high!), text);
};

/** `1.1.1.1`, `1.1.1.1-1.1.1.9:1024-65535`, `:80`, `[2001:db8::1]:80` */
export const destinationOf =
  (to: string, text: string): Make =>
  (space) => {
    const six = /^\[(.*)\](?::(.*))?$/.exec(to);
    const four = /^([^:]*)(?::(.*))?$/.exec(to);
    const [, addresses = '', port] = six ?? (space.family === 'ipv4' ? four : undefined) ?? ['', to];
    const { parse } = ADDRESS[space.family];
    const [first, last] = addresses.split('-').map((word) => parse(word));
    const changes = new Map(ports(space, port, text));
    if (first)
      for (const [level, bit] of between(space, 'destination', toBigint(first), toBigint(last ?? first), text))
        changes.set(level, bit);
    return changes;
  };

/** To this machine: of packets that it sends to the loopback address, of others to one of the interface that they come in by. */
export const redirected =
  (toPorts: unknown, text: string): Make =>
  (space, { hook }) => {
    const port = Array.isArray(toPorts) ? toPorts.join('-') : toPorts === undefined ? undefined : String(toPorts);
    const changes = new Map(ports(space, port, text));
    const loopback = space.family === 'ipv4' ? 0x7f000001n : 1n;
    const free =
      hook === 'OUTPUT'
        ? []
        : space.freeLevels('the address of the interface that it comes in by', space.levels.destination.length);
    for (const [i, level] of space.levels.destination.entries()) {
      const shift = BigInt(space.levels.destination.length - 1 - i);
      const own = (loopback >> shift) & 1n ? ALL : NONE;
      changes.set(level, hook === 'OUTPUT' ? own : space.bdd.bit(free[i]!));
    }
    return changes;
  };

/** The bits of the host stay. Where packets leave, it is their source that is mapped, which nobody looks at any more. */
export const netmapped =
  (to: string): Make =>
  (space, { hook }) => {
    const network = parseNetwork(to, space.family);
    const changes = new Map<number, Node>();
    if (!network || (hook !== 'PREROUTING' && hook !== 'OUTPUT')) return changes;
    const [value, mask] = [toBigint(network.address), toBigint(network.mask)];
    for (const [i, level] of space.levels.destination.entries()) {
      const bit = 1n << BigInt(space.levels.destination.length - 1 - i);
      if (mask & bit) changes.set(level, value & bit ? ALL : NONE);
    }
    return changes;
  };
