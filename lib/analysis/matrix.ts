/** Which groups of addresses may connect to which: a partition of the whole address space. */
import { argument, fields, oneOf, optionsOf } from '../arguments';
import type { Node } from './bdd';
import { nodesCheck, within } from './compare';
import { setsCheck } from './elements';
import { type Way, World } from './pipeline';
import { accepted } from './query';
import { addressText, groups, projection, type Span } from './ranges';
import { type RulesetInput, readRuleset } from './ruleset';
import { beginningOf, type Service, serviceOf } from './service';
import type { Space } from './space';

export interface ServiceMatrix {
  /** Each address is in one of them; those of a group may reach the same, and are reached by the same. */
  readonly groups: readonly (readonly string[])[];
  /** Pairs of groups, by their numbers: from whom to whom. */
  readonly surely: readonly (readonly [from: number, to: number])[];
  readonly possibly: readonly (readonly [from: number, to: number])[];
}
export interface MatrixOptions {
  /** What sets hold, by their names: elements as `ipset list` prints them. Of others it isn't known. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** `forward` unless told. */
  readonly way?: Way;
  readonly nodes?: number;
}
const optional = fields<MatrixOptions>({ way: oneOf('in', 'forward', 'out'), nodes: nodesCheck, sets: setsCheck });

/**
 * Divides all addresses into groups that no rule tells apart, for one service, and says which groups may connect to which:
 * through this machine, unless another way is asked for. Throws ERR_UNDECIDED where that takes too long.
 *
 * @example serviceMatrix(parseRuleset(text), 'tcp/22')
 *   // { groups: [['0.0.0.0-192.0.1.255', '192.0.3.0-255.255.255.255'], ['192.0.2.0/24']], surely: [[1, 0], [1, 1]], … }
 */
export function serviceMatrix(ruleset: RulesetInput, port: string | Service, options?: MatrixOptions): ServiceMatrix {
  const { way = 'forward', nodes, sets } = optionsOf('serviceMatrix', options, optional);
  const read = readRuleset('serviceMatrix', ruleset);
  const service = argument('serviceMatrix', 'port', port, serviceOf);
  return within(() => {
    const world = new World([read], { nodes, sets });
    const { space } = world;
    const lo = space.or(space.interface('inInterface', 'lo'), space.interface('outInterface', 'lo'));
    const set = space.bdd.minus(space.and(accepted(world, read, way), beginningOf(space, service)), lo);
    const sides = [space.surely(set), space.possibly(set)].map((side) =>
      projection(space, side, 'source', 'destination'),
    ) as [Node, Node];
    const parts = partition(space, sides);
    const pairs = (side: Node): [number, number][] =>
      parts.flatMap(([[from]], i) =>
        parts.flatMap(([[to]], j): [number, number][] => (holds(space, side, from![0], to![0]) ? [[i, j]] : [])),
      );
    return {
      groups: parts.map(([spans]) => spans.map((span) => addressText(space, span))),
      surely: pairs(sides[0]),
      possibly: pairs(sides[1]),
    };
  });
}

/** Addresses that are the same on either side of either set. */
function partition(space: Space, sides: readonly Node[]): [Span[]][] {
  const cuts = new Map<bigint, true>();
  const ids = new Map<string, Span[]>();
  const all = sides.flatMap((side) => [byNode(space, side, 'source'), byNode(space, side, 'destination')]);
  for (const spans of all) for (const [low] of spans) cuts.set(low, true);
  const starts = [...cuts.keys()].sort((a, b) => (a < b ? -1 : 1));
  const end = (1n << BigInt(space.levels.source.length)) - 1n;
  const at = all.map(() => 0);
  for (const [i, low] of starts.entries()) {
    const high = (starts[i + 1] ?? end + 1n) - 1n;
    const key = all
      .map((spans, k) => {
        while (at[k]! + 1 < spans.length && spans[at[k]! + 1]![0] <= low) at[k]!++;
        return spans[at[k]!]![1];
      })
      .join();
    const spans = ids.get(key);
    const last = spans?.[spans.length - 1];
    if (!spans) ids.set(key, [[low, high]]);
    else if (last![1] + 1n === low) spans[spans.length - 1] = [last![0], high];
    else spans.push([low, high]);
  }
  return [...ids.values()].map((spans) => [spans]);
}

/** Where each span begins, and what of the set is left for its addresses on one side; NONE too. */
function byNode(space: Space, set: Node, field: 'source' | 'destination'): (readonly [low: bigint, node: Node])[] {
  const own = field === space.first ? set : exchanged(space, set);
  const upper = space.first;
  const spans = [...groups(space, own, upper)].flatMap(([node, all]) =>
    all.map(([low, high]) => [low, high, node] as const),
  );
  spans.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const found: (readonly [bigint, Node])[] = [];
  let next = 0n;
  for (const [low, high, node] of spans) {
    if (low > next) found.push([next, 0]);
    found.push([low, node]);
    next = high + 1n;
  }
  if (next < 1n << BigInt(space.levels.source.length)) found.push([next, 0]);
  return found;
}
/** The set with sources and destinations exchanged. */
const exchanged = (space: Space, set: Node): Node => {
  const { source, destination } = space.levels;
  const bits = new Map<number, Node>();
  for (const [i, level] of source.entries()) {
    bits.set(level, space.bdd.bit(destination[i]!));
    bits.set(destination[i]!, space.bdd.bit(level));
  }
  return space.bdd.compose(set, bits);
};
function holds(space: Space, set: Node, from: bigint, to: bigint): boolean {
  const { source, destination } = space.levels;
  const width = BigInt(source.length);
  const bit = (level: number): boolean => {
    const [value, i] = source.includes(level) ? [from, source.indexOf(level)] : [to, destination.indexOf(level)];
    return ((value >> (width - 1n - BigInt(i))) & 1n) === 1n;
  };
  return space.bdd.evaluate(set, bit) !== 0;
}
