/** Entries as bytes: where they have what, whether they are well formed, and whether one fits another. */
import { constants } from 'node:os';
import { LITTLE } from '../../net/endian';
import {
  ELEMENT_HEADER,
  IFNAMSIZ,
  NAME_AT,
  NAME_SIZE,
  REVISION_AT,
  type Shape,
  STANDARD_REVISION,
  STANDARD_SIZE,
} from '../../rule/layout';
import { VERDICTS } from '../../rule/rule';
import { failure } from './failure';

export { LITTLE };

/** Of struct _xt_align. */
const ALIGN = 8;

export const u16 = LITTLE
  ? (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8)
  : (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;
export const u32 = LITTLE
  ? (b: Uint8Array, at: number): number => (u16(b, at) | (u16(b, at + 2) << 16)) >>> 0
  : (b: Uint8Array, at: number): number => ((u16(b, at) << 16) | u16(b, at + 2)) >>> 0;

/** The bytes before the first zero, one character each; undefined if there is no zero among `size` bytes. */
export function nameAt(b: Uint8Array, at: number, size: number): string | undefined {
  let name = '';
  for (let i = at; i < at + size; i++) {
    if (b[i] === 0) return name;
    name += String.fromCharCode(b[i]!);
  }
  return undefined;
}

/** An entry of a program that has been checked. */
export interface Entry {
  readonly bytes: Buffer;
  readonly target: number;
  readonly standard: boolean;
  /** The target's. */
  readonly name: string;
}

const malformed = (reason: string) => failure('edit', constants.errno.EINVAL, reason);

/** A copy of an entry, without what says nothing. Every size and offset in it can be believed afterwards. */
export function loadEntry(layout: Shape, given: Uint8Array): Entry {
  const size = given.length;
  if (size < layout.size + ELEMENT_HEADER || size > 0xffff) throw malformed("The entry's size is wrong");
  const bytes = Buffer.from(given);
  if (u16(bytes, layout.nextOffset) !== size || size % ALIGN !== 0) {
    throw malformed("The entry's next_offset is wrong");
  }
  const target = u16(bytes, layout.targetOffset);
  if (target < layout.size || target % ALIGN !== 0 || target + ELEMENT_HEADER > size) {
    throw malformed("The entry's target_offset is wrong");
  }
  for (let at = layout.size; at < target; ) {
    if (at + ELEMENT_HEADER > target) throw malformed('A match is cut off');
    const matchSize = u16(bytes, at);
    if (matchSize < ELEMENT_HEADER || matchSize % ALIGN !== 0 || at + matchSize > target) {
      throw malformed("A match's size is wrong");
    }
    if (!nameAt(bytes, at + NAME_AT, NAME_SIZE)) throw malformed("A match's name is wrong");
    at += matchSize;
  }
  const entry = {
    bytes,
    target,
    standard: bytes[target + REVISION_AT] === STANDARD_REVISION,
    name: targetName(bytes, target),
  };
  bytes.fill(0, layout.comefrom, layout.comefrom + 4);
  bytes.fill(0, target + NAME_AT + entry.name.length, target + REVISION_AT);
  if (entry.standard) bytes.fill(0, target + ELEMENT_HEADER);
  return entry;
}

/** The entry with a jump to the chain of its target's name, whatever the target is. */
export function asJump(layout: Shape, { bytes, target, name }: Entry): Entry {
  if (target + STANDARD_SIZE > 0xffff) throw malformed("The entry's size is wrong");
  const jump = Buffer.alloc(target + STANDARD_SIZE);
  bytes.copy(jump, 0, 0, target + REVISION_AT);
  jump[target + REVISION_AT] = STANDARD_REVISION;
  const view = new DataView(jump.buffer, jump.byteOffset);
  view.setUint16(target, STANDARD_SIZE, LITTLE);
  view.setUint16(layout.nextOffset, jump.length, LITTLE);
  return { bytes: jump, target, standard: true, name };
}

/** Checks the target, too. */
function targetName(bytes: Buffer, target: number): string {
  const size = bytes.length - target;
  if (u16(bytes, target) !== size) throw malformed("The target's size is wrong");
  const name = nameAt(bytes, target + NAME_AT, NAME_SIZE);
  if (name === undefined) throw malformed("The target's name is wrong");
  if (bytes[target + REVISION_AT] === STANDARD_REVISION) {
    if (size !== STANDARD_SIZE || u32(bytes, target + ELEMENT_HEADER) !== 0) {
      throw malformed("A standard target's form is wrong");
    }
  } else if (name === '' || VERDICTS.has(name)) {
    throw malformed("A standard target's revision must be 255");
  } else if (name === 'ERROR') {
    throw malformed("This target marks a chain's beginning: no rule can have it");
  }
  return name;
}

/**
 * The bits in which a rule has to equal an entry, in libiptc's sense: its head is compared whole, its interfaces under
 * their own masks; names and sizes too; `mask` is for the revisions and the data of matches and of an extension target.
 * A chain's name isn't compared: rules keep the one that it had when they were made.
 */
export function comparedBits(layout: Shape, entry: Entry, isJump: boolean, mask: Uint8Array): Uint8Array {
  const { bytes, target, standard } = entry;
  const bits = new Uint8Array(bytes.length).fill(0xff, 0, layout.invflags + 1);
  const masks = layout.iniface + 2 * IFNAMSIZ;
  bits.set(bytes.subarray(masks, masks + 2 * IFNAMSIZ), layout.iniface);
  bits.fill(0xff, layout.targetOffset, layout.nextOffset + 2);

  let at = layout.size;
  for (; at < target; at += u16(bytes, at)) {
    bits.fill(0xff, at, bytes.indexOf(0, at + NAME_AT) + 1);
    bits.set(mask.subarray(at + REVISION_AT, at + u16(bytes, at)), at + REVISION_AT);
  }
  bits.fill(0xff, at, isJump ? at + NAME_AT : bytes.indexOf(0, at + NAME_AT) + 1);
  // A verdict that has no name differs from no target by its number alone.
  if (standard) bits.fill(0xff, at + REVISION_AT, at + ELEMENT_HEADER + 4);
  else bits.set(mask.subarray(at + REVISION_AT), at + REVISION_AT);
  return bits;
}
