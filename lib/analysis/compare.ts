/** The difference of two rulesets as traffic: which packets fare otherwise, and who decides that. */
import { fields, numeric, optionsOf } from '../arguments';
import { IptcError } from '../errors';
import type { Rule } from '../rule/rule';
import { ALL, NONE, type Node } from './bdd';
import { setsCheck } from './elements';
import { example } from './example';
import type { Decider, Outcome, Verdict } from './outcome';
import type { Packet } from './packet';
import { cubeOfPacket } from './packets';
import { WAYS, type Way, World } from './pipeline';
import { boxes, type PacketRanges } from './ranges';
import { type ReadRuleset, type RulesetInput, readRuleset, saidOf } from './ruleset';
import { compile, simulate } from './simulate';
import { Undecided } from './undecided';

/** A rule, or a chain's policy, that decides. */
export interface DecidedBy extends Decider {
  readonly rule?: Rule;
}
/** What becomes of packets, and by whom. */
export interface Fate {
  readonly verdict: Verdict;
  /** What NAT makes of the first packet of a connection, in iptables' words. */
  readonly nat?: readonly string[];
  readonly by: readonly DecidedBy[];
}
/** Packets whose fate changes, and the same on either side for all of them. */
export interface TrafficChange {
  /** Whether they come in for this machine, are forwarded, or are sent by it. */
  readonly way: Way;
  /** All of them, as ranges of their fields, each exactly; unless there are more. */
  readonly packets: readonly PacketRanges[];
  readonly more?: true;
  readonly before: Fate;
  readonly after: Fate;
  readonly example: Packet;
  /** No wire carries such packets: they come from nowhere, are of no connection that can be, or never meet the conditions. */
  readonly implausible?: true;
  /** What else the example needs, that a packet's fields don't tell: limits, texts, lists. */
  readonly conditions?: readonly { readonly condition: string; readonly holds: boolean }[];
}
export interface TrafficComparison {
  /** Whether all that differs is among the changes. */
  readonly decided: boolean;
  /** Why not. */
  readonly undecided?: string;
  readonly changes: readonly TrafficChange[];
  /** What can't be seen in a packet's fields: each of these may hold or not. */
  readonly free: readonly string[];
}

export interface CompareOptions {
  /** What sets hold, by their names: elements as `ipset list` prints them. Of others it isn't known. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** How many nodes of decision diagrams may be made: 8 million unless told, which take some 200 MB. */
  readonly nodes?: number;
  /** How many classes of packets are told at most; 1,000 unless told. */
  readonly changes?: number;
}
const count = (most: number) =>
  numeric(`an integer from 1 to ${most}`, (n) => Number.isInteger(n) && n >= 1 && n <= most);
export const nodesCheck = count(2 ** 26);
const optional = fields<CompareOptions>({ sets: setsCheck, nodes: nodesCheck, changes: count(1_000_000) });

/**
 * Compares what two rulesets of one family do with packets: which classes of packets have another verdict, or are
 * rewritten otherwise, each with an example and the rules that decide. It is exact for addresses, interfaces, protocols,
 * ports, ICMP types, TCP flags, states and marks; what else rules ask for may hold or not, and is told. Of a connection it
 * is the first packet that NAT is done to. Nothing is ever told wrongly: what takes too long isn't decided.
 *
 * @example compareTraffic(parseRuleset(before), parseRuleset(after)).changes[0]
 *   // { way: 'in', packets: [{ protocol: ['tcp'], dport: [22], ctstate: ['NEW'] }], before: { verdict: 'ACCEPT', … },
 *   //   after: { verdict: 'DROP', … }, example: { protocol: 'tcp', source: '203.0.113.0', dport: 22, … } }
 */
