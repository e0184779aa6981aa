/**
 * Rules as callers give them, read once and not kept: what was looked at is what is written, whatever a getter says the
 * next time. All of it is read before anything is written, since none of the caller's code may run while an entry is
 * being made: it might make another, in the same memory.
 */
import { alternatives, IptcError, Mismatch, nearest, show } from '../../errors';
import type { CountersInput, Opaque } from '../rule';
import { bad, pathOf } from './refusal';

/** A match or a target: its name, and its settings, not looked at yet. */
export interface GivenElement {
  readonly name: string;
  readonly settings: unknown;
}
export interface GivenRule {
  readonly protocol: unknown;
  readonly source: unknown;
  readonly destination: unknown;
  readonly inInterface: unknown;
  readonly outInterface: unknown;
  readonly fragment: unknown;
  readonly match: readonly GivenElement[];
  /** A name, or an element; a jump without return is one called goto. */
  readonly target: string | undefined | GivenElement;
  readonly counters: CountersInput | undefined;
  readonly entry: unknown;
}

const CONDITIONS = ['protocol', 'source', 'destination', 'inInterface', 'outInterface', 'fragment', 'match'] as const;
const FIELDS: ReadonlySet<string> = new Set([...CONDITIONS, 'target', 'counters', 'entry']);
/** Settings hold lists of objects with negated values in them, and nothing deeper. */
const DEEPEST = 6;
/** No entry has room for more. */
const LONGEST = 65535;

/** Reads a rule. Throws an IptcError with the path to what isn't plain data. */
export function readRule(rule: unknown): GivenRule {
  try {
    return read(rule);
  } catch (error) {
    if (error instanceof IptcError) throw error;
    throw bad('Expected a rule that can be read but reading it threw an error', { cause: error });
  }
}

function read(rule: unknown): GivenRule {
  if (!isPlain(rule)) throw bad(`Expected a rule as a plain object or a text but received ${show(rule)}`);
  const given = rule as Readonly<Record<keyof GivenRule, unknown>>;
  const read: GivenRule = {
    protocol: copied(given.protocol, 'protocol'),
    source: copied(given.source, 'source'),
    destination: copied(given.destination, 'destination'),
    inInterface: copied(given.inInterface, 'inInterface'),
    outInterface: copied(given.outInterface, 'outInterface'),
    fragment: copied(given.fragment, 'fragment'),
    match: readMatches(given.match),
    target: readTarget(given.target),
    counters: copied(given.counters, 'counters') as CountersInput | undefined,
    entry: given.entry,
  };
  if (read.entry === undefined) checkFields(rule, read);
  else for (const key in rule) if (key !== 'entry' && key !== 'counters') throw beside(key);
  return read;
}

function checkFields(rule: object, read: GivenRule): void {
  for (const key in rule) if (!FIELDS.has(key)) throw unknownField(key);
  const { protocol, source, destination, inInterface, outInterface, fragment, match } = read;
  if (match.length > 0 || protocol !== undefined || source !== undefined || destination !== undefined) return;
  if (inInterface !== undefined || outInterface !== undefined || fragment !== undefined) return;
  // A key whose value is undefined counts as absent; but not if no condition is left of those that somebody had in mind.
  const absent = CONDITIONS.find((key) => key in rule && (key !== 'match' || match === NONE));
  if (absent !== undefined)
    throw bad(`Expected a value for ${absent} but received nothing: without any condition, a rule is for all packets`, {
      path: absent,
      hint: 'Leave out the keys of conditions that it is not to have.',
    });
}
const beside = (key: string) =>
  bad(`Expected nothing but counters beside entry, which is the whole rule, but received ${key}`, { path: key });

function readMatches(given: unknown): readonly GivenElement[] {
  if (given === undefined) return NONE;
  if (!Array.isArray(given))
    throw bad(`Expected a list of matches for match but received ${show(given)}`, { path: 'match' });
  const { length } = given;
  if (length > LONGEST)
    throw bad(`Expected at most ${LONGEST} matches for match but received ${length}`, { path: 'match' });
  const read: GivenElement[] = [];
  for (let i = 0; i < length; i++) read.push(readElement('match', given[i], i));
  return read;
}

function readTarget(given: unknown): string | undefined | GivenElement {
  return given === undefined || typeof given === 'string' ? given : readElement('target', given, 0);
}

function readElement(kind: 'match' | 'target', given: unknown, index: number): GivenElement {
  let name: string | undefined;
  let keys = 0;
  if (isPlain(given))
    for (const key in given) {
      name = key;
      keys++;
    }
  if (name === undefined || keys !== 1) {
    const path = pathOf(kind, index);
    throw bad(
      `Expected an object with exactly one key, the ${kind}'s name, for ${path} but received ${keys === 0 ? show(given) : Object.keys(given as object).join(' and ')}`,
      { path },
    );
  }
  const settings = (given as Readonly<Record<string, unknown>>)[name];
  if (!isHeld(settings)) return { name, settings };
  try {
    return { name, settings: copy(settings, 1) };
  } catch (error) {
    throw told(error, `${pathOf(kind, index)}.${name}`);
  }
}

