/** Who is banned and who is allowed, as far as this process knows. */
import type { Family } from '../rule/rule';
import { around, type Place, placeOf } from './address';

/** Things by the address or network that they are of; found by any address in it. */
export class Book<T> {
  private readonly byAddress = new Map<string, T[]>();
  /** How many there are of each length of prefix. */
  private readonly lengths = { ipv4: new Map<number, number>(), ipv6: new Map<number, number>() };
  size = 0;

  get addresses(): IterableIterator<string> {
    return this.byAddress.keys();
  }
  *[Symbol.iterator](): Generator<T> {
    for (const all of this.byAddress.values()) yield* all;
  }
  at({ text }: Pick<Place, 'text'>): readonly T[] {
    return this.byAddress.get(text) ?? [];
  }
  /** Those of a place and of all networks around it, the narrowest first. */
  around(place: Place): readonly T[] {
    const found: T[] = [];
    for (const text of around(place, this.lengths[place.family].keys())) found.push(...this.at({ text }));
    return found;
  }
  /** The addresses and networks in a network, itself too. */
  inside({ family, text, bits }: Place): Place[] {
    if (bits === (family === 'ipv4' ? 32 : 128)) return this.byAddress.has(text) ? [{ family, text, bits }] : [];
    return [...this.byAddress.keys()]
      .map(placeOf)
      .filter((place) => place.family === family && place.bits >= bits && [...around(place, [bits])].includes(text));
  }
  /** The newest is the last in the order of iteration. */
  set({ family, text, bits }: Place, all: readonly T[]): void {
    const before = this.byAddress.get(text)?.length ?? 0;
    this.byAddress.delete(text);
    if (all.length > 0) this.byAddress.set(text, [...all]);
    this.size += all.length - before;
    if (before === 0 && all.length > 0) this.count(family, bits, 1);
    if (before > 0 && all.length === 0) this.count(family, bits, -1);
  }
  private count(family: Family, bits: number, by: number): void {
    const counts = this.lengths[family];
    const count = (counts.get(bits) ?? 0) + by;
    if (count === 0) counts.delete(bits);
    else counts.set(bits, count);
  }
}
