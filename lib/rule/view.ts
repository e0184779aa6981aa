/** An entry, read in place. Where it has what, only this, layout.ts and those who write entries know. */
import { LITTLE, type Memory } from '../codec/struct';
import { decodeText } from '../net/text';
import { ELEMENT_HEADER, type Inv, NAME_AT, NAME_SIZE, REVISION_AT, type Shape, STANDARD_REVISION } from './layout';
import type { Counters } from './rule';

/** It is moved from one entry to the next: whoever reads entries has one of its own. */
export class EntryView {
  m!: Memory;
  /** Where the entry begins. */
  at = 0;

  constructor(readonly shape: Shape) {}

  on(m: Memory, at: number): this {
    this.m = m;
    this.at = at;
    return this;
  }

  /** Where its target begins; its matches end there. */
  get target(): number {
    return this.at + this.m.view.getUint16(this.at + this.shape.targetOffset, LITTLE);
  }
  /** Where it ends, and the next one begins. */
  get end(): number {
    return this.at + this.m.view.getUint16(this.at + this.shape.nextOffset, LITTLE);
  }
  /** `for (let i = view.matches, end = view.target; i < end; i = view.behind(i))` */
  get matches(): number {
    return this.at + this.shape.size;
  }
  /** Where a match or a target ends. */
  behind(element: number): number {
    return element + this.m.view.getUint16(element, LITTLE);
  }
  kernelName(element: number): string {
    return decodeText(this.m.bytes, element + NAME_AT, element + NAME_AT + NAME_SIZE);
  }

  /** The verdict or the chain that the target names, '' if there is none; undefined if it is an extension. */
  get jump(): string | undefined {
    return this.isJump ? this.kernelName(this.target) : undefined;
  }
  /** Whether the target is no extension. */
  get isJump(): boolean {
    return this.m.bytes[this.target + REVISION_AT] === STANDARD_REVISION;
  }
  /** A verdict that has no name: only other programs make such rules, and nothing can say them. */
  get isNamelessVerdict(): boolean {
    return this.jump === '' && this.m.view.getInt32(this.target + ELEMENT_HEADER, LITTLE) !== 0;
  }
  get isGoto(): boolean {
    return (this.flags & this.shape.gotoFlag) !== 0;
  }

  get protocol(): number {
    return this.m.view.getUint16(this.at + this.shape.proto, LITTLE);
  }
  get flags(): number {
    return this.m.bytes[this.at + this.shape.flags]!;
  }
  get invflags(): number {
    return this.m.bytes[this.at + this.shape.invflags]!;
  }
  /** Whether an option is negated. */
  not(inv: Inv): boolean {
    return (this.invflags & inv) !== 0;
  }
  get isFragment(): boolean {
    return (this.flags & this.shape.fragFlag) !== 0;
  }

  /** Whether the header's padding, or IPv6's traffic class, holds anything: no option says so. */
  get saysMore(): boolean {
    const { m, at, shape } = this;
    if (shape.family === 'ipv6' && m.bytes[at + shape.flags - 1] !== 0) return true;
    for (let i = at + shape.invflags + 1; i < at + shape.headSize; i++) if (m.bytes[i] !== 0) return true;
    return false;
  }

  get counters(): Counters {
    return { packets: this.packets, bytes: this.bytes };
  }
  get packets(): bigint {
    return this.m.view.getBigUint64(this.at + this.shape.counters, LITTLE);
  }
  get bytes(): bigint {
    return this.m.view.getBigUint64(this.at + this.shape.counters + 8, LITTLE);
  }

  // Where the header's other members begin.
  get src(): number {
    return this.at + this.shape.src;
  }
  get smsk(): number {
    return this.at + this.shape.smsk;
  }
  get dst(): number {
    return this.at + this.shape.dst;
  }
  get dmsk(): number {
    return this.at + this.shape.dmsk;
  }
  get iniface(): number {
    return this.at + this.shape.iniface;
  }
  get outiface(): number {
    return this.at + this.shape.outiface;
  }
  get inifaceMask(): number {
    return this.at + this.shape.iniface_mask;
  }
  get outifaceMask(): number {
    return this.at + this.shape.outiface_mask;
  }
}
