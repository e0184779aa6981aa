/** Connections that all tables together let through, or not: marks, NOTRACK, whatever one table leaves to another counts. */
import type { TableState } from '../table/state';
import { formatRule } from '../text/rule';
import { ALL, NONE, type Node } from './bdd';
import { undecidedBy } from './compare';
import type { Decider } from './outcome';
import { type Way, World } from './pipeline';
import { type ReadRuleset, readRuleset } from './ruleset';
import { type Space, toBigint } from './space';

/** Packets to this machine, and their answers. */
export interface Preserved {
  readonly protocol: number;
  readonly from: { readonly address: Uint8Array; readonly port?: number };
  readonly to: { readonly address: Uint8Array; readonly port?: number };
  readonly loopback: boolean;
  readonly state: 'NEW' | 'ESTABLISHED';
}
export interface CutBy<T> {
  readonly of: T;
  readonly table: string;
  readonly chain: string;
  /** As iptables-save prints it. */
  readonly line: string;
}

/** More than that takes too long for a question that is asked besides. */
const NODES = 500_000;
const [SYN, ACK] = [2, 16];

/**
 * The first of these connections that gets through tables before a change, and surely not after it. Undefined if there's
 * none, and if that can't be decided soon.
 */
export function cutTogether<T extends Preserved>(
  before: readonly TableState[],
  after: readonly TableState[],
  connections: readonly T[],
): CutBy<T> | undefined {
  const sides = [readRuleset('apply', before), readRuleset('apply', after)] as const;
  try {
    const world = new World(sides, { nodes: NODES });
    const { space, outcomes } = world;
    const { bdd } = space;
    for (const way of ['in', 'out'] as const) {
      const sets = connections.map((each) => packetsOf(space, each, way));
      const among = bdd.union(sets);
      const [was, is] = sides.map((side) => world.fate(side, way, { among })) as [Node, Node];
      const [passed, passes] = [was, is].map((fate) =>
        bdd.map(fate, (leaf) => (STOPS.includes(outcomes.of(leaf)?.end ?? 'DROP') ? NONE : ALL)),
      ) as [Node, Node];
      for (const [i, set] of sets.entries()) {
        if (bdd.and(set, passes) !== NONE || bdd.and(set, passed) === NONE) continue;
        const by = bdd.measure(bdd.ite(set, is, NONE)).leaves.flatMap((leaf) => outcomes.of(leaf)?.by.slice(-1) ?? []);
        return { of: connections[i]!, table: by[0]!.table, chain: by[0]!.chain, line: lineOf(sides[1], by[0]!) };
      }
    }
  } catch (error) {
    undecidedBy(error);
  }
  return undefined;
}
const STOPS: readonly string[] = ['DROP', 'REJECT'];

/** Its interfaces aren't known, but for lo. */
function packetsOf(
  space: Space,
  { protocol, from, to, loopback, state }: Preserved,
  way: Exclude<Way, 'forward'>,
): Node {
  const [source, destination] = way === 'in' ? [from, to] : [to, from];
  const port = (field: 'sport' | 'dport', number: number | undefined) =>
    number === undefined ? ALL : space.masked(field, number);
  const lo = space.interface(way === 'in' ? 'inInterface' : 'outInterface', 'lo');
  return space.and(
    space.masked('protocol', protocol),
    space.masked('source', toBigint(source.address)),
    space.masked('destination', toBigint(destination.address)),
    port('sport', source.port),
    port('dport', destination.port),
    protocol === 6 ? space.masked('tcpFlags', state === 'NEW' ? SYN : ACK) : ALL,
    space.states([state]),
    space.whole,
    loopback ? lo : space.not(lo),
  );
}

function lineOf({ family, tables }: ReadRuleset, { table, chain, kind, number = 0 }: Decider): string {
  const { policy, rules } = tables.get(table)!.chains.get(chain)!;
  const rule = rules[number - 1];
  return kind === 'policy' || !rule ? `:${chain} ${policy}` : `-A ${chain} ${formatRule(rule as never, { family })}`;
}
