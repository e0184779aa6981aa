/** Sets of packets as people write them: the values of their fields, as ranges. */

import type { Field } from '../codec/symbol';
import { ADDRESS } from '../net/address';
import { protocolName } from '../net/databases';
import { ALL, NONE, type Node } from './bdd';
import { TCP_FLAGS } from './packet';
import { type Space, STATES } from './space';
import { Undecided } from './undecided';

/** Of a field's values, the first and the last one. */
export type Span = readonly [low: bigint, high: bigint];

/** More ranges than anybody reads. */
const MOST = 100_000;

/** The values of the bits that a set tests first, each with what is left of the set there; none where nothing is. */
export function groups(space: Space, set: Node, field: Field, most = MOST): Map<Node, Span[]> {
  const { bdd } = space;
  const levels = space.levels[field];
  const found = new Map<Node, Span[]>();
  let count = 0;
  const walk = (node: Node, i: number, value: bigint): void => {
    if (node === NONE) return;
    const rest = BigInt(levels.length - i);
    if (i === levels.length || bdd.levelOf(node) > levels[levels.length - 1]!) {
      const [low, high] = [value << rest, ((value + 1n) << rest) - 1n];
      const spans = found.get(node);
      const last = spans?.[spans.length - 1];
      if (!spans) found.set(node, [[low, high]]);
      else if (last![1] + 1n === low) spans[spans.length - 1] = [last![0], high];
      else spans.push([low, high]);
      if (++count > most) throw new Undecided(`it takes more than ${most} ranges to say`, 'Ask of less.');
      return;
    }
    const tested = bdd.levelOf(node) === levels[i];
    walk(tested ? bdd.below(node, false) : node, i + 1, value << 1n);
    walk(tested ? bdd.below(node, true) : node, i + 1, (value << 1n) | 1n);
  };
  walk(set, 0, 0n);
  return found;
}

/** The set as far as one field knows it. */
export function projection(space: Space, set: Node, ...fields: readonly Field[]): Node {
  const kept = new Set(fields.flatMap((field) => space.levels[field]));
  return space.bdd.exists(set, (level) => !kept.has(level));
}
export const spansOf = (space: Space, set: Node, field: Field): readonly Span[] =>
  groups(space, projection(space, set, field), field).get(ALL) ?? [];

/** An address, a network or a range of addresses. */
export function addressText(space: Space, [low, high]: Span): string {
  const { size, format } = ADDRESS[space.family];
  const text = (value: bigint) =>
    format(Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 255n)));
  if (low === high) return text(low);
  const length = high - low + 1n;
  const bits = length.toString(2).length - 1;
  if (length === 1n << BigInt(bits) && low % length === 0n) return `${text(low)}/${8 * size - bits}`;
  return `${text(low)}-${text(high)}`;
}
/** The networks that a range is made of. */
export function prefixes(space: Space, [low, high]: Span): string[] {
  const all: string[] = [];
  for (let at = low; at <= high; ) {
    let size = at === 0n ? high - at + 1n : at & -at;
    if (at === 0n) size = 1n << BigInt(size.toString(2).length - 1);
    while (at + size - 1n > high) size >>= 1n;
    all.push(addressText(space, [at, at + size - 1n]));
    at += size;
  }
  return all;
}

/** As ranges, or if these are too many, as iptables says odd masks: `0.0.0.7/0.0.0.255`. */
function addressWords(space: Space, only: Node, field: 'source' | 'destination'): string[] {
  try {
    return (groups(space, only, field, FEW).get(ALL) ?? []).map((span) => addressText(space, span));
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
  }
  const { bdd, levels } = space;
  const width = levels[field].length;
  const words: string[] = [];
  const text = (value: bigint) => addressText(space, [value, value]);
  const walk = (node: Node, value: bigint, mask: bigint): void => {
    if (node === NONE) return;
    if (node === ALL) {
      if (words.length === FEW) throw new Undecided(`it takes more than ${FEW} masks to say`);
      return void words.push(`${text(value)}/${text(mask)}`);
    }
    const bit = 1n << BigInt(width - 1 - levels[field].indexOf(bdd.levelOf(node)));
    walk(bdd.below(node, false), value, mask | bit);
    walk(bdd.below(node, true), value | bit, mask | bit);
  };
  walk(only, 0n, 0n);
  return words;
}
const FEW = 1000;

/** A number, or all from one to another. */
export type NumberRange = number | readonly [low: number, high: number];
const numberRange = ([low, high]: Span): NumberRange => (low === high ? Number(low) : [Number(low), Number(high)]);

/** Packets by their fields' values; a field that isn't there may have any. */
export interface PacketRanges {
  readonly protocol?: readonly (string | number)[];
  /** Addresses, networks, and ranges `first-last`; `address/mask` where there are more than 1,000 of them. */
  readonly source?: readonly string[];
  readonly destination?: readonly string[];
  /** `eth+`: all others that begin so; `*`: all that aren't named. */
  readonly inInterface?: readonly string[];
  readonly outInterface?: readonly string[];
  readonly sport?: readonly NumberRange[];
  readonly dport?: readonly NumberRange[];
  /** `type/code`, or a range of these. */
  readonly icmpType?: readonly string[];
  readonly ctstate?: readonly (typeof STATES)[number][];
  /** As `--tcp-flags` has them. */
  readonly tcpFlags?: readonly string[];
  readonly fragment?: boolean;
  readonly mark?: readonly NumberRange[];
  readonly connmark?: readonly NumberRange[];
}

