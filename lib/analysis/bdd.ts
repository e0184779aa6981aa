/**
 * Sets of packets, and functions of packets, as reduced ordered decision diagrams: a node tests one bit, a leaf is a value.
 * Equal functions are the same node, so comparing them costs nothing. Nodes are numbers into typed arrays, and are never
 * given back: there is a bound instead, past which nothing is decided.
 */
import { Undecided } from './undecided';

/** A function of packets; a set, if its leaves are NONE and ALL. */
export type Node = number;
/** The set of no packet, and of all. */
export const [NONE, ALL] = [0, 1] as const;

/** The level of leaves: below all bits. */
const LEAF = 0xffff;
export const HIGHEST_LEVEL = LEAF - 1;
/** The cache forgets: 2^18 entries are nearly as good as any more, and cost 5 MB. */
const CACHE = 18;
const ENTRY = 5;
/** What an entry of the cache is the result of. */
const ITE = 0;
const SUB = 1;
/** So many steps may be spent for each node that may be made; one whose result is kept in a map of its own is several. */
const STEPS = 16;
const KNOWN = 8;

export class Bdd {
  private level: Uint16Array<ArrayBuffer> = new Uint16Array(0);
  private lo: Int32Array<ArrayBuffer> = new Int32Array(0);
  private hi: Int32Array<ArrayBuffer> = new Int32Array(0);
  /** Nodes by what they are, in open addressing; 0 is free. */
  private table: Int32Array<ArrayBuffer> = new Int32Array(0);
  private readonly cache = new Int32Array(ENTRY << CACHE).fill(-1);
  private readonly leaves: Node[] = [NONE, ALL];
  private steps = 0;
  private made = 2;

  /** Room for as many as are expected needs no growing, which takes as long as making them. */
  constructor(
    private readonly most = 8_000_000,
    expected = 0,
  ) {
    this.grow(2 ** Math.ceil(Math.log2(Math.max(1 << 14, Math.min(expected, most)))));
    this.level[NONE] = this.level[ALL] = LEAF;
    this.lo[ALL] = this.hi[ALL] = 1;
  }

  /** How many nodes there are. */
  get nodes(): number {
    return this.made;
  }

  private grow(capacity: number): void {
    const larger = new Uint16Array(capacity);
    larger.set(this.level);
    this.level = larger;
    for (const side of ['lo', 'hi'] as const) {
      const more = new Int32Array(capacity);
      more.set(this[side]);
      this[side] = more;
    }
    this.table = new Int32Array(capacity * 2);
    for (let i = 2; i < this.made; i++) this.table[this.place(this.level[i]!, this.lo[i]!, this.hi[i]!)] = i;
  }

  /** Where a node is in the table, or would be. */
  private place(level: number, lo: Node, hi: Node): number {
    const { table } = this;
    const mask = table.length - 1;
    let at = mixed(level, lo, hi) & mask;
    for (let i = table[at]!; i !== 0; i = table[at]!) {
      if (this.level[i] === level && this.lo[i] === lo && this.hi[i] === hi) return at;
      at = (at + 1) & mask;
    }
    return at;
  }

  /** Tests a bit: `lo` where it is clear, `hi` where it is set. Both are of later levels. */
  node(level: number, lo: Node, hi: Node): Node {
    return lo === hi ? lo : this.intern(level, lo, hi);
  }
  private intern(level: number, lo: Node, hi: Node): Node {
    let at = this.place(level, lo, hi);
    if (this.table[at] !== 0) return this.table[at]!;
    if (this.made >= this.most) throw this.over(`${this.most} nodes of`);
    if (this.made === this.level.length) {
      this.grow(this.made * 2);
      at = this.place(level, lo, hi);
    }
    const made = this.made++;
    this.level[made] = level;
    this.lo[made] = lo;
    this.hi[made] = hi;
    this.table[at] = made;
    return made;
  }
  private step(cost = 1): void {
    this.steps += cost;
    if (this.steps > STEPS * this.most) throw this.over(`${STEPS * this.most} steps on`);
  }
  /** From then on nothing is tried any more: who asks something else ends at once. */
  private over(bound: string): Undecided {
    this.steps = Number.POSITIVE_INFINITY;
    this.undecided ??= new Undecided(`it takes more than ${bound} decision diagrams`);
    return this.undecided;
  }
  private undecided: Undecided | undefined;

