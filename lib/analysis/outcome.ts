/** What becomes of a packet: the leaves of diagrams. What changes a packet on its way changes what is asked of it later. */
import type { Facts } from '../codec/meaning';
import { ALL, type Bdd, NONE, type Node } from './bdd';

/** Where a table's rules let go of a packet. UNKNOWN is a target that nobody knows. */
export type Verdict = 'ACCEPT' | 'DROP' | 'REJECT' | 'QUEUE' | 'NFQUEUE' | 'SYNPROXY' | 'UNKNOWN';
/** Within a table it may return to the chain that called. */
export type End = Verdict | 'RETURN' | 'RETURNING';

/** A rule or a policy that decides. */
export interface Decider {
  readonly table: string;
  readonly chain: string;
  readonly kind: 'rule' | 'policy';
  /** Of a rule in its chain, from 1 on. */
  readonly number?: number;
}

export interface Outcome {
  readonly end: End;
  /** What NAT makes of it, in iptables' words. */
  readonly nat: readonly string[];
  /** Who has decided, if it is asked for. */
  readonly by: readonly Decider[];
  /** What has been done to a packet that returns to the chain that called. */
  readonly changes: Changes;
  readonly forgets: readonly Forgotten[];
}

/** What is done to a packet: bits by their levels, and when each is set, as sets of packets before. */
export type Changes = ReadonlyMap<number, Node>;
export const UNCHANGED: Changes = new Map();
/** That conditions of some matches, by these names, are answered anew: what they read has been changed, and by whom. */
export interface Forgotten {
  readonly reads: readonly string[];
  readonly by: string;
  /** What may be known of any packet then. */
  readonly results?: readonly Partial<Facts>[] | undefined;
}

export class Outcomes {
  private readonly all: Outcome[] = [];
  private readonly leaves = new Map<string, Node>();
  /** The leaf of packets that return to the chain that called, as they were. */
  readonly returned: Node;

  constructor(
    private readonly bdd: Bdd,
    private readonly forget: (f: Node, forgotten: Forgotten) => Changes,
  ) {
    this.returned = this.leaf({ end: 'RETURN' });
  }

  leaf({ end, nat = [], by = [], changes = UNCHANGED, forgets = [] }: Partial<Outcome> & Pick<Outcome, 'end'>): Node {
    const bits = [...changes].sort(([a], [b]) => a - b);
    const key = JSON.stringify([end, nat, by, bits, forgets.map((each) => each.by)]);
    let leaf = this.leaves.get(key);
    if (leaf === undefined) {
      leaf = this.bdd.leaf(2 + this.all.length);
      this.all.push({ end, nat, by, changes, forgets });
      this.leaves.set(key, leaf);
    }
    return leaf;
  }
  /** A leaf that is no outcome, but has a name. */
  mark(name: string): Node {
    let leaf = this.leaves.get(name);
    if (leaf === undefined) {
      leaf = this.bdd.leaf(2 + this.all.length);
      this.all.push({ end: 'UNKNOWN', nat: [], by: [], changes: UNCHANGED, forgets: [] });
      this.leaves.set(name, leaf);
    }
    return leaf;
  }
  /** Undefined of NONE, which is no outcome. */
  of(leaf: Node): Outcome | undefined {
    return this.all[this.bdd.valueOf(leaf) - 2];
  }

  /** What becomes of a packet that is changed so, and then is `f`'s. */
  after(changes: Changes, f: Node): Node {
    if (changes.size === 0) return f;
    return this.bdd.compose(f, changes, (leaf) => {
      const outcome = this.of(leaf);
      if (outcome?.end !== 'RETURN') return leaf;
      const both = new Map(changes);
      for (const [level, bit] of outcome.changes) both.set(level, this.bdd.compose(bit, changes));
      return this.leaf({ ...outcome, changes: both });
    });
  }

  /** What becomes of a packet of which something is changed that no field tells, and then is `f`'s. */
  forgotten(f: Node, forgotten: Forgotten): Node {
    return this.bdd.compose(f, this.forget(f, forgotten), (leaf) => {
      const outcome = this.of(leaf);
      return outcome?.end === 'RETURN' ? this.leaf({ ...outcome, forgets: [forgotten, ...outcome.forgets] }) : leaf;
    });
  }

  /** The same, with what NAT does, or who decides, said before all else. */
  noted(f: Node, nat: string | undefined, by: Decider | undefined): Node {
    if (nat === undefined && by === undefined) return f;
    return this.bdd.map(f, (leaf) => {
      const outcome = this.of(leaf);
      if (!outcome || outcome.end === 'RETURN') return leaf;
      return this.leaf({
        ...outcome,
        nat: nat !== undefined && outcome.end === 'ACCEPT' ? [nat, ...outcome.nat] : outcome.nat,
        by: by ? [by, ...outcome.by] : outcome.by,
      });
    });
  }

  /** The leaves by which packets return. */
  returns(f: Node): Node[] {
    return this.bdd.measure(f).leaves.filter((leaf) => this.of(leaf)?.end === 'RETURN');
  }
  /** Where `f` returns, by one of these leaves, `next`, which sees what has been done to the packet. */
  follow(f: Node, leaves: readonly Node[], next: Node): Node {
    const { bdd } = this;
    if (leaves.every((leaf) => leaf === this.returned)) return bdd.sub(f, this.returned, next);
    // `next` returns, too: to another chain. And it is large: what is to be known of `f` is asked before they are joined.
    const pending = new Map(leaves.map((leaf) => [leaf, this.leaf({ ...this.of(leaf)!, end: 'RETURNING' })]));
    const marked = bdd.map(f, (leaf) => pending.get(leaf) ?? leaf);
    const continued = [...pending.values()].map((leaf): [leaf: Node, instead: Node] => {
      const { changes, forgets } = this.of(leaf)!;
      const then = forgets.reduceRight((f, each) => this.forgotten(f, each), next);
      if (changes.size === 0) return [leaf, then];
      // What isn't met there need not be looked at, as far as that can be said without what changes.
      const met = bdd.map(marked, (other) => (other === leaf ? ALL : NONE));
      const care = bdd.exists(met, (level) => changes.has(level));
      return [leaf, this.after(changes, bdd.ite(care, then, NONE))];
    });
    let followed = marked;
    // Those that change nothing last: what follows them is all the rest.
    for (const [leaf, instead] of continued.reverse()) followed = bdd.sub(followed, leaf, instead);
    return followed;
  }
}
