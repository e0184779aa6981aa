/** What a table in memory is made of. */
import { ELEMENT_HEADER, INV_MASK, NAME_AT, type Shape } from '../../rule/layout';
import { LITTLE, u16, u32 } from './entry';

export interface Counters {
  readonly packets: bigint;
  readonly bytes: bigint;
}
export const ZERO: Counters = { packets: 0n, bytes: 0n };

/** Never changed in place: an edit puts another in its place, so that undoing is putting it back. */
export interface Rule {
  /** Its entry is `size` bytes from `at`; the name of a chain in it may be an old one. */
  readonly bytes: Buffer;
  readonly at: number;
  readonly size: number;
  readonly standard: boolean;
  /** Where it jumps or goes to. */
  readonly jump: Chain | undefined;
  /** A verdict for every packet: the kernel doesn't look for loops behind it. */
  readonly ends: boolean;
  /** It has a flag that the kernel doesn't know. */
  readonly odd: boolean;
  /** The edition in which its counters were given; -1 if the kernel has been counting with it. */
  readonly edition: number;
}

export interface Chain {
  /** One character for each byte, so that `<` is strcmp's order. */
  name: string;
  readonly builtin: boolean;
  policy: string;
  /** What the policy counted at the last commit. */
  counters: Counters;
  /** What it is to count from the next commit on; undefined: as it was. */
  newCounters: Counters | undefined;
  rules: Rule[];
  /** How many of its rules jump. */
  jumps: number;
  references: number;
}

const ZEROES = Buffer.alloc(16);

export function newChain(name: string, policy: string, builtin = policy !== ''): Chain {
  return { name, builtin, policy, counters: ZERO, newCounters: undefined, rules: [], jumps: 0, references: 0 };
}

/** The rule whose entry is there. */
export function ruleAt(
  layout: Shape,
  bytes: Buffer,
  at: number,
  standard: boolean,
  jump: Chain | undefined,
  edition: number,
): Rule {
  return {
    bytes,
    at,
    size: u16(bytes, at + layout.nextOffset),
    standard,
    jump,
    ends: standard && jump === undefined && isVerdictForAll(layout, bytes, at),
    odd: (bytes[at + layout.flags]! & ~layout.flagsMask) !== 0 || (bytes[at + layout.invflags]! & ~INV_MASK) !== 0,
    edition,
  };
}

function isVerdictForAll(layout: Shape, bytes: Buffer, at: number): boolean {
  for (let i = at; i < at + layout.headSize; i++) if (bytes[i] !== 0) return false;
  const target = at + u16(bytes, at + layout.targetOffset);
  return target === at + layout.size && (bytes[target + NAME_AT] !== 0 || u32(bytes, target + ELEMENT_HEADER) !== 0);
}

export function hasCounted({ bytes, at }: Rule, layout: Shape): boolean {
  const counters = at + layout.counters;
  return bytes.compare(ZEROES, 0, 16, counters, counters + 16) !== 0;
}

/** The same rule with other counters. */
export function counting(rule: Rule, layout: Shape, counters: Counters, edition: number): Rule {
  const bytes = Buffer.from(rule.bytes.subarray(rule.at, rule.at + rule.size));
  writeCounters(bytes, layout.counters, counters);
  return { ...rule, bytes, at: 0, edition };
}

export function countersOf({ bytes, at }: Rule, layout: Shape): Counters {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + layout.counters);
  return { packets: view.getBigUint64(0, LITTLE), bytes: view.getBigUint64(8, LITTLE) };
}

/** Adds what packets count, where the rule is: whoever has it meanwhile has counted, too. */
export function count(rule: Rule, layout: Shape, { packets, bytes: octets }: Counters): void {
  const { bytes, at } = rule;
  const before = countersOf(rule, layout);
  writeCounters(bytes, at + layout.counters, {
    packets: BigInt.asUintN(64, before.packets + packets),
    bytes: BigInt.asUintN(64, before.bytes + octets),
  });
}

function writeCounters(bytes: Buffer, at: number, { packets, bytes: octets }: Counters): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  view.setBigUint64(0, packets, LITTLE);
  view.setBigUint64(8, octets, LITTLE);
}