  /** A value besides NONE (0) and ALL (1), by a number of its own. */
  leaf(value: number): Node {
    let found = this.leaves[value];
    if (found === undefined) {
      found = this.intern(LEAF, value, value);
      this.leaves[value] = found;
    }
    return found;
  }
  isLeaf(f: Node): boolean {
    return this.level[f] === LEAF;
  }
  /** The value of a leaf. */
  valueOf(leaf: Node): number {
    return this.lo[leaf]!;
  }
  /** Packets whose bit is set. */
  bit(level: number): Node {
    if (level >= LEAF) throw new Undecided(`there are more than ${LEAF} conditions`);
    return this.node(level, NONE, ALL);
  }

  /** `yes` where `set` holds, else `no`. */
  ite(set: Node, yes: Node, no: Node): Node {
    if (set === ALL || yes === no) return yes;
    if (set === NONE) return no;
    if (yes === ALL || yes === set) {
      if (no === NONE || no === set) return set;
    } else if (yes === NONE && no === set) return NONE;
    this.step();
    const { cache } = this;
    const at = slot(set, yes, no);
    if (cache[at] === set && cache[at + 1] === yes && cache[at + 2] === no && cache[at + 3] === ITE)
      return cache[at + 4]!;
    const [a, b, c] = [this.level[set]!, this.level[yes]!, this.level[no]!];
    const level = Math.min(a, b, c);
    const lo = this.ite(
      a === level ? this.lo[set]! : set,
      b === level ? this.lo[yes]! : yes,
      c === level ? this.lo[no]! : no,
    );
    const hi = this.ite(
      a === level ? this.hi[set]! : set,
      b === level ? this.hi[yes]! : yes,
      c === level ? this.hi[no]! : no,
    );
    return this.keep(at, set, yes, no, ITE, this.node(level, lo, hi));
  }

  /** `f`, but `instead` where it has this leaf: what follows a call. */
  sub(f: Node, leaf: Node, instead: Node): Node {
    if (f === leaf) return instead;
    if (this.level[f] === LEAF) return f;
    this.step();
    const { cache } = this;
    const at = slot(f, leaf, ~instead);
    if (cache[at] === f && cache[at + 1] === leaf && cache[at + 2] === instead && cache[at + 3] === SUB)
      return cache[at + 4]!;
    const [a, b] = [this.level[f]!, this.level[instead]!];
    const level = Math.min(a, b);
    const lo = this.sub(a === level ? this.lo[f]! : f, leaf, b === level ? this.lo[instead]! : instead);
    const hi = this.sub(a === level ? this.hi[f]! : f, leaf, b === level ? this.hi[instead]! : instead);
    return this.keep(at, f, leaf, instead, SUB, this.node(level, lo, hi));
  }

  private keep(at: number, a: Node, b: Node, c: Node, op: number, result: Node): Node {
    const { cache } = this;
    cache[at] = a;
    cache[at + 1] = b;
    cache[at + 2] = c;
    cache[at + 3] = op;
    cache[at + 4] = result;
    return result;
  }

  and(a: Node, b: Node): Node {
    return a < b ? this.ite(a, b, NONE) : this.ite(b, a, NONE);
  }
  or(a: Node, b: Node): Node {
    return a < b ? this.ite(a, ALL, b) : this.ite(b, ALL, a);
  }
  not(a: Node): Node {
    return this.ite(a, NONE, ALL);
  }
  minus(a: Node, b: Node): Node {
    return this.ite(b, NONE, a);
  }
  /** By halves, so that what is large is met seldom. */
  union(sets: readonly Node[]): Node {
    if (sets.length < 2) return sets[0] ?? NONE;
    const half = sets.length >> 1;
    return this.or(this.union(sets.slice(0, half)), this.union(sets.slice(half)));
  }

  /** The same function of other values. */
  map(f: Node, value: (leaf: Node) => Node): Node {
    const known = new Map<Node, Node>();
    const walk = (f: Node): Node => {
      let mapped = known.get(f);
      if (mapped === undefined) {
        this.step(KNOWN);
        mapped = this.isLeaf(f) ? value(f) : this.node(this.level[f]!, walk(this.lo[f]!), walk(this.hi[f]!));
        known.set(f, mapped);
      }
      return mapped;
    };
    return walk(f);
  }

  /** A function of two functions' values; of the same node twice `same` knows it at once, if it can. */
  zip(f: Node, g: Node, value: (a: Node, b: Node) => Node, same?: Node): Node {
    const known = new Map<number, Node>();
    const walk = (f: Node, g: Node): Node => {
      if (f === g && same !== undefined) return same;
      const [a, b] = [this.level[f]!, this.level[g]!];
      const level = Math.min(a, b);
      if (level === LEAF) return value(f, g);
      const key = f * 2 ** 26 + g;
      let zipped = known.get(key);
      if (zipped === undefined) {
        this.step(KNOWN);
        zipped = this.node(
          level,
          walk(a === level ? this.lo[f]! : f, b === level ? this.lo[g]! : g),
          walk(a === level ? this.hi[f]! : f, b === level ? this.hi[g]! : g),
        );
        known.set(key, zipped);
      }
      return zipped;
    };
    return walk(f, g);
  }

