/** Networks that overlap or adjoin, as the fewest that say the same. */
import { parseNetwork } from '../net/address';
import type { Family } from '../rule/rule';
import { type Place, placeAt } from './address';

/** Those of a family. */
export function joined(places: Iterable<Place>, family: Family): Place[] {
  const all = Array.from(places)
    .filter((place) => place.family === family)
    .map((place) => ({ ...place, bytes: parseNetwork(place.text, family)!.address }));
  // A network comes before what is in it.
  all.sort((a, b) => Buffer.compare(a.bytes, b.bytes) || a.bits - b.bits);
  const kept: { bytes: Uint8Array; bits: number }[] = [];
  for (const { bytes, bits } of all) {
    const last = kept[kept.length - 1];
    if (last && last.bits <= bits && isSame(last.bytes, bytes, last.bits)) continue;
    let next = { bytes, bits };
    // Two halves are one network, which may be the half of another.
    for (;;) {
      const before = kept[kept.length - 1];
      const { bits: length } = next;
      if (!before || before.bits !== length || length <= 1 || !isSame(before.bytes, next.bytes, length - 1)) break;
      next = { bytes: kept.pop()!.bytes, bits: length - 1 };
    }
    kept.push(next);
  }
  return kept.map(({ bytes, bits }) => placeAt(family, bytes, bits));
}

/** Whether their first bits are the same. */
export function isSame(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  return bits % 8 === 0 || (a[whole]! ^ b[whole]!) >> (8 - (bits % 8)) === 0;
}
