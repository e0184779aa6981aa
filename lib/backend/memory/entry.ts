/** Entries as bytes: where they have what, whether they are well formed, and whether one fits another. */
import { constants } from 'node:os';
import { LITTLE } from '../../net/endian';
import type { Family } from '../backend';
import { STANDARD_REVISION } from '../program';
import { failure } from './failure';

export { LITTLE };

/** Where a family's entry has what: `struct ipt_entry` and `struct ip6t_entry`. */
export interface Layout {
  readonly size: number;
  /** What is compared of struct ipt_ip or ip6t_ip6: all but the padding at its end. */
  readonly compared: number;
  /** Of the whole of it. */
  readonly head: number;
  /** iniface[16], outiface[16], iniface_mask[16], outiface_mask[16] */
  readonly interfaces: number;
  readonly flags: number;
  readonly invflags: number;
  readonly targetOffset: number;
  readonly nextOffset: number;
  readonly comefrom: number;
  readonly counters: number;
  readonly gotoFlag: number;
  /** IPT_F_MASK: what the kernel accepts. */
  readonly flagsMask: number;
}
export const LAYOUTS: Readonly<Record<Family, Layout>> = {
  ipv4: {
    size: 112,
    compared: 84,
    head: 84,
    interfaces: 16,
    flags: 82,
    invflags: 83,
    targetOffset: 88,
    nextOffset: 90,
    comefrom: 92,
    counters: 96,
    gotoFlag: 2,
    flagsMask: 0x03,
  },
  ipv6: {
    size: 168,
    compared: 133,
    head: 136,
    interfaces: 64,
    flags: 131,
    invflags: 132,
    targetOffset: 140,
    nextOffset: 142,
    comefrom: 144,
    counters: 152,
    gotoFlag: 4,
    flagsMask: 0x07,
  },
};
/** IPT_INV_MASK and IP6T_INV_MASK */
export const INVFLAGS_MASK = 0x7f;

// A match or a target: u16 size, name[29], u8 revision, data.
export const NAME = 2;
export const NAME_SIZE = 29;
export const REVISION = 31;
export const DATA = 32;
const STANDARD_SIZE = 40;
const IFNAMSIZ = 16;
/** Of struct _xt_align. */
const ALIGN = 8;

export const VERDICTS: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']);

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
export function loadEntry(layout: Layout, given: Uint8Array): Entry {
  const size = given.length;
  if (size < layout.size + DATA || size > 0xffff) throw malformed("The entry's size is wrong");
  const bytes = Buffer.from(given);
  if (u16(bytes, layout.nextOffset) !== size || size % ALIGN !== 0) {
    throw malformed("The entry's next_offset is wrong");
  }
  const target = u16(bytes, layout.targetOffset);
  if (target < layout.size || target % ALIGN !== 0 || target + DATA > size) {
    throw malformed("The entry's target_offset is wrong");
  }
  for (let at = layout.size; at < target; ) {
    if (at + DATA > target) throw malformed('A match is cut off');
    const matchSize = u16(bytes, at);
    if (matchSize < DATA || matchSize % ALIGN !== 0 || at + matchSize > target) {
      throw malformed("A match's size is wrong");
    }
    if (!nameAt(bytes, at + NAME, NAME_SIZE)) throw malformed("A match's name is wrong");
    at += matchSize;
  }
  const entry = {
    bytes,
    target,
    standard: bytes[target + REVISION] === STANDARD_REVISION,
    name: targetName(bytes, target),
  };
  bytes.fill(0, layout.comefrom, layout.comefrom + 4);
  bytes.fill(0, target + NAME + entry.name.length, target + REVISION);
  if (entry.standard) bytes.fill(0, target + DATA);
  return entry;
}

/** The entry with a jump to the chain of its target's name, whatever the target is. */
export function asJump(layout: Layout, { bytes, target, name }: Entry): Entry {
  if (target + STANDARD_SIZE > 0xffff) throw malformed("The entry's size is wrong");
  const jump = Buffer.alloc(target + STANDARD_SIZE);
  bytes.copy(jump, 0, 0, target + REVISION);
  jump[target + REVISION] = STANDARD_REVISION;
  const view = new DataView(jump.buffer, jump.byteOffset);
  view.setUint16(target, STANDARD_SIZE, LITTLE);
  view.setUint16(layout.nextOffset, jump.length, LITTLE);
  return { bytes: jump, target, standard: true, name };
}

/** Checks the target, too. */
function targetName(bytes: Buffer, target: number): string {
  const size = bytes.length - target;
  if (u16(bytes, target) !== size) throw malformed("The target's size is wrong");
  const name = nameAt(bytes, target + NAME, NAME_SIZE);
  if (name === undefined) throw malformed("The target's name is wrong");
  if (bytes[target + REVISION] === STANDARD_REVISION) {
    if (size !== STANDARD_SIZE || u32(bytes, target + DATA) !== 0) {
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
export function comparedBits(layout: Layout, entry: Entry, isJump: boolean, mask: Uint8Array): Uint8Array {
  const { bytes, target, standard } = entry;
  const bits = new Uint8Array(bytes.length).fill(0xff, 0, layout.compared);
  const masks = layout.interfaces + 2 * IFNAMSIZ;
  bits.set(bytes.subarray(masks, masks + 2 * IFNAMSIZ), layout.interfaces);
  bits.fill(0xff, layout.targetOffset, layout.nextOffset + 2);

  let at = layout.size;
  for (; at < target; at += u16(bytes, at)) {
    bits.fill(0xff, at, bytes.indexOf(0, at + NAME) + 1);
    bits.set(mask.subarray(at + REVISION, at + u16(bytes, at)), at + REVISION);
  }
  bits.fill(0xff, at, isJump ? at + NAME : bytes.indexOf(0, at + NAME) + 1);
  // A verdict that has no name differs from no target by its number alone.
  if (standard) bits.fill(0xff, at + REVISION, at + DATA + 4);
  else bits.set(mask.subarray(at + REVISION), at + REVISION);
  return bits;
}