  /** A set without the bits at some levels: packets that are in it for some of their values, or for all. */
  private quantified(f: Node, gone: (level: number) => boolean, join: (a: Node, b: Node) => Node): Node {
    const known = new Map<Node, Node>();
    const walk = (f: Node): Node => {
      if (f === NONE || f === ALL) return f;
      let without = known.get(f);
      if (without === undefined) {
        this.step(KNOWN);
        const level = this.level[f]!;
        const [lo, hi] = [walk(this.lo[f]!), walk(this.hi[f]!)];
        without = gone(level) ? join(lo, hi) : this.node(level, lo, hi);
        known.set(f, without);
      }
      return without;
    };
    return walk(f);
  }
  exists(f: Node, gone: (level: number) => boolean): Node {
    return this.quantified(f, gone, (a, b) => this.or(a, b));
  }
  forall(f: Node, gone: (level: number) => boolean): Node {
    return this.quantified(f, gone, (a, b) => this.and(a, b));
  }

  /**
   * What `f` says of a packet whose bits are replaced, all at once: by a constant, another bit, or whatever set says when
   * it is set. Its leaves become what `value` makes of them.
   */
  compose(f: Node, bits: ReadonlyMap<number, Node>, value: (leaf: Node) => Node = (leaf) => leaf): Node {
    const known = new Map<Node, Node>();
    const walk = (f: Node): Node => {
      let composed = known.get(f);
      if (composed === undefined) {
        this.step(KNOWN);
        if (this.isLeaf(f)) composed = value(f);
        else {
          const level = this.level[f]!;
          const bit = bits.get(level);
          // Of a constant only one side is ever asked for.
          if (bit === NONE) composed = walk(this.lo[f]!);
          else if (bit === ALL) composed = walk(this.hi[f]!);
          else composed = this.ite(bit ?? this.bit(level), walk(this.hi[f]!), walk(this.lo[f]!));
        }
        known.set(f, composed);
      }
      return composed;
    };
    return walk(f);
  }

  /** The levels that it tests. */
  support(f: Node): Set<number> {
    const [levels, seen] = [new Set<number>(), new Set<Node>()];
    for (const stack = [f]; stack.length > 0; ) {
      const at = stack.pop()!;
      if (this.isLeaf(at) || seen.has(at)) continue;
      seen.add(at);
      levels.add(this.level[at]!);
      stack.push(this.lo[at]!, this.hi[at]!);
    }
    return levels;
  }
  /** How many nodes it is made of, and which leaves it has. */
  measure(f: Node): { readonly nodes: number; readonly leaves: readonly Node[] } {
    const [seen, leaves] = [new Set<Node>(), new Set<Node>()];
    for (const stack = [f]; stack.length > 0; ) {
      const at = stack.pop()!;
      if (this.isLeaf(at)) leaves.add(at);
      else if (!seen.has(at)) {
        seen.add(at);
        stack.push(this.lo[at]!, this.hi[at]!);
      }
    }
    return { nodes: seen.size, leaves: [...leaves] };
  }

  /** The bit that it tests first; past all bits if it is a leaf. */
  levelOf(f: Node): number {
    return this.level[f]!;
  }
  /** What is left of it where that bit is clear, or set. */
  below(f: Node, set: boolean): Node {
    return (set ? this.hi : this.lo)[f]!;
  }
  /** The leaf for a packet of these bits. */
  evaluate(f: Node, bit: (level: number) => boolean): Node {
    let at = f;
    while (this.level[at] !== LEAF) at = (bit(this.level[at]!) ? this.hi : this.lo)[at]!;
    return at;
  }
  /** The bits of a packet of a set that isn't empty, by their levels; those that aren't there may be anything. Few are set. */
  sample(set: Node): Map<number, boolean> {
    const bits = new Map<number, boolean>();
    for (let at = set; at !== ALL && at !== NONE; ) {
      const hi = this.lo[at] === NONE;
      bits.set(this.level[at]!, hi);
      at = hi ? this.hi[at]! : this.lo[at]!;
    }
    return bits;
  }
}

function mixed(a: number, b: number, c: number): number {
  let x = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d);
  return x ^ (x >>> 13);
}
const slot = (a: number, b: number, c: number): number => (mixed(a, b, c) & ((1 << CACHE) - 1)) * ENTRY;
