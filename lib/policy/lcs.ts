/** What two lists have in common, in order: as much of it as there can be. */
import { finish, type Steps } from '../slice';

/** For each of the first list where it is in the second, or -1. */
export type Matching = Int32Array;

/** Comparisons between two steps. */
const STRETCH = 4096;
/** Pairs of equal elements, per element, up to which they are looked at one by one. */
const FEW = 16;

/**
 * A longest common subsequence, of numbers from 0 to not much more than there are. Lists that differ in little, and lists
 * whose elements are mostly there once, take little more time than reading them does.
 */
export function* matching(a: Int32Array, b: Int32Array): Steps<Matching> {
  const match = new Int32Array(a.length).fill(-1);
  let most = -1;
  for (const list of [a, b]) for (let i = 0; i < list.length; i++) most = Math.max(most, list[i]!);
  // What only one of them has is in no common part.
  const left = yield* having(a, yield* placesIn(b, most + 1));
  const right = yield* having(b, yield* placesIn(a, most + 1));
  const [x, y] = [left.map((i) => a[i]!), right.map((i) => b[i]!)];
  const common = x.length === 0 || y.length === 0 ? [] : yield* pairs(x, y, most + 1);
  for (const [i, j] of common) match[left[i]!] = right[j]!;
  return match;
}
export const matchingNow = (a: Int32Array, b: Int32Array): Matching => finish(matching(a, b));

/** Where each number is: the last place, the one before each place, or -1; and how often it is there. */
interface Places {
  readonly last: Int32Array;
  readonly before: Int32Array;
  readonly times: Int32Array;
}
function* placesIn(list: Int32Array, numbers: number): Steps<Places> {
  const last = new Int32Array(numbers).fill(-1);
  const before = new Int32Array(list.length);
  const times = new Int32Array(numbers);
  for (let i = 0; i < list.length; i++) {
    const number = list[i]!;
    before[i] = last[number]!;
    last[number] = i;
    times[number]!++;
    if (i % MANY === 0) yield;
  }
  return { last, before, times };
}
/** Where a list has what is in the other. */
function* having(list: Int32Array, { times }: Places): Steps<Int32Array> {
  const found = new Int32Array(list.length);
  let count = 0;
  for (let i = 0; i < list.length; i++) {
    if (times[list[i]!]! > 0) found[count++] = i;
    if (i % MANY === 0) yield;
  }
  return found.subarray(0, count);
}
/** Numbers that are looked at between two steps. */
const MANY = 16_384;

type Pair = readonly [number, number];

function* pairs(a: Int32Array, b: Int32Array, numbers: number): Steps<Pair[]> {
  const places = yield* placesIn(b, numbers);
  let equal = 0;
  for (let i = 0; i < a.length; i++) {
    equal += places.times[a[i]!]!;
    if (i % MANY === 0) yield;
  }
  if (equal <= FEW * (a.length + b.length)) return yield* byPlaces(a, places);
  const found: Pair[] = [];
  yield* bySnakes({ a, b, found }, 0, a.length, 0, b.length);
  return found;
}

/** Hunt and Szymanski: for each length of a common part, where the one that ends soonest ends. */
function* byPlaces(a: Int32Array, { last, before }: Places): Steps<Pair[]> {
  type Node = { readonly i: number; readonly j: number; readonly before: Node | undefined };
  const ends: Node[] = [];
  let looked = 0;
  for (let i = 0; i < a.length; i++)
    // The last first: of one element no two are taken.
    for (let j = last[a[i]!]!; j >= 0; j = before[j]!) {
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
