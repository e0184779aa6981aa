/** Where the rules of a chain differ from what they should be. */
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import type { Steps } from '../slice';
import type { ChainState } from '../table/state';
import type { RuleKeys } from './keys';
import { matching } from './lcs';
import type { Ownership } from './own';

/** Some rules in a row, by 0-based indices, in whose place others come. Either may be none. */
export interface Hunk {
  readonly from: number;
  readonly deleted: number;
  /** Of those that should be there. */
  readonly first: number;
  readonly inserted: number;
}
/** The rules of a chain, by where they begin. */
export interface Rules {
  readonly chain: ChainState;
  readonly starts: readonly number[];
}
export interface Chains {
  readonly is: Rules;
  readonly wanted: Rules;
}
/** Before which of the rules that aren't owned those go that are: its index, or that behind the last rule. */
export type Gap = (others: readonly number[]) => number;

const STRETCH = 256;

export class HunkFinder {
  constructor(
    private readonly codec: EntryCodec,
    private readonly keys: RuleKeys,
    private readonly ownership: Ownership<never>,
  ) {}

  /** All of them, in order, and how many rules aren't owned. `gap` tells where the owned ones of such a chain go. */
  *find({ is, wanted }: Chains, gap: Gap | undefined): Steps<{ hunks: Hunk[]; left: number }> {
    const { chain, starts } = is;
    const mine: number[] = [];
    const others: number[] = [];
    const whole = this.ownership.hasChain(chain.name);
    for (let i = 0; i < starts.length; i++) {
      (whole || this.ownership.hasRule(chain as ChainState<never>, starts[i]!) ? mine : others).push(i);
      if (i % STRETCH === 0) yield;
    }
    const place = gap && others.length > 0 && wanted.starts.length > 0 ? gap(others) : undefined;
    // Those that are elsewhere than they should be have to go.
    const staying = place === undefined ? mine : inGap(mine, others, place);
    const match = yield* this.match(is, staying, wanted);
    const found = yield* hunks({ mine, staying, match, wanted: wanted.starts.length, place: place ?? starts.length });
    return { hunks: found, left: others.length };
  }

  /** For each of the staying rules which of the wanted ones it is, or -1. */
  private *match(is: Rules, staying: readonly number[], wanted: Rules): Steps<Int32Array> {
    const { keys, codec } = this;
    const match = new Int32Array(staying.length).fill(-1);
    const same = (i: number, j: number) =>
      sameRule(codec, is.chain.memory, is.starts[staying[i]!]!, wanted.chain.memory, wanted.starts[j]!);
    // What both begin and end with needs no numbers.
    let start = 0;
    let [end, wantedEnd] = [staying.length, wanted.starts.length];
    while (start < end && start < wantedEnd && same(start, start)) {
      match[start] = start++;
      if (start % STRETCH === 0) yield;
    }
    while (end > start && wantedEnd > start && same(end - 1, wantedEnd - 1)) {
      match[--end] = --wantedEnd;
      if (end % STRETCH === 0) yield;
    }
    if (start === end || start === wantedEnd) return match;
    keys.clear();
    const theirs = new Int32Array(wantedEnd - start);
    for (let j = 0; j < theirs.length; j++) {
      theirs[j] = keys.id(wanted.chain.memory, wanted.starts[start + j]!);
      if (j % STRETCH === 0) yield;
    }
    const known = keys.size;
    const mine = new Int32Array(end - start);
    for (let i = 0; i < mine.length; i++) {
      const at = is.starts[staying[start + i]!]!;
      mine[i] = keys.id(is.chain.memory, at);
      if (i % STRETCH === 0) yield;
      if (mine[i]! < known) continue;
      const modern = keys.modern(is.chain.memory, at);
      if (modern) mine[i] = keys.id(modern, 0);
    }
    const middle = yield* matching(mine, theirs);
    for (let i = 0; i < middle.length; i++) if (middle[i]! >= 0) match[start + i] = start + middle[i]!;
    return match;
  }
}

/** Of those that are owned, the ones that stand right before another, with nothing that isn't owned between. */
function inGap(mine: readonly number[], others: readonly number[], place: number): readonly number[] {
  const at = others.indexOf(place);
  const after = (at < 0 ? others[others.length - 1] : others[at - 1]) ?? -1;
  return mine.filter((i) => i > after && i < place);
}

/** Rules that come, in a row, before the one at an index. */
interface Coming {
  readonly at: number;
  readonly first: number;
  readonly count: number;
}

interface Staying {
  /** The owned rules, and those of them that may be kept. */
  readonly mine: readonly number[];
  readonly staying: readonly number[];
  /** Which ones of so many wanted ones these are. */
  readonly match: Int32Array;
  readonly wanted: number;
  readonly place: number;
}
/** What comes takes the place of what goes; else it comes behind what is kept before it; else to `place`. */
function* hunks({ mine, staying, match, wanted, place }: Staying): Steps<Hunk[]> {
  const coming: Coming[] = [];
  const kept = new Uint8Array(1 + (mine[mine.length - 1] ?? -1));
  /** Of the staying, the first behind the last that is kept; and of the wanted. */
  let [candidate, next] = [0, 0];
  const come = (to: number, end: number) => {
    if (end > next) {
      const at =
        candidate < to ? staying[candidate]! : candidate > 0 ? staying[candidate - 1]! + 1 : (staying[to] ?? place);
      coming.push({ at, first: next, count: end - next });
    }
    [candidate, next] = [to + 1, end + 1];
  };
  for (let i = 0; i < staying.length; i++) {
    if (match[i]! >= 0) {
      kept[staying[i]!] = 1;
      come(i, match[i]!);
    }
    if (i % MANY === 0) yield;
  }
  come(staying.length, wanted);
  const going: number[] = [];
  for (let i = 0; i < mine.length; i++) {
    if (kept[mine[i]!] === 0) going.push(mine[i]!);
    if (i % MANY === 0) yield;
  }
  return merged(runs(going), coming);
}
/** Rules between two steps. */
const MANY = 4096;

/** Numbers in a row, as the first and how many. */
function runs(numbers: readonly number[]): { readonly from: number; readonly count: number }[] {
  const found: { from: number; count: number }[] = [];
  for (const i of numbers) {
    const last = found[found.length - 1];
    if (last && last.from + last.count === i) last.count++;
    else found.push({ from: i, count: 1 });
  }
  return found;
}

function merged(going: ReturnType<typeof runs>, coming: readonly Coming[]): Hunk[] {
  const found = new Map<number, Hunk>();
  for (const { from, count } of going) found.set(from, { from, deleted: count, first: 0, inserted: 0 });
  for (const { at, first, count } of coming) {
    const deleted = found.get(at)?.deleted ?? 0;
    found.set(at, { from: at, deleted, first, inserted: count });
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}
