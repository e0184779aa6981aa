/**
 * Attributes as they stand in a message: u16 length of the whole, u16 type, in the byte order of the machine, then the
 * value, then zeros up to a multiple of four. Read by cursors that go over them, so that no object is made of any.
 */
import { Block } from '../net/block';
import { LITTLE } from '../net/endian';
import { decodeText } from '../net/text';
import { NLA_F, NLA_TYPE_MASK } from './constants';

/** Where the next attribute or message begins. */
export const aligned = (size: number): number => (size + 3) & ~3;
/** An attribute's length and type, in front of its value. */
export const NLA_HDRLEN = 4;

/** Bytes that aren't what they should be, wherever they came from. */
export class Malformed extends Error {}

const NOTHING = new Block(new Uint8Array(0));

/**
 * Goes over attributes: `for (cursor.over(source, from, to); cursor.next(); ) …`. A cursor may be used again and again,
 * each level of nesting needs one of its own.
 */
export class Cursor {
  /** Of the attribute that next() has come to; without flags. */
  type = 0;
  /** Where its value begins and ends. */
  start = 0;
  end = 0;
  private bytes: Uint8Array = NOTHING.bytes;
  private view: DataView = NOTHING.view;
  private words: Int32Array = NOTHING.words;
  private following = 0;
  private limit = 0;

  /** From a multiple of four on. */
  over({ bytes, view, words }: Block, from: number, to: number): this {
    this.bytes = bytes;
    this.view = view;
    this.words = words;
    this.following = from;
    this.limit = to;
    return this;
  }
  /** What is inside of the attribute that another cursor has come to. */
  inside(outer: Cursor): this {
    this.bytes = outer.bytes;
    this.view = outer.view;
    this.words = outer.words;
    this.following = outer.start;
    this.limit = outer.end;
    return this;
  }
  /** Comes to the next attribute, if there is one. */
  next(): boolean {
    const at = this.following;
    const left = this.limit - at;
    if (left < NLA_HDRLEN) {
      if (left > 0) throw new Malformed(`${left} bytes behind the last attribute`);
      return false;
    }
    const head = this.words[at >> 2]!;
    const length = LITTLE ? head & 0xffff : head >>> 16;
    if (length < NLA_HDRLEN || length > left) throw new Malformed(`an attribute of ${length} bytes in ${left}`);
    this.type = (LITTLE ? head >>> 16 : head & 0xffff) & NLA_TYPE_MASK;
    this.start = at + NLA_HDRLEN;
    this.end = at + length;
    this.following = at + aligned(length);
    return true;
  }
  /** The same; whether that one is of a type. */
  comesTo(type: number): boolean {
    return this.next() && this.type === type;
  }
  /** The size of the value. */
  get size(): number {
    return this.end - this.start;
  }

  // Values as they are in the byte order of the network.
  u8(): number {
    this.expect(1);
    return this.bytes[this.start]!;
  }
  u16(): number {
    this.expect(2);
    return this.view.getUint16(this.start);
  }
  u32(): number {
    this.expect(4);
    return this.view.getUint32(this.start);
  }
  /** Such as don't go beyond 53 bits: handles, rates. */
  u64(): number {
    this.expect(8);
    return this.view.getUint32(this.start) * 0x1_0000_0000 + this.view.getUint32(this.start + 4);
  }
  bigU64(): bigint {
    this.expect(8);
    return this.view.getBigUint64(this.start);
  }
  /** Up to the zero, if there is one. */
  text(): string {
    return decodeText(this.bytes, this.start, this.end);
  }

  /** Throws unless so many bytes are there. */
  expect(size: number): void {
    if (this.end - this.start < size) throw new Malformed(`${this.end - this.start} bytes instead of ${size}`);
  }
}

/** An attribute on the way to a place in a message: its type, and the how manieth it is among its siblings (0-based). */
export interface Step {
  readonly type: number;
  readonly index: number;
}

/**
 * The attributes around an offset, from the outermost to the one that begins there or contains it: what an error's
 * offset blames. Only what is marked as nested is looked into.
 */
export function pathTo(source: Block, from: number, to: number, offset: number): Step[] {
  const path: Step[] = [];
  const cursor = new Cursor().over(source, from, to);
  for (let index = 0; cursor.next(); index++) {
    const begins = cursor.start - NLA_HDRLEN;
    if (offset < begins || offset >= cursor.end) continue;
    path.push({ type: cursor.type, index });
    const nested = (source.view.getUint16(begins + 2, LITTLE) & NLA_F.NESTED) !== 0;
    if (offset === begins || !nested) break;
    cursor.over(source, cursor.start, cursor.end);
    index = -1;
  }
  return path;
}
