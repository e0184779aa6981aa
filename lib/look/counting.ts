/** What the rules of a table count, and how fast: from one snapshot to the next, without decoding a rule. */
import type { TableState } from '../index';

/** Four numbers of each rule, or of each policy. */
export class Tally {
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  /** A second. */
  readonly packetRate: Float64Array;
  readonly byteRate: Float64Array;

  constructor(readonly length: number) {
    [this.packets, this.bytes, this.packetRate, this.byteRate] = [0, 0, 0, 0].map(() => new Float64Array(length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
  }
}

/** Words of 32 bits: two u64. */
const COUNTERS = 4;
const LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

export class Counting {
  rules = new Tally(0);
  policies = new Tally(0);
  /** Another number when there are other rules. */
  version = 0;
  /** The number of each chain's first rule, among all of the table's. */
  firsts: readonly number[] = [];
  private words: Uint32Array = new Uint32Array(0);
  private ruleAt: Uint32Array = new Uint32Array(0);
  private policyAt: Uint32Array = new Uint32Array(0);
  /** Where counters are, from the first word to the last. */
  private counted: Uint32Array = new Uint32Array(0);
  private texts: readonly string[] | undefined;
  private readonly some = new Map<number, string>();
  private time = 0;

  /** The table as it was when its rules were last seen to have changed: its counters are old. */
  state!: TableState;

  /** `now`: milliseconds. */
  read(state: TableState, now: number): void {
    const words = new Uint32Array(state.snapshot, 0, state.snapshot.byteLength >> 2);
    const seconds = this.version === 0 ? 0 : (now - this.time) / 1000;
    this.time = now;
    if (this.isSame(words)) {
      this.words = words;
      this.advance(this.rules, this.ruleAt, seconds);
      this.advance(this.policies, this.policyAt, seconds);
      return;
    }
    const before = this.version === 0 ? undefined : this.keyed();
    this.adopt(state, words);
    this.advance(this.rules, this.ruleAt, 0);
    this.advance(this.policies, this.policyAt, 0);
    if (before) this.compare(before, seconds);
  }

  /** The chain of a rule, by their numbers. */
  chainOf(rule: number): number {
    let [low, high] = [0, this.firsts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firsts[middle]! <= rule) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  /** As iptables-save prints it, behind its chain. */
  text(rule: number): string {
    if (this.texts) return this.texts[rule]!;
    let text = this.some.get(rule);
    if (text === undefined) {
      const chain = this.chainOf(rule);
      const [line] = this.state.commands(false, this.state.chains[chain]!.name, rule - this.firsts[chain]! + 1);
      text = ruleText(line!.slice(0, -1));
      this.some.set(rule, text);
    }
    return text;
  }
  /** All of them. */
  allTexts(): readonly string[] {
    this.texts ??= [...this.state.saveLines()].filter((line) => line.startsWith('-A ')).map(ruleText);
    return this.texts;
  }

  /** Whether nothing differs but counters. */
  private isSame(words: Uint32Array): boolean {
    const { words: old, counted } = this;
    if (words.length !== old.length) return false;
    let at = 0;
    for (let i = 0; i <= counted.length; i++) {
      const end = i < counted.length ? counted[i]! : words.length;
      for (; at < end; at++) if (words[at] !== old[at]) return false;
      at += COUNTERS;
    }
    return true;
  }

  private adopt(state: TableState, words: Uint32Array): void {
    this.version++;
    this.state = state;
    this.words = words;
    this.texts = undefined;
    this.some.clear();
    const { policies, rules } = state.counters();
    [this.policyAt, this.ruleAt] = [policies.map((at) => at >> 2), rules.map((at) => at >> 2)];
    this.counted = new Uint32Array(policies.length + rules.length);
    this.counted.set(this.policyAt);
    this.counted.set(this.ruleAt, policies.length);
    this.counted.sort();
    [this.rules, this.policies] = [new Tally(rules.length), new Tally(policies.length)];
    let first = 0;
    this.firsts = state.chains.map(({ length }) => {
      first += length;
      return first - length;
    });
  }

  private advance(tally: Tally, at: Uint32Array, seconds: number): void {
    const { words } = this;
    const [low, high] = LITTLE ? [0, 1] : [1, 0];
    for (let i = 0; i < at.length; i++) {
      const word = at[i]!;
      const packets = words[word + low]! + words[word + high]! * 2 ** 32;
      const bytes = words[word + 2 + low]! + words[word + 2 + high]! * 2 ** 32;
      tally.packetRate[i] = rate(tally.packets[i]!, packets, seconds);
      tally.byteRate[i] = rate(tally.bytes[i]!, bytes, seconds);
      tally.packets[i] = packets;
      tally.bytes[i] = bytes;
    }
  }

  /** What each had counted, by what it is; several that are the same in their order. */
  private keyed(): Map<string, [number, number][]> {
    const known = new Map<string, [number, number][]>();
    for (const [key, tally, i] of this.keys()) {
      const counted: [number, number] = [tally.packets[i]!, tally.bytes[i]!];
      const same = known.get(key);
      if (same) same.push(counted);
      else known.set(key, [counted]);
    }
    return known;
  }
  private compare(before: Map<string, [number, number][]>, seconds: number): void {
    for (const [key, tally, i] of this.keys()) {
      const [packets, bytes] = before.get(key)?.shift() ?? [0, 0];
      tally.packetRate[i] = rate(packets, tally.packets[i]!, seconds);
      tally.byteRate[i] = rate(bytes, tally.bytes[i]!, seconds);
    }
  }
  /** Policies by their chain; rules by their chain and text. */
  private *keys(): Generator<[string, Tally, number]> {
    const texts = this.allTexts();
    for (const [c, { name, length }] of this.state.chains.entries()) {
      yield [name, this.policies, c];
      for (let i = this.firsts[c]!; i < this.firsts[c]! + length; i++) yield [`${name}\0${texts[i]}`, this.rules, i];
    }
  }
}

/** Counters that are less than before have been zeroed since. */
const rate = (before: number, now: number, seconds: number): number =>
  seconds <= 0 ? 0 : (now >= before ? now - before : now) / seconds;

/** Behind `-A CHAIN`, whose name may be quoted. */
const ruleText = (line: string): string => line.replace(/^-A (?:"(?:[^"\\]|\\.)*"|\S+) ?/, '');
