/** Packets as sets: those of which a packet's fields say all that is known. */
import type { Field } from '../codec/symbol';
import { ALL, type Node } from './bdd';
import { factsOf, type Packet } from './packet';
import { type Space, STATES } from './space';

/** Packets that are as one is, as far as it is known: its fields, and no conditions besides. */
export function cubeOfPacket(space: Space, packet: Packet): Node {
  const facts = factsOf('query', packet, space.family, {});
  const sets: Node[] = [];
  const add = (field: Field, value: number | bigint | undefined) => {
    if (value !== undefined) sets.push(space.masked(field, value));
  };
  const address = (words: readonly number[] | undefined) =>
    words?.reduce((all, word) => (all << 32n) | BigInt(word >>> 0), 0n);
  add('ctstate', facts.ctstate === undefined ? undefined : STATES.indexOf(facts.ctstate as (typeof STATES)[number]));
  sets.push(space.named('inInterface', facts.inInterface ?? ''), space.named('outInterface', facts.outInterface ?? ''));
  add('protocol', facts.protocol);
  if (facts.tcpFlags !== undefined) add('tcpFlags', facts.tcpFlags & 63);
  if (space.family === 'ipv4') add('fragment', facts.fragment === undefined ? undefined : Number(facts.fragment));
  add('sport', facts.sport);
  add('dport', facts.dport);
  if (facts.icmpType !== undefined)
    sets.push(
      facts.icmpCode === undefined
        ? space.range('dport', [facts.icmpType << 8, (facts.icmpType << 8) | 255])
        : space.masked('dport', (facts.icmpType << 8) | facts.icmpCode),
    );
  add('source', address(facts.source));
  add('destination', address(facts.destination));
  add('mark', facts.mark === undefined ? undefined : facts.mark >>> 0);
  add('connmark', facts.connmark === undefined ? undefined : facts.connmark >>> 0);
  return sets.reduce((all, set) => space.bdd.and(all, set), ALL);
}