/** What a set says of a field, undefined if nothing. */
function said(space: Space, set: Node, field: Field, protocols: readonly Span[]): Partial<PacketRanges> {
  const only = projection(space, set, field);
  if (only === ALL) return {};
  if (field === 'tcpFlags') return { tcpFlags: cubes(space, only) };
  if (field === 'source' || field === 'destination') return { [field]: addressWords(space, only, field) };
  const spans = spansOf(space, set, field);
  const numbers = (): number[] => spans.flatMap(([low, high]) => listed(low, high));
  switch (field) {
    case 'protocol':
      return spans.some(([low, high]) => high - low > 8n)
        ? { protocol: spans.map(([low, high]) => (low === high ? nameOf(Number(low)) : `${low}-${high}`)) }
        : { protocol: numbers().map(nameOf) };
    case 'inInterface':
    case 'outInterface': {
      const found = numbers().filter((number) => number > 0 && number < space.interfaces.count);
      const all = found.length === 0 || found.length === space.interfaces.count - 1;
      return all ? {} : { [field]: found.map((number) => space.interfaces.label(number)) };
    }
    case 'ctstate': {
      const found = numbers().flatMap((number) => STATES[number] ?? []);
      return found.length === STATES.length ? {} : { ctstate: found };
    }
    case 'fragment':
      return { fragment: spans[0]?.[0] === 1n };
    case 'dport':
      if (protocols.length > 0 && protocols.every(([low, high]) => low === high && (low === 1n || low === 58n)))
        return { icmpType: spans.map(icmpText) };
      return { dport: spans.map(numberRange) };
    default:
      return { [field]: spans.map(numberRange) };
  }
}
const listed = (low: bigint, high: bigint): number[] =>
  Array.from({ length: Number(high - low) + 1 }, (_, i) => Number(low) + i);
const nameOf = (number: number): string | number => protocolName(number) ?? number;
function icmpText([low, high]: Span): string {
  const [type, code] = [Number(low) >> 8, Number(low) & 255];
  const [lastType, lastCode] = [Number(high) >> 8, Number(high) & 255];
  if (code === 0 && lastCode === 255) return type === lastType ? String(type) : `${type}-${lastType}`;
  return low === high ? `${type}/${code}` : `${type}/${code}-${lastType}/${lastCode}`;
}
/** Each way through the diagram is what `--tcp-flags` can say: of these, exactly those are set. */
function cubes(space: Space, set: Node): string[] {
  const { bdd } = space;
  const names = Object.keys(TCP_FLAGS).slice(0, 6).reverse();
  const all: string[] = [];
  const walk = (node: Node, mask: readonly string[], comp: readonly string[]): void => {
    if (node === NONE) return;
    if (node === ALL) return void all.push(`${mask.join() || 'NONE'} ${comp.join() || 'NONE'}`);
    const name = names[space.levels.tcpFlags.indexOf(bdd.levelOf(node))]!;
    walk(bdd.below(node, false), [name, ...mask], comp);
    walk(bdd.below(node, true), [name, ...mask], [name, ...comp]);
  };
  walk(set, [], []);
  return all;
}

/**
 * A set of packets as so many boxes at most: each a product of fields' values, exactly. `more` if there are others.
 * What is said by no field is left out: packets are told for which anything of that may hold.
 */
export function boxes(
  space: Space,
  given: Node,
  most = 16,
): { readonly boxes: PacketRanges[]; readonly more: boolean } {
  const fields = Object.keys(space.levels) as Field[];
  const found: PacketRanges[] = [];
  let more = false;
  const box = (set: Node): PacketRanges | undefined => {
    const projections = fields.map((field) => projection(space, set, field));
    if (space.and(...projections) !== set) return undefined;
    const protocols = projection(space, set, 'protocol') === ALL ? [] : spansOf(space, set, 'protocol');
    return Object.assign({}, ...fields.map((field) => said(space, set, field, protocols)));
  };
  /** `above` is what has been said of the fields before. */
  const split = (set: Node, above: Node, i: number): void => {
    if (set === NONE) return;
    if (found.length === most) {
      more = true;
      return;
    }
    const whole = box(space.bdd.and(above, set));
    if (whole) return void found.push(whole);
    const field = fields[i]!;
    for (const [rest, spans] of groups(space, set, field)) {
      const values = space.or(...spans.map(([low, high]) => space.between(field, low, high)));
      split(rest, space.bdd.and(above, values), i + 1);
    }
  };
  try {
    split(space.possibly(given), ALL, 0);
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    more = true;
  }
  return { boxes: found, more };
}
