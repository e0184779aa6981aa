/** Whether sets hold a packet. */
import {
  type Answer,
  compareWords,
  type Facts,
  interfaceNamed,
  type Surroundings,
  toWords,
  Unknown,
} from '../codec/meaning';
import { type Element, elementOf, ICMP, type Part, PORTED, type SetsGiven } from './elements';

type Direction = 'src' | 'dst';

export function setsOf(given: SetsGiven): NonNullable<Surroundings['inSet']> {
  const sets = new Map<string, readonly Element[]>();
  const inSet: NonNullable<Surroundings['inSet']> = (name, flags, facts, nomatch = false) => {
    if (!Object.hasOwn(given, name) || facts.changedSets?.includes(name)) return new Unknown(`what is in set ${name}`);
    let elements = sets.get(name);
    if (!elements) {
      elements = ordered(given[name]!.map((text) => elementOf(text)!));
      sets.set(name, elements);
    }
    let open: Unknown | undefined;
    for (const element of elements) {
      const [part] = element.parts;
      const answer =
        element.parts.length === 1 && part!.kind === 'name'
          ? inSet(part!.name, flags, facts, nomatch)
          : holds(element.parts, flags, facts);
      if (answer === false) continue;
      if (answer !== true) open ??= answer;
      else if (element.nomatch === nomatch) return open && elements.some((each) => each.nomatch) ? open : true;
      else return open ?? false;
    }
    return open ?? false;
  };
  return inSet;
}

/** The longest prefix counts, where some take packets out of others. */
export function ordered(elements: readonly Element[]): readonly Element[] {
  if (!elements.some(({ nomatch }) => nomatch)) return elements;
  const longer = (a: Element, b: Element): number => {
    for (const [i, prefix] of a.prefixes.entries()) if (prefix !== b.prefixes[i]) return (b.prefixes[i] ?? 0) - prefix;
    return 0;
  };
  return [...elements].sort(longer);
}

/** The kernel looks for nothing where a rule names fewer parts than elements have. */
function holds(parts: readonly Part[], flags: readonly Direction[], facts: Facts): Answer {
  if (flags.length < parts.length) return false;
  let result: Answer = true;
  for (const [i, part] of parts.entries()) {
    const answer = has(part, flags[i]!, facts);
    if (answer === false) return false;
    if (answer !== true) result = answer;
  }
  return result;
}

function known<K extends keyof Facts>(facts: Facts, key: K, test: (value: NonNullable<Facts[K]>) => boolean): Answer {
  const value = facts[key];
  return value === undefined ? new Unknown(key) : test(value as NonNullable<Facts[K]>);
}

function has(part: Part, side: Direction, facts: Facts): Answer {
  switch (part.kind) {
    case 'address': {
      const [low, high] = [toWords(part.low), toWords(part.high)];
      return known(
        facts,
        side === 'src' ? 'source' : 'destination',
        (words) => part.family === facts.family && compareWords(words, low) >= 0 && compareWords(words, high) <= 0,
      );
    }
    case 'port':
      return hasPort(part, side, facts);
    case 'mac':
      return side === 'src'
        ? known(facts, 'mac', (address) => address === part.address)
        : new Unknown('where it goes to');
    case 'mark':
      return known(facts, 'mark', (mark) => mark >>> 0 === part.value);
    case 'name':
      return known(facts, DEVICES[part.bridged ? 'bridged' : 'own'][side], interfaceNamed(part.name));
  }
}

const DEVICES = {
  own: { src: 'inInterface', dst: 'outInterface' },
  bridged: { src: 'physdevIn', dst: 'physdevOut' },
} as const;

/** Of protocols without ports, the protocol is all that counts. */
function hasPort({ protocol, low, high }: Part & { kind: 'port' }, side: Direction, facts: Facts): Answer {
  if (facts.protocol === undefined) return new Unknown('protocol');
  if (protocol === undefined ? facts.protocol !== 6 && facts.protocol !== 17 : facts.protocol !== protocol)
    return false;
  const isIcmp = ICMP.includes(facts.protocol);
  if (!isIcmp && !PORTED.includes(facts.protocol)) return true;
  if (facts.fragment) return false;
  const fits = (port: number): boolean => port >= low && port <= high;
  if (!isIcmp) return known(facts, side === 'src' ? 'sport' : 'dport', fits);
  if (facts.icmpType === undefined || facts.icmpCode === undefined) return new Unknown('icmpType');
  return fits(facts.icmpType * 256 + facts.icmpCode);
}
