/**
 * What an extension means for a packet. An answer has three values: what depends on something that isn't known of the
 * packet is neither true nor false, and says what would have to be known.
 */
import { type Network, parseNetwork } from '../net/address';
import type { Family } from '../net/family';
import { isNot, type Not } from './operand/operand';

/** An address as numbers of 32 bits, signed, since that is what `&` gives. */
export type Words = readonly number[];

/** What is known of a packet where a rule looks at it; nothing is where a key is undefined. */
export interface Facts {
  readonly family: Family;
  protocol?: number | undefined;
  source?: Words | undefined;
  destination?: Words | undefined;
  /** An empty text where there is none. */
  inInterface?: string | undefined;
  outInterface?: string | undefined;
  /** Whether it is a second or further fragment: no header of a transport protocol is in it. */
  fragment?: boolean | undefined;
  sport?: number | undefined;
  dport?: number | undefined;
  length?: number | undefined;
  tcpFlags?: number | undefined;
  tcpOptions?: readonly number[] | undefined;
  /** 0 if it offers none. */
  mss?: number | undefined;
  icmpType?: number | undefined;
  icmpCode?: number | undefined;
  ctstate?: string | undefined;
  ctstatus?: readonly string[] | undefined;
  ctdir?: 'ORIGINAL' | 'REPLY' | undefined;
  ctexpire?: number | undefined;
  helper?: string | undefined;
  connmark?: number | undefined;
  /** Whether the addresses of its connection have been rewritten. */
  snat?: boolean | undefined;
  dnat?: boolean | undefined;
  /** The addresses and ports that its connection began with. */
  original?: Ends | undefined;
  mark?: number | undefined;
  /** Sets to which rules have added it, or from which they have deleted it. */
  changedSets?: readonly string[] | undefined;
  /** That REDIRECT has sent it to this machine. */
  toSelf?: true | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Supplementary groups, the own one too. */
  groups?: readonly number[] | undefined;
  /** Whether a socket of this machine has sent it, or would take it. */
  socket?: boolean | undefined;
  cgroup?: string | undefined;
  classid?: number | undefined;
  mac?: string | undefined;
  pktType?: string | undefined;
  srcType?: string | undefined;
  dstType?: string | undefined;
  ttl?: number | undefined;
  tos?: number | undefined;
  realm?: number | undefined;
  cpu?: number | undefined;
  /** Empty where it hasn't come, or won't leave, by the port of a bridge. */
  physdevIn?: string | undefined;
  physdevOut?: string | undefined;
  /** Connections that its address has. */
  connections?: number | undefined;
  /** Whether an answer to its source would leave by the interface that it came in by. */
  rpfilter?: boolean | undefined;
  /** Whether IPsec has handled it, or will. */
  ipsec?: boolean | undefined;
  chunkTypes?: readonly string[] | undefined;
  dccpType?: string | undefined;
  mhType?: number | undefined;
  spi?: number | undefined;
  /** The packet itself, from its IP header on. */
  data?: Uint8Array | undefined;
  readonly around: Surroundings;
}
export interface Ends {
  readonly source?: Words | undefined;
  readonly destination?: Words | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
}

/** What isn't the packet's own. */
export interface Surroundings {
  /** Whether a set holds it, by what of it is looked for; with `nomatch`, by an element that takes packets out. */
  readonly inSet?:
    | ((name: string, flags: readonly ('src' | 'dst')[], facts: Facts, nomatch?: boolean) => Answer)
    | undefined;
  /** Milliseconds since 1970. */
  readonly time?: number | undefined;
  /** A number from 0 to 1, below 1. */
  readonly random?: (() => number) | undefined;
  /** The first address of an interface of this machine. */
  readonly addressOf?: ((name: string) => Words | undefined) | undefined;
  /** `LOCAL`, `BROADCAST` or `UNICAST`, of this machine's own addresses; with a name, of those of an interface. */
  readonly local?: ((address: Words, name?: string) => string | undefined) | undefined;
}

/** That it can't be said, and what it takes. */
export class Unknown {
  constructor(
    /** What of the packet, or besides, isn't known: `length`. */
    readonly needs: string,
    /** Whether the same question may have another answer the next time, as a draw has. */
    readonly changes = false,
    /** What is asked, the same for a question and its opposite, and which of both it is. */
    readonly asked?: { readonly key: string; readonly negated: boolean },
  ) {}
}
export type Answer = boolean | Unknown;
export type Test = (facts: Facts) => Answer;

export const unknown =
  (needs: string, changes = false): Test =>
  () =>
    new Unknown(needs, changes);
export const always: Test = () => true;
export const never: Test = () => false;

export const not =
  (test: Test): Test =>
  (facts) => {
    const answer = test(facts);
    return typeof answer === 'boolean' ? !answer : answer;
  };
/** A test of a value that may be negated; none if there is no value. */
export const given = <T>(value: T | Not<T> | undefined, make: (value: T) => Test): Test | undefined =>
  value === undefined ? undefined : isNot(value) ? not(make(value.not as T)) : make(value as T);

/** What depends on two things isn't the question of one of them. */
const bothOf = ({ needs, changes }: Unknown, other: Unknown): Unknown => new Unknown(needs, changes || other.changes);

