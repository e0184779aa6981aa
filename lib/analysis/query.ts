/** Who may reach what: sets of addresses that get through, surely and possibly. */
import { argument, type Check, fields, flag, oneOf, optionsOf, string } from '../arguments';
import { Mismatch } from '../errors';
import { parseNetwork } from '../net/address';
import type { Family } from '../net/family';
import { ALL, NONE, type Node } from './bdd';
import { nodesCheck, within } from './compare';
import { setsCheck } from './elements';
import { interfaceName } from './packet';
import { type Way, World } from './pipeline';
import { addressText, boxes, type PacketRanges, prefixes, projection, spansOf } from './ranges';
import { type ReadRuleset, type RulesetInput, readRuleset } from './ruleset';
import { beginningOf, type Service, serviceOf } from './service';

/** What is known of the packets that are asked about. */
export interface Asked {
  /** `tcp/22` */
  readonly service?: string | Service;
  /** An address or a network. */
  readonly source?: string;
  readonly destination?: string;
  readonly inInterface?: string;
  readonly outInterface?: string;
  /** `in` unless told, to this machine; through it with `forward`; from it with `out`. */
  readonly way?: Way;
}
/**
 * Who may reach something: `{ who: { service: 'tcp/22' } }`, or in words `who may reach tcp/22`. Or what somebody may
 * reach: `{ what: { source: '10.0.0.5' } }`, `what may 10.0.0.5 reach`.
 */
export type Question = string | { readonly who: Asked } | { readonly what: Asked };

/** Addresses, networks and ranges `first-last`. */
export interface WhoAnswer {
  /** Whatever limits, lists and texts say. */
  readonly surely: readonly string[];
  /** If these say so. */
  readonly possibly: readonly string[];
  /** What of that decides. */
  readonly free: readonly string[];
}
export interface WhatAnswer {
  readonly surely: readonly PacketRanges[];
  readonly possibly: readonly PacketRanges[];
  readonly free: readonly string[];
}
export interface QueryOptions {
  /** What sets hold, by their names: elements as `ipset list` prints them. Of others it isn't known. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** Networks alone instead of ranges: often many more. */
  readonly prefixes?: boolean;
  /** How many nodes of decision diagrams may be made: 8 million unless told. */
  readonly nodes?: number;
}

const text = string();
const asked: Check<Asked> = fields<Asked>({
  service: (value) => serviceOf(value),
  source: text,
  destination: text,
  inInterface: interfaceName,
  outInterface: interfaceName,
  way: oneOf('in', 'forward', 'out'),
});
const optional = fields<QueryOptions>({ prefixes: flag, nodes: nodesCheck, sets: setsCheck });

const WHO = /^who (?:may|can) reach (\S+?)(?: (?:at|on) (\S+?))?\??$/i;
const WHAT = /^what (?:may|can) (\S+) reach\??$/i;
const asQuestion: Check<{ readonly kind: 'who' | 'what'; readonly of: Asked }> = (value) => {
  if (typeof value === 'string') {
    const who = WHO.exec(value.trim());
    const what = WHAT.exec(value.trim());
    if (who)
      return { kind: 'who', of: { service: serviceOf(who[1]), ...(who[2] !== undefined && { destination: who[2] }) } };
    if (what) return { kind: 'what', of: { source: what[1]! } };
  } else if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    if (keys.length === 1 && (keys[0] === 'who' || keys[0] === 'what'))
      return { kind: keys[0], of: fields<Record<string, Asked>>({ [keys[0]]: asked })(value)[keys[0]]! };
  }
  throw new Mismatch("'who may reach tcp/22', 'what may 10.0.0.5 reach', { who: … } or { what: … }", value);
};

/**
 * Who may reach a service, as sources; or what somebody may reach, as destinations and services. It is asked of new
 * connections that come by no loopback interface, unless one is named. Throws ERR_UNDECIDED where that takes too long.
 *
 * @example query(parseRuleset(text), 'who may reach tcp/22')
 *   // { surely: ['192.0.2.0/24'], possibly: ['192.0.2.0/24'], free: [] }
 */
export function query(ruleset: RulesetInput, question: { readonly who: Asked }, options?: QueryOptions): WhoAnswer;
export function query(ruleset: RulesetInput, question: { readonly what: Asked }, options?: QueryOptions): WhatAnswer;
export function query(ruleset: RulesetInput, question: Question, options?: QueryOptions): WhoAnswer | WhatAnswer;
export function query(ruleset: RulesetInput, question: Question, options?: QueryOptions): WhoAnswer | WhatAnswer {
  const { prefixes: split, nodes, sets } = optionsOf('query', options, optional);
  const read = readRuleset('query', ruleset);
  const { kind, of: what } = argument('query', 'question', question, asQuestion);
  return within(() => {
    const world = new World([read], { nodes, sets, interfaces: namesOf(what) });
    const { space } = world;
    const set = space.bdd.and(accepted(world, read, what.way ?? 'in'), packetsOf(world, what));
    const sides = [space.surely(set), space.possibly(set)] as const;
    const free = space.conditionsOf(set);
    if (kind === 'who') {
      const [surely, possibly] = sides.map((side) =>
        spansOf(space, side, 'source').flatMap((span) => (split ? prefixes(space, span) : addressText(space, span))),
      ) as [string[], string[]];
      return { surely, possibly, free };
    }
    const [surely, possibly] = sides.map(
      (side) => boxes(space, projection(space, side, 'protocol', 'dport', 'destination'), MOST).boxes,
    ) as [PacketRanges[], PacketRanges[]];
    return { surely, possibly, free };
  });
}
const MOST = 1000;
const namesOf = ({ inInterface, outInterface }: Asked): string[] =>
  [inInterface, outInterface].filter((name): name is string => name !== undefined);

/** Packets that get through, where conditions that no packet tells allow it. */
export function accepted(world: World, ruleset: ReadRuleset, way: Way): Node {
  return world.space.bdd.map(world.fate(ruleset, way), (leaf) =>
    world.outcomes.of(leaf)?.end === 'ACCEPT' ? ALL : NONE,
  );
}

/** New connections, as far as they are asked about; over lo only if it is named. */
function packetsOf({ space }: World, { service, source, destination, inInterface, outInterface }: Asked): Node {
  const { bdd } = space;
  const lo = (field: 'inInterface' | 'outInterface') => bdd.not(space.interface(field, 'lo'));
  const net = (field: 'source' | 'destination', word: string | undefined) =>
    word === undefined ? ALL : networkOf(space.family, field, word) && space.network(field, word);
  return space.and(
    service === undefined ? space.and(space.states(['NEW']), space.whole) : beginningOf(space, service as Service),
    // Of TCP, a connection begins with SYN alone.
    bdd.ite(space.protocol('tcp'), space.masked('tcpFlags', 2), ALL),
    net('source', source) as Node,
    net('destination', destination) as Node,
    inInterface === undefined ? lo('inInterface') : space.interface('inInterface', inInterface),
    outInterface === undefined ? lo('outInterface') : space.interface('outInterface', outInterface),
  );
}
function networkOf(family: Family, field: string, word: string): true {
  argument('query', `question.${field}`, word, (value) => {
    const network = parseNetwork(String(value), family);
    if (!network) throw new Mismatch(`an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address or network`, value);
    return network;
  });
  return true;
}
