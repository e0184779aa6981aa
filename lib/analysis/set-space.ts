/** What sets hold, as sets of packets. */
import { ALL, NONE, type Node } from './bdd';
import { type Element, elementOf, ICMP, type Part, PORTED, type SetsGiven } from './elements';
import { ordered } from './sets';
import { type Space, toBigint } from './space';

type Direction = 'src' | 'dst';
/** The packets that a set holds, or takes out, by what of them is looked for; undefined if nobody can say. */
export type SetContents = (flags: readonly Direction[], space: Space, nomatch: boolean) => Node | undefined;

/** `changing`: those that rules add to, or delete from. */
export function contentsOf(given: SetsGiven, changing: ReadonlySet<string>): ReadonlyMap<string, SetContents> {
  const contents = new Map<string, SetContents>();
  for (const [name, texts] of Object.entries(given)) {
    if (changing.has(name)) continue;
    const elements = ordered(texts.map((text) => elementOf(text)!));
    contents.set(name, (flags, space, nomatch) => held(elements, flags, space, nomatch));
  }
  return contents;

  function held(
    elements: readonly Element[],
    flags: readonly Direction[],
    space: Space,
    nomatch: boolean,
  ): Node | undefined {
    const { bdd } = space;
    const setOf = ({ parts }: Element): Node | undefined => {
      const [first] = parts;
      if (parts.length === 1 && first!.kind === 'name') return contents.get(first!.name)?.(flags, space, nomatch);
      if (flags.length < parts.length) return NONE;
      let set: Node = ALL;
      for (const [i, part] of parts.entries()) {
        const one = partSet(part, flags[i]!, space);
        if (one === undefined) return undefined;
        set = bdd.and(set, one);
      }
      return set;
    };
    const sets = elements.map(setOf);
    if (sets.includes(undefined)) return undefined;
    if (elements.every((each) => !each.nomatch)) return nomatch ? NONE : bdd.union(sets as Node[]);
    // From the shortest prefix to the longest.
    return (sets as Node[]).reduceRight(
      (all: Node, set, i) => (elements[i]!.nomatch === nomatch ? bdd.or(all, set) : bdd.minus(all, set)),
      NONE,
    );
  }
}

function partSet(part: Part, side: Direction, space: Space): Node | undefined {
  switch (part.kind) {
    case 'address':
      if (part.family !== space.family) return NONE;
      return space.between(side === 'src' ? 'source' : 'destination', toBigint(part.low), toBigint(part.high));
    case 'port': {
      const { protocol, low, high } = part;
      const protocols = protocol === undefined ? [6, 17] : [protocol];
      const of = space.or(...protocols.map((number) => space.masked('protocol', number)));
      const isIcmp = ICMP.includes(protocols[0]!);
      if (!isIcmp && !PORTED.includes(protocols[0]!)) return of;
      return space.and(of, space.whole, space.range(side === 'src' && !isIcmp ? 'sport' : 'dport', [low, high]));
    }
    case 'mac':
      return undefined;
    case 'mark':
      return space.masked('mark', part.value);
    // Where a packet leaves isn't known everywhere.
    case 'name':
      return side === 'src' && !part.bridged ? space.interface('inInterface', part.name) : undefined;
  }
}
/** The interfaces that elements name. */
export const namesIn = (given: SetsGiven): string[] =>
  Object.values(given).flatMap((texts) =>
    texts.flatMap((text) => elementOf(text)!.parts.flatMap((part) => (part.kind === 'name' ? part.name : []))),
  );