/** All of them hold. What is unknown of one doesn't keep another from being false. */
export function all(...tests: readonly (Test | undefined)[]): Test {
  const some = tests.filter((test): test is Test => test !== undefined);
  if (some.length === 0) return always;
  if (some.length === 1) return some[0]!;
  return (facts) => {
    let result: Answer = true;
    for (let i = 0; i < some.length; i++) {
      const answer = some[i]!(facts);
      if (answer === false) return false;
      if (answer !== true) result = result === true ? answer : bothOf(result as Unknown, answer);
    }
    return result;
  };
}
/** One of them does. */
export function any(...tests: readonly Test[]): Test {
  if (tests.length === 1) return tests[0]!;
  return (facts) => {
    let result: Answer = false;
    for (let i = 0; i < tests.length; i++) {
      const answer = tests[i]!(facts);
      if (answer === true) return true;
      if (answer !== false && result === false) result = answer;
    }
    return result;
  };
}

/** What is known of one thing holds. */
export function fact<K extends keyof Facts>(key: K, holds: (value: NonNullable<Facts[K]>) => boolean): Test {
  const missing = new Unknown(key);
  return (facts) => {
    const value = facts[key];
    return value === undefined ? missing : holds(value as NonNullable<Facts[K]>);
  };
}

export type NumberRange = number | readonly [low: number, high: number];
export const within = (range: NumberRange): ((value: number) => boolean) => {
  if (typeof range === 'number') return (value) => value === range;
  const [low, high] = range;
  return (value) => value >= low && value <= high;
};
export const masked = (wanted: number | { readonly value: number; readonly mask: number }) => {
  const { value, mask } = typeof wanted === 'number' ? { value: wanted, mask: 0xffffffff } : wanted;
  return (mark: number) => (mark & mask) === (value | 0);
};

type NumberKey = { [K in keyof Facts]-?: NonNullable<Facts[K]> extends number ? K : never }[keyof Facts];
/** `--dport 1024:65535` */
export const inRange = (key: NumberKey, value: NumberRange | Not<NumberRange> | undefined): Test | undefined =>
  given(value, (range) => fact(key, within(range)));
/** What looks at a transport header; second and further fragments have none. */
export const inTransport = (...tests: readonly (Test | undefined)[]): Test => all(isWhole, ...tests);
const isWhole: Test = ({ fragment }) => (fragment === undefined ? new Unknown('fragment') : !fragment);

/** Packets without one match nothing that looks at a connection. */
export const hasConnection: Test = fact('ctstate', (state) => state !== 'INVALID' && state !== 'UNTRACKED');

export function toWords(bytes: Uint8Array): Words {
  const words: number[] = [];
  for (let i = 0; i < bytes.length; i += 4)
    words.push((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!);
  return words;
}
export function toBytes(words: Words): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = words[i >> 2]! >>> (8 * (3 - (i & 3)));
  return bytes;
}

/** Whether an address is in a network. */
export function inNetwork({ address, mask }: Network): (address: Words) => boolean {
  const [value, bits] = [toWords(address), toWords(mask)];
  if (value.length === 1) {
    const [word, wordMask] = [value[0]! & bits[0]!, bits[0]!];
    return (words) => (words[0]! & wordMask) === word;
  }
  return (words) => value.every((word, i) => (words[i]! & bits[i]!) === (word & bits[i]!));
}
/** The same of a network as text; of no network nothing is. */
export function inNetworkOf(word: string): (address: Words) => boolean {
  const family = word.includes(':') ? 'ipv6' : 'ipv4';
  const network = parseNetwork(word, family);
  if (!network) return () => false;
  const test = inNetwork(network);
  const size = network.address.length / 4;
  return (words) => words.length === size && test(words);
}
/** -1, 0 or 1, as numbers without sign. */
export function compareWords(a: Words, b: Words): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! >>> 0, b[i]! >>> 0];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** `eth0`, or with a + at the end the beginning of a name. */
export function interfaceNamed(pattern: string): (name: string) => boolean {
  if (!pattern.endsWith('+')) return (name) => name === pattern;
  const start = pattern.slice(0, -1);
  return (name) => name.startsWith(start);
}

/** A number, of whose bits those in the mask are cleared and the value's inverted; unknown bits stay unknown. */
export function changeBits(
  before: number | undefined,
  given: number | { readonly value: number; readonly mask: number },
  full = 0xffffffff,
): number | undefined {
  const { value, mask } = typeof given === 'number' ? { value: given, mask: full } : given;
  if (before === undefined && mask >>> 0 !== full) return undefined;
  return (((before ?? 0) & ~mask) ^ value) >>> 0;
}
/** What is written is one of many, and not known. */
export const forget =
  (...keys: readonly ('mark' | 'tcpOptions' | 'source' | 'destination')[]): Effect =>
  (facts) => {
    for (const key of keys) facts[key] = undefined;
    return undefined;
  };
/** A packet whose connection isn't tracked; where it is already, nothing changes. */
export const untracked: Effect = (facts) => {
  if (facts.inInterface !== 'lo' && facts.ctstate !== 'RELATED') facts.ctstate = 'UNTRACKED';
  return undefined;
};

/** What a target does with a packet: it may change what is known of it. */
export type Effect = (facts: Facts, at: EffectPlace) => Outcome;
/** A verdict by its name, undefined if the packet goes on to the next rule; or what it would take to know. */
export type Outcome =
  | string
  | undefined
  | { readonly unknown: Unknown; readonly yes: () => Outcome; readonly no: () => Outcome };
export interface EffectPlace {
  readonly hook: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
}
