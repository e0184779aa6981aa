/** Whether sets hold a packet, by their elements as `ipset list` prints them. */
import {
  type Answer,
  compareWords,
  type Facts,
  inNetworkOf,
  type Surroundings,
  toWords,
  Unknown,
} from '../codec/meaning';
import { ADDRESS } from '../net/address';
import { protocolNumber, servicePort } from '../net/databases';

type Direction = 'src' | 'dst';
/** Whether one part of an element, and the part of the packet on that side, are the same. */
type Part = (facts: Facts, side: Direction) => Answer;

export function setsOf(given: Readonly<Record<string, readonly string[]>>): Surroundings['inSet'] {
  const sets = new Map<string, readonly (readonly Part[])[]>();
  return (name, flags, facts) => {
    if (!Object.hasOwn(given, name)) return new Unknown(`what is in set ${name}`);
    let elements = sets.get(name);
    if (!elements) {
      elements = given[name]!.map(partsOf);
      sets.set(name, elements);
    }
    let result: Answer = false;
    for (const parts of elements) {
      const answer = holds(parts, flags, facts);
      if (answer === true) return true;
      if (answer !== false) result = answer;
    }
    return result;
  };
}

/** The kernel looks for nothing where a rule names fewer parts than elements have. */
function holds(parts: readonly Part[], flags: readonly Direction[], facts: Facts): Answer {
  if (flags.length < parts.length) return false;
  let result: Answer = true;
  for (const [i, part] of parts.entries()) {
    const answer = part(facts, flags[i]!);
    if (answer === false) return false;
    if (answer !== true) result = answer;
  }
  return result;
}

/** `10.0.0.0/8,tcp:80`; what stands behind a space (`timeout 30`) is no part of it. */
const partsOf = (element: string): Part[] => element.trim().split(/\s/)[0]!.split(',').map(partOf);

function partOf(word: string): Part {
  const [low = '', high] = /^\d|^[0-9a-f:]*:/i.test(word) ? rangeOf(word) : [word];
  const mac = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(word);
  if (mac) return known('mac', (value) => value === word.toLowerCase());
  const family = low.includes(':') ? 'ipv6' : 'ipv4';
  const first = ADDRESS[family].parse(low);
  if (first && high !== undefined) {
    const last = ADDRESS[family].parse(high);
    const [from, to] = [toWords(first), toWords(last ?? first)];
    return address(
      (words) => words.length === from.length && compareWords(words, from) >= 0 && compareWords(words, to) <= 0,
    );
  }
  if (first || /^[0-9a-f.:]+\/\d+$/i.test(word)) return address(inNetworkOf(word));
  const [, protocol, from, to] = /^(?:([a-z][\w-]*):)?([\w-]+?)(?:-(\d+))?$/i.exec(word) ?? [];
  const [min, max] = [portOf(from), portOf(to ?? from)];
  if (min !== undefined && max !== undefined) return port(protocol, min, max);
  return (facts, side) => known(side === 'src' ? 'inInterface' : 'outInterface', (name) => name === word)(facts, side);
}

const rangeOf = (word: string): string[] => word.split('-');
const portOf = (word = ''): number | undefined => (/^\d+$/.test(word) ? Number(word) : servicePort(word));

const known =
  <K extends keyof Facts>(key: K, test: (value: NonNullable<Facts[K]>) => boolean): Part =>
  (facts) => {
    const value = facts[key];
    return value === undefined ? new Unknown(key) : test(value as NonNullable<Facts[K]>);
  };
const address =
  (test: (words: readonly number[]) => boolean): Part =>
  (facts, side) =>
    known(side === 'src' ? 'source' : 'destination', test)(facts, side);
/** A port without a protocol is one of a set of ports alone, which counts for TCP and UDP alike. */
const port =
  (protocol: string | undefined, low: number, high: number): Part =>
  (facts, side) => {
    if (protocol !== undefined) {
      const same = known('protocol', (number) => number === protocolNumber(protocol))(facts, side);
      if (same !== true) return same;
    }
    return known(side === 'src' ? 'sport' : 'dport', (number) => number >= low && number <= high)(facts, side);
  };
