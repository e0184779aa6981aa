/**
 * Places in chains, so that a packet passes few rules however many there are. A chain has what has to be looked at before
 * all else (`covers`), then tests of networks that each go to a chain of their own, then the places that are left. Where a
 * way gets longer than it has to be for so many, what is below is laid out anew, halved again and again.
 */
import { parseNetwork } from '../../net/address';
import { type Place, placeAt } from '../address';
import { isSame } from '../join';

/** A network as bytes, which are compared. */
export interface Net extends Place {
  readonly bytes: Uint8Array;
}
export const netOf = (place: Place): Net => ({ ...place, bytes: parseNetwork(place.text, place.family)!.address });
const holds = (outer: Net, inner: Net): boolean =>
  outer.bits <= inner.bits && isSame(outer.bytes, inner.bytes, outer.bits);

/** What is looked for in a place; its key tells it from others. */
export interface Item<R> {
  readonly key: string;
  readonly net: Net;
  readonly rule: R;
}
export interface Test<R> {
  readonly net: Net;
  readonly chain: Branch<R>;
}
export interface Branch<R> {
  name: string;
  /** What it was called before it was laid out anew: who still knows it as it was doesn't find it then. */
  was?: string | undefined;
  parent?: Branch<R> | undefined;
  covers: Item<R>[];
  tests: Test<R>[];
  items: Item<R>[];
  /** Rules in it and below, but for tests. */
  size: number;
}

/** Rules of places that aren't halved further. */
const LEAF = 12;
/** A place can always be had in so many steps: each keeps two thirds at most. And some are spared being laid out anew. */
const worst = (size: number): number => LEAF + 4 + Math.log(Math.max(1, size / LEAF)) / Math.log(1.5);

export const childName = (root: string, number: number): string => `${root}:${number.toString(36)}`;

export class Tree<R> {
  readonly root: Branch<R>;
  private readonly where = new Map<string, Branch<R>>();
  private numbers = 0;
  /** What differs from what has been written: chains with what they have more, or (`all`) with other rules. */
  readonly changed = new Map<Branch<R>, Item<R>[] | 'all'>();
  readonly made = new Set<Branch<R>>();
  readonly gone = new Set<Branch<R>>();

  constructor(readonly name: string) {
    this.root = branch(name);
  }
  get size(): number {
    return this.where.size;
  }
  get(key: string): Item<R> | undefined {
    const at = this.where.get(key);
    return at && [...at.items, ...at.covers].find((item) => item.key === key);
  }
  *[Symbol.iterator](): Generator<Item<R>> {
    yield* below(this.root);
  }
  /** Those that an address is in. */
  *around(net: Net): Generator<Item<R>> {
    for (let at: Branch<R> | undefined = this.root; at; ) {
      for (const item of at.covers) if (holds(item.net, net)) yield item;
      const next: Test<R> | undefined = at.tests.find((test) => holds(test.net, net));
      if (!next) for (const item of at.items) if (holds(item.net, net)) yield item;
      at = next?.chain;
    }
  }

  delete(key: string): boolean {
    const at = this.where.get(key);
    if (!at) return false;
    const found = this.get(key)!;
    for (const list of [at.covers, at.items]) if (list.includes(found)) list.splice(list.indexOf(found), 1);
    this.grow(at, -1);
    this.where.delete(key);
    this.changed.set(at, 'all');
    this.prune(at);
    return true;
  }
  /** A chain with nothing in it isn't gone to. */
  private prune(at: Branch<R>): void {
    const { parent } = at;
    if (!parent || at.size > 0) return;
    parent.tests = parent.tests.filter(({ chain }) => chain !== at);
    this.discard(at);
    this.changed.set(parent, 'all');
    this.prune(parent);
  }
  private grow(at: Branch<R>, by: number): void {
    for (let each: Branch<R> | undefined = at; each; each = each.parent) each.size += by;
  }

  set(item: Item<R>): void {
    this.delete(item.key);
    let at = this.root;
    let passed = 0;
    const steps: [at: Branch<R>, test: number, passed: number][] = [];
    for (;;) {
      passed += at.covers.length;
      const covers = at.tests.some(({ net }) => net.bits > item.net.bits && holds(item.net, net));
      const test = covers ? -1 : at.tests.findIndex(({ net }) => holds(net, item.net));
      for (let i = 0; i <= (test < 0 ? at.tests.length : test); i++) steps.push([at, i, passed + i]);
      if (test < 0) {
        (covers ? at.covers : at.items).push(item);
        this.note(at, covers ? 'all' : item);
        break;
      }
      passed += test + 1;
      at = at.tests[test]!.chain;
    }
    this.where.set(item.key, at);
    this.grow(at, 1);
    if (at.items.length > LEAF) this.layOut(at, at.tests.length);
    const end = passed + at.tests.length + at.items.length;
    if (end <= worst(this.root.size)) return;
    // The smallest part that is longer than it has to be; all of it is.
    for (const [each, test, before] of steps.reverse()) {
      const size = sizeFrom(each, test);
      if (end - before <= worst(size) && !(each === this.root && test === 0)) continue;
      this.layOut(each, test);
      return;
    }
  }

