/** Rules as numbers that are the same if the rules are: counters and what the kernel keeps for itself aside. */
import { Memory } from '../codec/struct';
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER } from '../rule/layout';
import { EntryView } from '../rule/view';

export class RuleKeys {
  private readonly view: EntryView;
  /** How much of an element says something, by the hash of its header. Were two to share one, equal rules might differ. */
  private readonly said = new Map<number, number>();
  /** By the hash of a rule, the last number that has it; by a number, the one before it, and a rule that has it. */
  private readonly ids = new Map<number, number>();
  private readonly before: number[] = [];
  private readonly rules: { readonly m: Memory; readonly at: number }[] = [];

  constructor(private readonly codec: EntryCodec) {
    this.view = new EntryView(codec.shape);
  }

  /** How many numbers there are: from 0 on. */
  get size(): number {
    return this.rules.length;
  }
  clear(): void {
    this.ids.clear();
    this.before.length = this.rules.length = 0;
  }

  /** A number for each rule: equal ones have the same. */
  id(m: Memory, at: number): number {
    const hash = this.hash(m, at);
    const known = this.find(hash, m, at);
    if (known !== undefined) return known;
    const id = this.rules.push({ m, at }) - 1;
    this.before.push(this.ids.get(hash) ?? -1);
    this.ids.set(hash, id);
    return id;
  }
  private find(hash: number, m: Memory, at: number): number | undefined {
    for (let id = this.ids.get(hash) ?? -1; id >= 0; id = this.before[id]!) {
      const rule = this.rules[id]!;
      if (sameRule(this.codec, m, at, rule.m, rule.at)) return id;
    }
    return undefined;
  }

  /** The same rule as it would be written now, if it would be otherwise: who wrote it may have known older revisions. */
  modern(m: Memory, at: number): Memory | undefined {
    if (!this.isOld(m, at)) return undefined;
    try {
      return new Memory(this.codec.encode(this.codec.decode(m, at)).slice(), 0, this.codec.kernel);
    } catch {
      return undefined; // it can only be kept as it is
    }
  }
  private isOld(m: Memory, at: number): boolean {
    const { codec } = this;
    const view = this.view.on(m, at);
    const { end, target } = view;
    for (let i = view.matches; i < end; i = i === target ? end : view.behind(i)) {
      const { known } = codec.decodeElement(i === target ? 'target' : 'match', m, i);
      if (known && known.extension.revisionFor(codec.kernel) !== known.revision) return true;
    }
    return false;
  }

  private hash(m: Memory, at: number): number {
    const view = this.view.on(m, at);
    const { matches, target, end } = view;
    const words = m.words!;
    let hash = mixed(words, at, at + this.codec.shape.headSize, end - at);
    for (let i = matches; i < end; ) {
      const behind = i === target ? end : view.behind(i);
      hash = mixed(words, i, i + this.saidOf(m, i, i === target ? 'target' : 'match', behind - i), hash);
      i = behind;
    }
    return hash;
  }
  private saidOf(m: Memory, at: number, kind: 'match' | 'target', size: number): number {
    const hash = mixed(m.words!, at, at + ELEMENT_HEADER, kind === 'match' ? 1 : 2);
    let said = this.said.get(hash);
    if (said === undefined) {
      const revision = this.codec.decodeElement(kind, m, at).known?.revision;
      // In whole words, which is enough: what is the same, sameRule() says.
      said = revision && ELEMENT_HEADER + revision.size === size ? ELEMENT_HEADER + (revision.saidSize & ~3) : size;
      this.said.set(hash, said);
    }
    return said;
  }
}

/** FNV-1a, of words, with the high bits brought down. */
function mixed(words: Int32Array, from: number, end: number, seed: number): number {
  let hash = seed;
  for (let i = from >> 2; i < end >> 2; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}
