/** What DELETE, CHECK and EXPECT_AT look for: an entry under a mask, and other forms of its matches and its target. */

import { constants } from 'node:os';
import { ELEMENT_HEADER, NAME_AT, NAME_SIZE, type Shape } from '../../rule/layout';
import { type Entry, nameAt, u16, u32 } from './entry';
import { failure } from './failure';

/** A match or a target, and the bits in which a rule's has to equal it. */
interface Element {
  readonly bytes: Uint8Array;
  readonly bits: Uint8Array;
}

const ALIGN = 8;
const malformed = () => failure('edit', constants.errno.EINVAL, 'The program is malformed');

export class RulePattern {
  private readonly head: Element;
  /** Its matches and its target, each in all its forms. */
  private readonly elements: Element[][] = [];

  constructor(
    private readonly layout: Shape,
    { bytes, target, standard }: Entry,
    bits: Uint8Array,
    alternatives: Uint8Array,
  ) {
    const { size, targetOffset, nextOffset } = layout;
    // Sizes are compared element by element.
    bits.fill(0, targetOffset, nextOffset + 2);
    this.head = { bytes: bytes.subarray(0, size), bits: bits.subarray(0, size) };
    for (let at = size; at < bytes.length; ) {
      const end = at === target ? bytes.length : at + u16(bytes, at);
      this.elements.push([{ bytes: bytes.subarray(at, end), bits: bits.subarray(at, end) }]);
      at = end;
    }
    for (let at = 0; at < alternatives.length; ) {
      if (at + 8 > alternatives.length) throw malformed();
      const forms = this.elements[u32(alternatives, at)];
      const form = formOf(alternatives, at + 8, u32(alternatives, at + 4));
      if (!forms) throw malformed();
      // Of a jump there is no other form: the chain of that name may have come since.
      if (!(standard && forms === this.elements[this.elements.length - 1])) forms.push(form);
      at += 8 + 2 * form.bytes.length;
    }
  }

  fits(rule: Uint8Array, at: number): boolean {
    if (!equal(this.head, rule, at)) return false;
    const target = at + u16(rule, at + this.layout.targetOffset);
    const end = at + u16(rule, at + this.layout.nextOffset);
    let from = at + this.layout.size;
    for (const [i, forms] of this.elements.entries()) {
      const last = i === this.elements.length - 1;
      if (last !== (from === target)) return false;
      const behind = last ? end : from + u16(rule, from);
      if (!forms.some((form) => form.bytes.length === behind - from && equal(form, rule, from))) return false;
      from = behind;
    }
    return true;
  }
}

function formOf(operands: Uint8Array, at: number, size: number): Element {
  if (size < ELEMENT_HEADER || size % ALIGN !== 0 || at + 2 * size > operands.length) throw malformed();
  const bytes = Uint8Array.from(operands.subarray(at, at + size));
  const name = nameAt(bytes, NAME_AT, NAME_SIZE);
  if (name === undefined || u16(bytes, 0) !== size) throw malformed();
  const bits = Uint8Array.from(operands.subarray(at + size, at + 2 * size));
  bits.fill(0xff, 0, NAME_AT + name.length + 1).fill(0, NAME_AT + name.length + 1, NAME_AT + NAME_SIZE);
  return { bytes, bits };
}

function equal({ bytes, bits }: Element, rule: Uint8Array, at: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (((rule[at + i]! ^ bytes[i]!) & bits[i]!) !== 0) return false;
  return true;
}
