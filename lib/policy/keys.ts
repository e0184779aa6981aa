/** Rules as texts that are the same if the rules are: their bytes, without counters and what the kernel keeps for itself. */
import { Memory } from '../codec/struct';
import { registry } from '../extensions/registry';
import { sameRule } from '../rule/compare';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER, REVISION_AT } from '../rule/layout';
import { EntryView } from '../rule/view';

export class RuleKeys {
  private readonly view: EntryView;
  private readonly ids = new Map<string, number>();

  constructor(private readonly codec: EntryCodec) {
    this.view = new EntryView(codec.shape);
  }

  /** A number for each rule: equal ones have the same. */
  id(m: Memory, at: number): number {
    const key = this.key(m, at);
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(key, id);
    }
    return id;
  }

  /** The number of the same rule as it would be written now: who wrote it may have known older revisions. */
  modern(m: Memory, at: number): number | undefined {
    try {
      const entry = this.codec.encode(this.codec.decode(m, at)).slice();
      return this.ids.get(this.key(new Memory(entry, 0, this.codec.kernel), 0));
    } catch {
      return undefined; // it can only be kept as it is
    }
  }

  /** Whether it would be written otherwise now. */
  isOld(m: Memory, at: number): boolean {
    try {
      const entry = this.codec.encode(this.codec.decode(m, at)).slice();
      return !sameRule(this.codec, m, at, new Memory(entry, 0, this.codec.kernel), 0);
    } catch {
      return false; // it can only be kept as it is
    }
  }

  private key(m: Memory, at: number): string {
    const view = this.view.on(m, at);
    const { matches, target, end } = view;
    const bytes = Buffer.from(m.bytes.subarray(at, end)); // a copy
    bytes.fill(0, this.codec.shape.headSize, matches - at);
    bytes.writeUInt16LE(target - at, this.codec.shape.headSize);
    for (let i = matches; i < end; ) {
      const behind = i === target ? end : view.behind(i);
      const size = this.said(m, i, i === target && !view.isJump ? 'target' : 'match', i === target && view.isJump);
      if (size !== undefined) bytes.fill(0, i + ELEMENT_HEADER + size - at, behind - at);
      i = behind;
    }
    return bytes.toString('latin1');
  }

  /** How much of an element's data says something, if not all. */
  private said(m: Memory, at: number, kind: 'match' | 'target', standard: boolean): number | undefined {
    if (standard) return undefined;
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    const known = registry[kind].recognise(this.view.kernelName(at), m.bytes[at + REVISION_AT]!, m);
    m.at = before;
    return known && known.revision.userspaceSize < known.revision.size ? known.revision.userspaceSize : undefined;
  }
}