export function compareTraffic(before: RulesetInput, after: RulesetInput, options?: CompareOptions): TrafficComparison {
  const { nodes, sets, changes: most = 1000 } = optionsOf('compareTraffic', options, optional);
  const sides = [
    readRuleset('compareTraffic', before, 'before'),
    readRuleset('compareTraffic', after, 'after'),
  ] as const;
  if (sides[0].family !== sides[1].family)
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected rulesets of one family for compareTraffic() but received ${sides[0].family} and ${sides[1].family}`,
      { hint: 'Compare IPv4 with IPv4, and IPv6 with IPv6.' },
    );
  const world = new World(sides, { nodes, sets });
  const changes: TrafficChange[] = [];
  try {
    const compiled = [compile(before), compile(after)] as const;
    // The walk has to agree, which knows nothing of diagrams.
    const fares = (packet: Packet, as: readonly Outcome[]): boolean =>
      as.every(({ end }, i) => {
        const simulated = simulate(compiled[i]!, packet, sets && { sets });
        const { branches = [], incomplete } = simulated;
        return incomplete || end === 'UNKNOWN' || [simulated, ...branches].some(({ verdict }) => verdict === end);
      });
    for (const way of WAYS)
      for (const change of differences(world, sides, way, fares)) {
        if (changes.length === most) throw new Undecided(`there are more than ${most} classes of packets`);
        changes.push(change);
      }
    return { decided: true, changes, free: world.space.told() };
  } catch (error) {
    const undecided = undecidedBy(error);
    return { decided: false, undecided, changes, free: world.space.told() };
  }
}

/** An answer, or ERR_UNDECIDED. */
export function within<T>(answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Undecided) throw error;
    throw new Undecided(undecidedBy(error).replace('Cannot decide: ', ''));
  }
}

/** Why there is no answer; throws what is no reason for that. */
export function undecidedBy(error: unknown): string {
  if (error instanceof Undecided) return error.message;
  // Diagrams are as deep as there are conditions.
  if (error instanceof RangeError && /call stack/.test(error.message))
    return 'Cannot decide: conditions or chains are nested too deeply';
  throw error;
}

/** How many examples are tried, if none of them fares so. */
const TRIES = 8;

function* differences(
  world: World,
  sides: readonly [ReadRuleset, ReadRuleset],
  way: Way,
  fares: (packet: Packet, as: readonly Outcome[]) => boolean,
): Generator<TrafficChange> {
  const { space, outcomes } = world;
  const { bdd } = space;
  const [f, g] = sides.map((side) => world.fate(side, way)) as [Node, Node];
  const among = bdd.zip(f, g, (a, b) => (a === b ? NONE : ALL), NONE);
  if (among === NONE) return;
  const [before, after] = sides.map((side) => world.fate(side, way, { among })) as [Node, Node];
  // Both deciders at once, as a leaf of their own.
  const pairs = new Map<string, { readonly leaf: Node; readonly of: readonly [Outcome, Outcome] }>();
  const both = bdd.zip(bdd.ite(among, before, NONE), bdd.ite(among, after, NONE), (a, b) => {
    if (a === NONE) return NONE;
    const key = `${a} ${b}`;
    let pair = pairs.get(key);
    if (!pair) {
      pair = { leaf: outcomes.mark(key), of: [outcomes.of(a)!, outcomes.of(b)!] };
      pairs.set(key, pair);
    }
    return pair.leaf;
  });
  for (const { leaf, of } of pairs.values()) {
    const set = bdd.map(both, (other) => (other === leaf ? ALL : NONE));
    const { boxes: packets, more } = boxes(space, set);
    let found = example(space, set);
    let left = set;
    // Of conditions known by their names alone some can't hold of every packet.
    for (let i = 0; i < TRIES && found.conditions.length > 0 && !fares(found.packet, of); i++) {
      left = bdd.minus(left, cubeOfPacket(space, found.packet));
      if (left === NONE) break;
      found = example(space, left);
    }
    const { packet, conditions } = found;
    if (conditions.length === 0 && !fares(packet, of))
      throw new Undecided(
        `the packet ${JSON.stringify(packet)} doesn't fare as is said`,
        'Please report it, with both rulesets.',
      );
    const implausible = found.implausible || (conditions.length > 0 && !fares(packet, of));
    yield {
      way,
      packets,
      ...(more && { more }),
      before: fateOf(of[0], sides[0]),
      after: fateOf(of[1], sides[1]),
      example: packet,
      ...(implausible && { implausible }),
      ...(conditions.length > 0 && { conditions }),
    };
  }
}

export const fateOf = ({ end, nat, by }: Outcome, { tables }: ReadRuleset): Fate => ({
  verdict: end as Verdict,
  ...(nat.length > 0 && { nat }),
  by: by.map((decider) => {
    const { table, chain, number } = decider;
    const rule = number === undefined ? undefined : tables.get(table)?.chains.get(chain)?.rules[number - 1];
    return { ...decider, ...(rule && { rule: saidOf(rule) }) };
  }),
});
