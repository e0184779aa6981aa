/** An entry, in the form of program.ts -> what a rule of nf_tables says, byte for byte as iptables-nft 1.8.9. */

import { constants } from 'node:os';
import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import type { MessageWriter } from '../../../netlink/writer';
import { NLA_MAX } from '../../../netlink/writer';
import { ELEMENT_HEADER, INV, REVISION_AT, SHAPES, type Shape, STANDARD_REVISION } from '../../../rule/layout';
import { NFT_RULE_COMPAT_F, NFTA_COUNTER, NFTA_RULE, NFTA_RULE_COMPAT } from '../constants';
import { malformed, onlyLegacy } from '../refusal';
import { ElementEncoder } from './element';
import { HeadEncoder } from './head';
import { nativeMatches } from './native';
import { isOpaque, putOpaque } from './opaque';
import { Output } from './output';
import { nativeTargets, StandardEncoder } from './target';
import { expression, Template } from './template';

const { E2BIG } = constants.errno;

const COUNTER = new Template(1, (w) => {
  const at = { packets: 0, bytes: 0 };
  expression(w, 'counter', () => {
    w.u64(NFTA_COUNTER.BYTES, 0);
    at.bytes = w.at - 8;
    w.u64(NFTA_COUNTER.PACKETS, 0);
    at.packets = w.at - 8;
  });
  return at;
});

export class RuleEncoder {
  private readonly shape: Shape;
  private readonly output = new Output();
  private readonly head: HeadEncoder;
  private readonly standard = new StandardEncoder();
  private readonly matches: ElementEncoder;
  private readonly targets: ElementEncoder;
  /** How many expressions there were behind the head, and behind each match. */
  private readonly ends: number[] = [];

  constructor(family: Family) {
    this.shape = SHAPES[family];
    this.head = new HeadEncoder(this.shape);
    this.matches = new ElementEncoder('match', nativeMatches(family));
    this.targets = new ElementEncoder('target', nativeTargets(family));
  }

  /** Writes NFTA_RULE_EXPRESSIONS, NFTA_RULE_COMPAT (and, if there is some, NFTA_RULE_USERDATA) of the entry at an offset. Throws a Refusal. */
  write(writer: MessageWriter, entries: Block, at: number): void {
    const { shape, output, ends } = this;
    const { bytes, view } = entries;
    const target = this.check(entries, at);
    const first = at + shape.size;
    if (first < target && isOpaque(entries, first)) return putOpaque(writer, shape, entries, at, target);
    const protocol = view.getUint16(at + shape.proto, LITTLE);
    const inverted = (bytes[at + shape.invflags]! & INV.PROTO) !== 0;
    const list = writer.nest(NFTA_RULE.EXPRESSIONS);
    output.begin(writer);
    this.head.put(output, entries, at);
    ends.length = 0;
    ends.push(output.count);
    for (let i = first; i < target; i += view.getUint16(i, LITTLE)) {
      this.matches.put(output, entries, i, inverted ? 0 : protocol);
      ends.push(output.count);
    }
    this.putCounter(entries, at + shape.counters);
    if (bytes[target + REVISION_AT] !== STANDARD_REVISION) this.targets.put(output, entries, target, protocol);
    else this.standard.put(output, entries, target, (bytes[at + shape.flags]! & shape.gotoFlag) !== 0);
    if (writer.at - list > NLA_MAX)
      throw onlyLegacy(E2BIG, 'nf_tables takes at most 65535 bytes of expressions in a rule');
    writer.close(list);
    const compat = writer.nest(NFTA_RULE.COMPAT);
    writer.u32(NFTA_RULE_COMPAT.PROTO, protocol);
    writer.u32(NFTA_RULE_COMPAT.FLAGS, inverted ? NFT_RULE_COMPAT_F.INV : 0);
    writer.close(compat);
  }

  /** Whose expression one is, of the rule that was written last: a match, the target, or the head's. */
  elementOf(index: number): number | 'target' | undefined {
    const match = this.ends.findIndex((end) => index < end);
    return match < 0 ? 'target' : match === 0 ? undefined : match - 1;
  }

  /** Gives where the target is. Behind this every size and offset can be believed. */
  private check({ bytes, view }: Block, at: number): number {
    const { shape } = this;
    const size = at + shape.size + ELEMENT_HEADER <= bytes.length ? view.getUint16(at + shape.nextOffset, LITTLE) : 0;
    const target = size === 0 ? 0 : view.getUint16(at + shape.targetOffset, LITTLE);
    if (at + size > bytes.length || target < shape.size || (target & 7) !== 0) throw malformed();
    for (let i = shape.size; ; ) {
      const length = i + ELEMENT_HEADER <= size ? view.getUint16(at + i, LITTLE) : 0;
      const end = i === target ? size : target;
      if (length < ELEMENT_HEADER || (length & 7) !== 0 || i + length > end) throw malformed();
      if (i === target) {
        if (i + length !== size) throw malformed();
        return at + target;
      }
      i += length;
    }
  }

  private putCounter(entries: Block, at: number): void {
    const start = this.output.put(COUNTER);
    this.putNumber(entries, at, start + COUNTER.at.packets);
    this.putNumber(entries, at + 8, start + COUNTER.at.bytes);
  }
  /** One of 64 bits, in the byte order of the network. */
  private putNumber({ view }: Block, from: number, to: number): void {
    this.output.patch32(to, view.getUint32(LITTLE ? from + 4 : from, LITTLE));
    this.output.patch32(to + 4, view.getUint32(LITTLE ? from : from + 4, LITTLE));
  }
}
