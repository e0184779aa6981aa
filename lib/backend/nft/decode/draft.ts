/** An entry that is being made of a rule's expressions, where a snapshot has room for it. */

import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import {
  ELEMENT_HEADER,
  ENTRY_MAX,
  NAME_AT,
  NAME_SIZE,
  REVISION_AT,
  SHAPES,
  type Shape,
  STANDARD_REVISION,
  STANDARD_SIZE,
} from '../../../rule/layout';

export class Draft {
  readonly shape: Shape;
  bytes!: Uint8Array;
  view!: DataView;
  words!: Int32Array;
  /** Where the entry begins. */
  at = 0;
  /** Where it ends so far. */
  end = 0;
  /** Where its target begins, once it has one. */
  target = 0;

  constructor(family: Family) {
    this.shape = SHAPES[family];
  }

  /** There has to be room for the longest of entries. */
  begin({ bytes, view, words }: Block, at: number): void {
    this.bytes = bytes;
    this.view = view;
    this.words = words;
    this.at = at;
    this.end = at + this.shape.size;
    this.target = 0;
    this.clear(at, this.end);
  }

  /** Begins an element of zeros; gives where its data is, or 0 if there is no room for it. */
  element(name: Uint8Array, revision: number, size: number): number {
    const data = this.open(name, 0, name.length, revision, size);
    if (data !== 0) this.clear(data, this.end);
    return data;
  }
  /** The same, with a name among other bytes, and data behind a multiple of four. */
  copyElement(from: Block, name: number, nameEnd: number, revision: number, info: number, size: number): number {
    const data = this.open(from.bytes, name, nameEnd, revision, size);
    if (data === 0) return 0;
    const { words } = this;
    const whole = size & ~3;
    this.clear(data + whole, this.end);
    for (let i = info >> 2, j = data >> 2; i < (info + whole) >> 2; i++, j++) words[j] = from.words[i]!;
    for (let i = whole; i < size; i++) this.bytes[data + i] = from.bytes[info + i]!;
    return data;
  }

  private open(from: Uint8Array, name: number, nameEnd: number, revision: number, size: number): number {
    const { bytes, view, end: at } = this;
    const length = ELEMENT_HEADER + ((size + 7) & ~7);
    if (at + length - this.at > MOST || nameEnd - name >= NAME_SIZE) return 0;
    this.end = at + length;
    const data = at + ELEMENT_HEADER;
    this.clear(at, data);
    view.setUint16(at, length, LITTLE);
    for (let i = name, to = at + NAME_AT; i < nameEnd; i++, to++) bytes[to] = from[i]!;
    bytes[at + REVISION_AT] = revision;
    return data;
  }
  private clear(from: number, to: number): void {
    const { words } = this;
    for (let i = from >> 2; i < to >> 2; i++) words[i] = 0;
  }

  /** The entry's size. */
  finish(): number {
    const { view, at, shape } = this;
    if (this.target === 0) {
      this.target = this.end;
      this.element(NO_NAME, STANDARD_REVISION, STANDARD_SIZE - ELEMENT_HEADER);
    }
    view.setUint16(at + shape.targetOffset, this.target - at, LITTLE);
    view.setUint16(at + shape.nextOffset, this.end - at, LITTLE);
    return this.end - at;
  }

  flag(bit: number): void {
    this.bytes[this.at + this.shape.flags]! |= bit;
  }
  invert(bit: number): void {
    this.bytes[this.at + this.shape.invflags]! |= bit;
  }
}

const NO_NAME = new Uint8Array(0);
/** Without a standard target, which is always found a place. */
const MOST = ENTRY_MAX - STANDARD_SIZE;
