/** The bits by which packets differ, in the order in which diagrams test them, and sets of packets by what rules say. */

import type { Test } from '../codec/meaning';
import { isNot, type Not, toAddress } from '../codec/operand';
import type { Field, PacketSet, Symbols } from '../codec/symbol';
import { parseNetwork } from '../net/address';
import { protocolNumber } from '../net/databases';
import type { Family } from '../net/family';
import { ALL, Bdd, HIGHEST_LEVEL, NONE, type Node } from './bdd';
import { Interfaces } from './interfaces';
import type { Forgotten } from './outcome';
import type { SetContents } from './set-space';
import { Undecided } from './undecided';

export const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'] as const;

/**
 * Few-valued fields first, then ports, then addresses: addresses before ports take millions of nodes. What else decides
 * comes last of all, each condition at a level of its own.
 */
const orderOf = (first: 'source' | 'destination'): readonly Field[] => [
  'ctstate',
  'inInterface',
  'outInterface',
  'protocol',
  'tcpFlags',
  'fragment',
  'dport',
  'sport',
  first,
  first === 'source' ? 'destination' : 'source',
];
/** Bit by bit in turn: what saves and restores marks makes each bit of one that of the other. */
const IN_TURN: readonly Field[] = ['mark', 'connmark'];

/** What is known of a condition that no field tells. */
export interface Meaning {
  /** What it asks of a packet. */
  readonly test?: Test | undefined;
  /** For which packets it holds, of those with which a connection begins. */
  readonly begins?: PacketSet;
}

export interface SpaceOptions {
  readonly nodes?: number | undefined;
  /** How many it will hardly take more than. */
  readonly expected: number;
  /** The address by which rules divide packets: each of many services knows its own servers, each zone its own rules. */
  readonly first: 'source' | 'destination';
  /** The names of interfaces that rules say, those that end in + among them. */
  readonly interfaces: readonly string[];
  /** What sets hold, by their names; of any other it isn't known. */
  readonly sets?: ReadonlyMap<string, SetContents> | undefined;
}

export class Space implements Symbols {
  readonly bdd: Bdd;
  readonly all: PacketSet = ALL;
  readonly none: PacketSet = NONE;
  readonly interfaces: Interfaces;
  /** The levels of each field's bits, the most significant first. */
  readonly levels: Readonly<Record<Field, readonly number[]>>;
  /** The first level of what isn't a field. */
  readonly end: number;
  /** The address that is tested first. */
  readonly first: 'source' | 'destination';
  private readonly conditions: ({ readonly text: string } & Meaning)[] = [];
  private readonly known = new Map<string, Node>();

  constructor(
    readonly family: Family,
    private readonly options: SpaceOptions,
  ) {
    this.bdd = new Bdd(options.nodes, options.expected);
    this.interfaces = new Interfaces(options.interfaces);
    const address = family === 'ipv4' ? 32 : 128;
    const widths: Readonly<Record<Field, number>> = {
      ctstate: 3,
      inInterface: this.interfaces.bits,
      outInterface: this.interfaces.bits,
      protocol: 8,
      tcpFlags: 6,
      fragment: family === 'ipv4' ? 1 : 0,
      dport: 16,
      sport: 16,
      source: address,
      destination: address,
      mark: 32,
      connmark: 32,
    };
    let level = 0;
    const all = orderOf(options.first).map((field) => [field, Array.from({ length: widths[field] }, () => level++)]);
    const inTurn = IN_TURN.map((field, i) => [
      field,
      Array.from({ length: widths[field] }, (_, bit) => level + IN_TURN.length * bit + i),
    ]);
    this.levels = Object.fromEntries([...all, ...inTurn]) as Record<Field, number[]>;
    this.end = level + IN_TURN.length * widths.mark;
    this.first = options.first;
  }

  // Sets of packets.