  private note(at: Branch<R>, more: Item<R> | 'all'): void {
    const known = this.changed.get(at) ?? [];
    this.changed.set(at, known === 'all' || more === 'all' ? 'all' : [...known, more]);
  }

  /** These instead of those that there are; of one key the last. */
  replace(items: Iterable<Item<R>>): void {
    const { root } = this;
    for (const { chain } of root.tests) this.discardAll(chain);
    this.where.clear();
    const all = new Map(Array.from(items, (item) => [item.key, item]));
    Object.assign(root, { covers: [], tests: [], items: [...all.values()], size: all.size });
    for (const key of all.keys()) this.where.set(key, root);
    this.layOut(root, 0);
  }

  /** What a chain has from a test on, halved anew. */
  private layOut(at: Branch<R>, test: number): void {
    const old = at.tests.splice(test);
    const items = [...at.items];
    for (const { chain } of old) {
      items.push(...below(chain));
      this.discardAll(chain);
    }
    at.items = items.sort((a, b) => Buffer.compare(a.net.bytes, b.net.bytes) || a.net.bits - b.net.bits);
    this.halve(at);
    this.changed.set(at, 'all');
    if (at === this.root || this.made.has(at) || at.was !== undefined) return;
    at.was = at.name;
    at.name = childName(this.name, ++this.numbers);
  }
  private halve(at: Branch<R>): void {
    let rest = at.items;
    while (rest.length > LEAF) {
      const half = halfOf(rest);
      if (!half) break;
      const [begin, end, net] = half;
      const chain = branch<R>(childName(this.name, ++this.numbers), at);
      this.made.add(chain);
      this.changed.set(chain, 'all');
      chain.items = rest.slice(begin, end);
      chain.size = chain.items.length;
      at.tests.push({ net, chain });
      this.halve(chain);
      const others = [...rest.slice(0, begin), ...rest.slice(end)];
      at.covers.push(...others.filter((item) => holds(item.net, net)));
      rest = others.filter((item) => !holds(item.net, net));
    }
    at.items = rest;
    for (const { key } of [...at.covers, ...rest]) this.where.set(key, at);
  }
  private discardAll(chain: Branch<R>): void {
    for (const test of chain.tests) this.discardAll(test.chain);
    this.discard(chain);
  }
  private discard(chain: Branch<R>): void {
    if (!this.made.delete(chain)) this.gone.add(chain);
    chain.name = chain.was ?? chain.name;
    this.changed.delete(chain);
  }

  /** What was read from a kernel, as it was; its chains count on from theirs. */
  adopt(root: Branch<R>, numbers: number): void {
    Object.assign(this.root, root);
    this.numbers = numbers;
    const take = (at: Branch<R>): number => {
      for (const { key } of [...at.covers, ...at.items]) this.where.set(key, at);
      at.size = at.covers.length + at.items.length;
      for (const { chain } of at.tests) {
        chain.parent = at;
        at.size += take(chain);
      }
      return at.size;
    };
    take(this.root);
  }
  /** What has been written doesn't differ any more. */
  written(): void {
    for (const at of this.changed.keys()) at.was = undefined;
    for (const set of [this.changed, this.made, this.gone]) set.clear();
  }
}

export const branch = <R>(name: string, parent?: Branch<R>): Branch<R> => ({
  name,
  parent,
  covers: [],
  tests: [],
  items: [],
  size: 0,
});

function* below<R>(at: Branch<R>): Generator<Item<R>> {
  yield* at.covers;
  for (const { chain } of at.tests) yield* below(chain);
  yield* at.items;
}
const sizeFrom = <R>({ tests, items }: Branch<R>, test: number): number =>
  tests.slice(test).reduce((sum, { chain }) => sum + chain.size, items.length);

/** Of sorted places a network that has between a third and two thirds of them, or as near as there is; and which. */
function halfOf<R>(items: readonly Item<R>[]): readonly [begin: number, end: number, net: Net] | undefined {
  const whole = items.length;
  const last = 8 * items[0]!.net.bytes.length;
  let [begin, end, bits] = [0, items.length, 0];
  let weight = whole;
  while (3 * weight > 2 * whole) {
    if (bits === last) return undefined;
    // What is no longer than these bits covers the rest; it comes first.
    let first = begin;
    while (first < end && items[first]!.net.bits <= bits) first++;
    let one = first;
    while (one < end && bitOf(items[one]!.net, bits) === 0) one++;
    const [zeroes, ones] = [one - first, end - one];
    if (zeroes + ones === 0) return undefined;
    bits++;
    [begin, end] = zeroes >= ones ? [first, one] : [one, end];
    weight = Math.max(zeroes, ones);
  }
  const { family, bytes } = items[begin]!.net;
  return [begin, end, netOf(placeAt(family, bytes, bits))];
}
const bitOf = ({ bytes }: Net, bit: number): number => (bytes[bit >> 3]! >> (7 - (bit % 8))) & 1;