function copied(value: unknown, path: string): unknown {
  if (!isHeld(value)) return value;
  try {
    return copy(value, 1);
  } catch (error) {
    throw told(error, path);
  }
}

function told(error: unknown, path: string): unknown {
  if (!(error instanceof Mismatch)) return error;
  const whole = `${path}${error.at}`;
  return bad(`Expected ${error.expected} for ${whole} but received ${show(error.received)}`, { path: whole });
}

/** A copy, all of whose parts are its own. Throws a Mismatch. */
function copy(given: object, depth: number): object {
  if (depth > DEEPEST) throw new Mismatch('plain data that is less deep', given);
  if (Array.isArray(given)) {
    const { length } = given;
    if (length > LONGEST) throw new Mismatch(`a list of at most ${LONGEST} elements`, length);
    const list: unknown[] = [];
    for (let i = 0; i < length; i++) {
      const value: unknown = given[i];
      if (value === undefined) throw new Mismatch('a list without holes', value, `[${i}]`);
      list.push(isHeld(value) ? part(value, depth, i) : value);
    }
    return list;
  }
  if (!isPlain(given)) throw new Mismatch('a plain object or a list', given);
  const own: Record<string, unknown> = { ...given };
  for (const key in own) {
    const value = own[key];
    if (isHeld(value)) own[key] = part(value, depth, key);
  }
  return own;
}

function part(value: object, depth: number, key: string | number): object {
  try {
    return copy(value, depth + 1);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const at = typeof key === 'number' ? `[${key}]` : `.${key}`;
    throw new Mismatch(error.expected, error.received, `${at}${error.at}`);
  }
}

const NONE: readonly GivenElement[] = [];
/** Whether a value could change, or run somebody's code. */
const isHeld = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Whether a match or a target is kept as bytes. */
export const isOpaque = (settings: unknown): settings is Opaque =>
  typeof settings === 'object' &&
  settings !== null &&
  typeof (settings as Opaque).data === 'string' &&
  typeof (settings as Opaque).revision === 'number' &&
  Object.keys(settings).length === 2;

/**
 * No list, Map, Date or Promise, which have no keys of their own, and nothing that has some by inheritance: of a rule
 * with conditions that aren't seen, one without would be made.
 */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeign(prototype as object);
}
/** Whether it is what plain objects inherit from in another realm, as tests may have one. */
const isForeign = (prototype: object): boolean =>
  Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');

function unknownField(key: string): IptcError {
  const meant = Object.hasOwn(MEANT, key) ? MEANT[key] : undefined;
  const near = meant === undefined ? nearest(key, FIELDS) : undefined;
  return bad(
    `Expected ${near === undefined ? alternatives([...FIELDS]) : `${near}, or another field of a rule,`} but received ${show(key)}`,
    { path: key, hint: meant },
  );
}
/** What other libraries, and iptables itself, call them. */
const MEANT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries({
      source: ['src', 's', 'saddr', 'from'],
      destination: ['dst', 'dest', 'd', 'daddr', 'to'],
      protocol: ['proto', 'p'],
      inInterface: ['in', 'i', 'iif', 'iniface', 'in-interface', 'interface', 'iface'],
      outInterface: ['out', 'o', 'oif', 'outiface', 'out-interface'],
      fragment: ['f', 'fragments'],
      match: ['matches', 'm'],
      target: ['jump', 'j', 'action', 'verdict', 'policy'],
    }).flatMap(([field, names]) => names.map((name) => [name, `It is ${field}.`])),
  ),
  goto: "It is a target: { target: { goto: 'chain' } }.",
  ...Object.fromEntries(
    [
      'sport',
      'dport',
      'sports',
      'dports',
      'port',
      'sourcePort',
      'destinationPort',
      'destination-port',
      'source-port',
    ].map((name) => [
      name,
      "Ports belong to the protocol's match: { protocol: 'tcp', match: [{ tcp: { dport: 22 } }] }.",
    ]),
  ),
  comment: "It is a match: match: [{ comment: { comment: 'text' } }].",
  state: "It is a match: match: [{ conntrack: { ctstate: ['NEW'] } }].",
  ctstate: "It is a match: match: [{ conntrack: { ctstate: ['NEW'] } }].",
  table: 'A rule has no table of its own: it goes to the one that it is given to.',
  chain: 'A rule has no chain of its own: it goes to the one that it is given to.',
};