  and(...sets: readonly PacketSet[]): PacketSet {
    return sets.reduce((all, set) => this.bdd.and(all, set), ALL);
  }
  or(...sets: readonly PacketSet[]): PacketSet {
    return this.bdd.union(sets);
  }
  not(set: PacketSet): PacketSet {
    return this.bdd.not(set);
  }
  given<T>(value: T | Not<T> | undefined, holds: (value: T) => PacketSet): PacketSet {
    if (value === undefined) return ALL;
    return isNot(value) ? this.not(holds(value.not as T)) : holds(value as T);
  }
  get whole(): PacketSet {
    return this.family === 'ipv4' ? this.masked('fragment', 0) : ALL;
  }
  get tracked(): PacketSet {
    return this.states(['NEW', 'ESTABLISHED', 'RELATED']);
  }

  masked(field: Field, value: number | bigint, mask?: number | bigint): PacketSet {
    const levels = this.levels[field];
    const wanted = BigInt(value);
    const compared = mask === undefined ? (1n << BigInt(levels.length)) - 1n : BigInt(mask);
    if ((wanted & ~compared) !== 0n) return NONE;
    let set: Node = ALL;
    for (let i = levels.length - 1, bit = 1n; i >= 0; i--, bit <<= 1n)
      if (compared & bit)
        set = wanted & bit ? this.bdd.node(levels[i]!, NONE, set) : this.bdd.node(levels[i]!, set, NONE);
    return set;
  }
  range(field: Field, range: number | readonly [low: number, high: number]): PacketSet {
    return typeof range === 'number'
      ? this.masked(field, range)
      : this.between(field, BigInt(range[0]), BigInt(range[1]));
  }
  between(field: Field, low: bigint, high: bigint): PacketSet {
    const { bdd } = this;
    const levels = this.levels[field];
    let [atLeast, atMost]: [Node, Node] = [ALL, ALL];
    for (let i = levels.length - 1, bit = 1n; i >= 0; i--, bit <<= 1n) {
      const level = levels[i]!;
      atLeast = low & bit ? bdd.node(level, NONE, atLeast) : bdd.node(level, atLeast, ALL);
      atMost = high & bit ? bdd.node(level, ALL, atMost) : bdd.node(level, atMost, NONE);
    }
    return bdd.and(atLeast, atMost);
  }
  addresses(field: 'source' | 'destination', low: string, high: string): PacketSet {
    return this.between(field, toBigint(toAddress(low, this.family)), toBigint(toAddress(high, this.family)));
  }
  network(field: 'source' | 'destination', word: string): PacketSet {
    const network = parseNetwork(word, this.family);
    return network ? this.masked(field, toBigint(network.address), toBigint(network.mask)) : NONE;
  }
  protocol(name: string | number): PacketSet {
    const number = protocolNumber(String(name)) ?? Number(name);
    if (Number.isNaN(number)) return this.free(`-p ${name}`);
    return number === 0 ? ALL : this.masked('protocol', number);
  }
  /** Those whose interface has a name of this pattern; `hidden` where it isn't known yet by which they leave. */
  interface(field: 'inInterface' | 'outInterface', pattern: string, hidden = false): PacketSet {
    const fits = this.interfaces.matching(pattern);
    if (hidden) return fits.includes(0) ? ALL : NONE;
    return this.bdd.union(fits.map((number) => this.masked(field, number)));
  }
  /** Those of an interface of this very name. */
  named(field: 'inInterface' | 'outInterface', name: string): PacketSet {
    return this.masked(field, this.interfaces.numberOf(name));
  }
  states(names: readonly string[]): PacketSet {
    const states = STATES.flatMap((state, number) => (names.includes(state) ? [this.masked('ctstate', number)] : []));
    return this.bdd.union(states);
  }
  inSet(setname: string, flags: readonly ('src' | 'dst')[], nomatch = false): PacketSet {
    const exact = this.options.sets?.get(setname)?.(flags, this, nomatch);
    return exact ?? this.free(`-m set --match-set ${setname} ${flags.join()}${nomatch ? ' --return-nomatch' : ''}`);
  }
  /** `key` tells it from others that are said the same way. */
  free(text: string, key = text, meaning: Meaning = {}): PacketSet {
    return this.once(`free ${key}`, () => {
      const level = this.end + this.conditions.length;
      if (level > HIGHEST_LEVEL) throw new Undecided('there are too many conditions', 'Ask of less.');
      const bit = this.bdd.bit(level);
      this.conditions.push({ text, ...meaning });
      return bit;
    });
  }
  /** So many bits that nothing is known of. */
  freeLevels(condition: string, count: number): readonly number[] {
    return Array.from({ length: count }, (_, i) => this.levelOf(this.free(`${condition}, bit ${i}`)));
  }
  levelOf(bit: Node): number {
    return this.bdd.levelOf(bit);
  }

