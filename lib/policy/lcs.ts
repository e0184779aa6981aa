/** What two lists have in common, in order: as much of it as there can be. */
import { finish, type Steps } from '../slice';

/** For each of the first list where it is in the second, or -1. */
export type Matching = Int32Array;

/** Comparisons between two steps. */
const STRETCH = 4096;
/** Pairs of equal elements, per element, up to which they are looked at one by one. */
const FEW = 16;

/**
 * A longest common subsequence. Lists that differ in little, and lists whose elements are mostly there once, take little
 * more time than reading them does.
 */
export function* matching(a: Int32Array, b: Int32Array): Steps<Matching> {
  const match = new Int32Array(a.length).fill(-1);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) match[start] = start++;
  let [aEnd, bEnd] = [a.length, b.length];
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) match[--aEnd] = --bEnd;
  // What only one of them has is in no common part.
  const left = yield* kept(a, start, aEnd, yield* setOf(b, start, bEnd));
  const right = yield* kept(b, start, bEnd, yield* setOf(a, start, aEnd));
  const [x, y] = [left.map((i) => a[i]!), right.map((i) => b[i]!)];
  const common = x.length === 0 || y.length === 0 ? [] : yield* pairs(x, y);
  for (const [i, j] of common) match[left[i]!] = right[j]!;
  return match;
}
export const matchingNow = (a: Int32Array, b: Int32Array): Matching => finish(matching(a, b));

/**
 * The same of two lists of which only pairs can be compared, if not more than so many edits lead from one to the other;
 * else undefined. Myers: for each number of edits how far they can lead, on each diagonal.
 */
export function* nearMatching(
  n: number,
  m: number,
  most: number,
  same: (i: number, j: number) => boolean,
): Steps<Matching | undefined> {
  /** For each number of edits: how far they lead in the first list, on the diagonals from -d to d. */
  const ways: Int32Array[] = [];
  let looked = 0;
  for (let d = 0; d <= most; d++) {
    const before = ways[d - 1];
    const far = new Int32Array(2 * d + 1);
    for (let k = -d; k <= d; k += 2) {
      let x = before ? reached(before, k) : 0;
      while (x < n && x - k < m && same(x, x - k)) {
        x++;
        if (++looked % NEAR_STRETCH === 0) yield;
      }
      far[k + d] = x;
      if (x >= n && x - k >= m) return tracedBack(ways, k, n);
    }
    ways.push(far);
    if (++looked % NEAR_STRETCH === 0) yield;
  }
  return undefined;
}
const NEAR_STRETCH = 256;

/** How far one more edit leads on a diagonal. */
function reached(before: Int32Array, k: number): number {
  const d = (before.length - 1) / 2;
  const down = k + 1 <= d ? before[k + 1 + d]! : -1;
  const right = k - 1 >= -d ? before[k - 1 + d]! + 1 : -1;
  return Math.max(down, right);
}

function tracedBack(ways: readonly Int32Array[], diagonal: number, n: number): Matching {
  const match = new Int32Array(n).fill(-1);
  let [k, x] = [diagonal, n];
  for (let d = ways.length; d >= 0; d--) {
    const before = ways[d - 1];
    const from = before ? reached(before, k) : 0;
    while (x > from) match[--x] = x - k;
    if (!before) break;
    const edge = (before.length - 1) / 2;
    const down = k + 1 <= edge ? before[k + 1 + edge]! : -1;
    if (down === from) k++;
    else {
      k--;
      x--;
    }
  }
  return match;
}

function* setOf(list: Int32Array, from: number, end: number): Steps<ReadonlySet<number>> {
  const set = new Set<number>();
  for (let i = from; i < end; i++) {
    set.add(list[i]!);
    if (i % MANY === 0) yield;
  }
  return set;
}
function* kept(list: Int32Array, from: number, end: number, others: ReadonlySet<number>): Steps<Int32Array> {
  const found = new Int32Array(end - from);
  let count = 0;
  for (let i = from; i < end; i++) {
    if (others.has(list[i]!)) found[count++] = i;
    if (i % MANY === 0) yield;
  }
  return found.subarray(0, count);
}
/** Looks into sets and maps between two steps. */
const MANY = 4096;

type Pair = readonly [number, number];