  /** Those of a diagram's conditions that read what something has changed, each with what it is asked as from then on. */
  forget(f: Node, { reads, by, results }: Forgotten): Map<number, Node> {
    const fresh = new Map<number, Node>();
    for (const level of this.bdd.support(f)) {
      if (!this.asks(level, reads)) continue;
      const { text, test } = this.conditions[level - this.end]!;
      const [answer, ...others] =
        test && results ? results.map((facts) => test({ family: this.family, around: {}, ...facts })) : [];
      if (typeof answer === 'boolean' && others.every((other) => other === answer)) {
        fresh.set(level, answer ? ALL : NONE);
        continue;
      }
      const bit = this.free(`${text}, after ${by}`, `${level} after ${by}`, test && { test });
      if (this.isDrawn(level)) this.draw([this.levelOf(bit)]);
      fresh.set(level, bit);
    }
    return fresh;
  }
  /** What of a diagram's conditions is known of packets with which a connection begins. */
  beginning(f: Node): Map<number, Node> {
    const known = new Map<number, Node>();
    for (const level of this.bdd.support(f)) {
      const begins = this.isFree(level) ? this.conditions[level - this.end]!.begins : undefined;
      if (begins !== undefined) known.set(level, this.bdd.ite(this.states(['NEW']), begins, this.bdd.bit(level)));
    }
    return known;
  }
  /** Whether it is a condition of one of these matches. */
  asks(level: number, names: readonly string[]): boolean {
    return this.isFree(level) && names.some((name) => this.conditionAt(level).startsWith(`-m ${name}`));
  }
  /** The level of the same condition, asked once more. */
  again(level: number): number {
    let next = this.oncemore.get(level);
    if (next === undefined) {
      const condition = this.conditionAt(level);
      next = this.levelOf(this.free(condition, `${condition} once more, after ${level}`));
      this.oncemore.set(level, next);
      this.draw([next]);
    }
    return next;
  }
  private readonly oncemore = new Map<number, number>();

  /** Diagrams of chains, which several rulesets share. */
  readonly diagrams = new Map<string, object>();
  private readonly contents = new Map<string, number>();
  /** A number of what a text says. */
  contentOf(key: string): number {
    const known = this.contents.get(key) ?? this.contents.size;
    this.contents.set(key, known);
    return known;
  }

  /** What is made only once: the same conditions come again and again. */
  once(key: string, make: () => Node): Node {
    let node = this.known.get(key);
    if (node === undefined) {
      node = make();
      this.known.set(key, node);
    }
    return node;
  }

  isFree = (level: number): boolean => level >= this.end;
  /** Levels of what may answer otherwise the next time that it is asked. */
  private readonly drawn = new Set<number>();
  isDrawn = (level: number): boolean => this.drawn.has(level);
  draw(levels: Iterable<number>): void {
    for (const level of levels) this.drawn.add(level);
  }
  /** The conditions by which it is decided what is in a set. */
  conditionsOf(set: Node): string[] {
    const levels = [...this.bdd.support(set)].filter(this.isFree);
    return [...new Set(levels.map((level) => this.conditionAt(level)))];
  }
  /** What is tested at a level that no field has. */
  conditionAt(level: number): string {
    return this.conditions[level - this.end]!.text;
  }
  /** All conditions, as iptables would say them. */
  told(): string[] {
    return [...new Set(this.conditions.map(({ text }) => text))];
  }
  /** Packets that are in a set whatever else decides. */
  surely(set: Node): Node {
    return this.bdd.forall(set, this.isFree);
  }
  /** Those that may be in it. */
  possibly(set: Node): Node {
    return this.bdd.exists(set, this.isFree);
  }
}

export const toBigint = (bytes: Uint8Array): bigint => bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