function* pairs(a: Int32Array, b: Int32Array): Steps<Pair[]> {
  const places = new Map<number, number[]>();
  for (let j = b.length - 1; j >= 0; j--) {
    const known = places.get(b[j]!);
    if (known) known.push(j);
    else places.set(b[j]!, [j]);
    if (j % MANY === 0) yield;
  }
  let equal = 0;
  for (let i = 0; i < a.length; i++) {
    equal += places.get(a[i]!)?.length ?? 0;
    if (i % MANY === 0) yield;
  }
  if (equal <= FEW * (a.length + b.length)) return yield* byPlaces(a, places);
  const found: Pair[] = [];
  yield* bySnakes({ a, b, found }, 0, a.length, 0, b.length);
  return found;
}

/** Hunt and Szymanski: for each length of a common part, where the one that ends soonest ends. `places` come last first. */
function* byPlaces(a: Int32Array, places: ReadonlyMap<number, readonly number[]>): Steps<Pair[]> {
  type Node = { readonly i: number; readonly j: number; readonly before: Node | undefined };
  const ends: Node[] = [];
  let looked = 0;
  for (let i = 0; i < a.length; i++)
    for (const j of places.get(a[i]!) ?? []) {
      let [low, high] = [0, ends.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (ends[middle]!.j < j) low = middle + 1;
        else high = middle;
      }
      if (ends[low]?.j !== j) ends[low] = { i, j, before: ends[low - 1] };
      if (++looked % STRETCH === 0) yield;
    }
  const found: Pair[] = [];
  for (let node = ends[ends.length - 1]; node; node = node.before) found.push([node.i, node.j]);
  return found;
}

interface Search {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly found: Pair[];
}

/** Myers, in linear space: the shortest way of edits is looked for from both of its ends. */
function* bySnakes(search: Search, aLow: number, aHigh: number, bLow: number, bHigh: number): Steps<void> {
  const { a, b, found } = search;
  let [x, y, u, v] = [aLow, bLow, aHigh, bHigh];
  while (x < u && y < v && a[x] === b[y]) found.push([x++, y++]);
  while (x < u && y < v && a[u - 1] === b[v - 1]) found.push([--u, --v]);
  if (x === u || y === v) return;
  const [middleX, middleY, endX, endY] = yield* middleSnake(a, b, x, u, y, v);
  for (let i = middleX, j = middleY; i < endX; ) found.push([i++, j++]);
  yield* bySnakes(search, x, middleX, y, middleY);
  yield* bySnakes(search, endX, u, endY, v);
}

/** A part that is equal, on a shortest way, halfway along it: from where to where. */
function* middleSnake(
  a: Int32Array,
  b: Int32Array,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): Steps<readonly [number, number, number, number]> {
  const [n, m] = [aHigh - aLow, bHigh - bLow];
  const delta = n - m;
  const odd = (delta & 1) !== 0;
  const most = (n + m + 1) >> 1;
  const size = 2 * most + 2;
  const forward = new Int32Array(size);
  const backward = new Int32Array(size);
  let looked = 0;
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const at = (k + size) % size;
      const [below, above] = [(k - 1 + size) % size, (k + 1 + size) % size];
      let x = k === -d || (k !== d && forward[below]! < forward[above]!) ? forward[above]! : forward[below]! + 1;
      let y = x - k;
      const from = x;
      while (x < n && y < m && a[aLow + x] === b[bLow + y]) {
        x++;
        y++;
        looked++;
      }
      forward[at] = x;
      const other = delta - k;
      if (odd && Math.abs(other) < d && x + backward[(other + size) % size]! >= n)
        return [aLow + from, bLow + from - k, aLow + x, bLow + y];
    }
    for (let k = -d; k <= d; k += 2) {
      const at = (k + size) % size;
      const [below, above] = [(k - 1 + size) % size, (k + 1 + size) % size];
      let x = k === -d || (k !== d && backward[below]! < backward[above]!) ? backward[above]! : backward[below]! + 1;
      let y = x - k;
      const from = x;
      while (x < n && y < m && a[aHigh - 1 - x] === b[bHigh - 1 - y]) {
        x++;
        y++;
        looked++;
      }
      backward[at] = x;
      const other = delta - k;
      if (!odd && Math.abs(other) <= d && x + forward[(other + size) % size]! >= n)
        return [aHigh - x, bHigh - y, aHigh - from, bHigh - (from - k)];
    }
    looked += d;
    if (looked > STRETCH) {
      looked = 0;
      yield;
    }
  }
  throw new Error('no way from one list to the other');
}
