/** The kernel's side of an extension: a C struct, transcribed member for member. */
import { Mismatch } from '../errors';
import { LITTLE } from '../net/endian';
import { decodeText, encodeText, isLine, writeText } from '../net/text';
import type { Kernel } from './kernel';

/** The bytes that a struct is laid over, and what reading and writing them may need to know. */
export class Memory {
  readonly view: DataView;
  /** The same bytes; its latin1Slice makes the fastest keys (@types/node doesn't declare it). */
  readonly buffer: Buffer & { latin1Slice(start: number, end: number): string };
  constructor(
    readonly bytes: Uint8Array,
    /** Where the struct begins. */
    public at: number,
    readonly kernel: Kernel,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Memory['buffer'];
  }
  get family(): 'ipv4' | 'ipv6' {
    return this.kernel.family;
  }
  /** The same bytes, four at a time: the fastest to compare. Undefined if they don't begin at a multiple of four. */
  get words(): Int32Array | undefined {
    if (this.asWords) return this.asWords;
    const { buffer, byteOffset, byteLength } = this.bytes;
    if (byteOffset % 4 === 0) this.asWords = new Int32Array(buffer, byteOffset, byteLength >> 2);
    return this.asWords;
  }
  private asWords: Int32Array | undefined;
}

/** A C type: how large it is, how it is aligned, how it is read and written. */
export interface CType<T> {
  readonly size: number;
  readonly align: number;
  read(m: Memory, at: number): T;
  write(m: Memory, at: number, value: T): void;
  /** What shows behind a shorter text. */
  readonly beneath?: Uint8Array;
}

/** A place in memory that holds a `T`. Options are built from places, never from names. */
export interface Place<T> {
  read(m: Memory): T;
  write(m: Memory, value: T): void;
}

/** A struct member: a place that knows its offset. */
export class Member<T> implements Place<T> {
  constructor(
    readonly offset: number,
    readonly type: CType<T>,
  ) {}
  read(m: Memory): T {
    return this.type.read(m, m.at + this.offset);
  }
  write(m: Memory, value: T): void {
    this.type.write(m, m.at + this.offset, value);
  }
}

/** Whether these bits of a number are set, all of them: `bit(s.flags, XT_RPFILTER_LOOSE)`. */
export const bit = (word: Place<number>, bits: number): Place<boolean> => ({
  read: (m) => (word.read(m) & bits) >>> 0 === bits,
  write: (m, on) => word.write(m, (on ? word.read(m) | bits : word.read(m) & ~bits) >>> 0),
});

/** A truth that C keeps in a number, as in `__u8 invert`: anything but 0. */
export const boolean = (place: Place<number>): Place<boolean> => ({
  read: (m) => place.read(m) !== 0,
  write: (m, on) => place.write(m, on ? 1 : 0),
});

/** The part of a number under a mask of adjacent bits, as a number of its own: a C bit field, or one of several flags. */
export const bits = (word: Place<number>, mask: number): Place<number> => {
  const low = 31 - Math.clz32(mask & -mask);
  const ones = mask >>> low;
  return {
    read: (m) => (word.read(m) >>> low) & ones,
    write(m, value) {
      if (!Number.isInteger(value) || value < 0 || value > ones)
        throw new Mismatch(`an integer from 0 to ${ones}`, value);
      word.write(m, ((word.read(m) & ~mask) | (value << low)) >>> 0);
    },
  };
};

/** Does the place hold this value? Written by making it so. */
export const is = <T>(place: Place<T>, value: T): Place<boolean> => ({
  read: (m) => place.read(m) === value,
  write: (m, holds) => {
    if (holds) place.write(m, value);
  },
});

/** All at once: true if all are, written to all. */
export const both = (...places: readonly Place<boolean>[]): Place<boolean> => ({
  read: (m) => places.every((p) => p.read(m)),
  write: (m, on) => {
    for (const p of places) p.write(m, on);
  },
});

/** Does one of them hold? Nothing to write: whoever writes the value makes it so. */
export const either = (...places: readonly Place<boolean>[]): Place<boolean> => ({
  read: (m) => places.some((p) => p.read(m)),
  write: () => {},
});

/** The opposite of a condition. */
export const inverse = (place: Place<boolean>): Place<boolean> => ({
  read: (m) => !place.read(m),
  write: (m, on) => place.write(m, !on),
});

/** Is the place anything but this value? Nothing to write: whoever writes the value makes it so. */
export const differs = <T>(place: Place<T>, value: T): Place<boolean> => ({
  read: (m) => place.read(m) !== value,
  write: () => {},
});

export { LITTLE };

/** The largest value of an unsigned type of that many bytes. */
export const maxOf = (size: number): number => 2 ** (8 * size) - 1;

type Get = (view: DataView, at: number, little: boolean) => number;
type Set = (view: DataView, at: number, value: number, little: boolean) => void;
/** Spelled out, so that each call has one target and can be inlined. */
const ACCESS: Readonly<Record<'u1' | 'u2' | 'u4' | 's1' | 's2' | 's4', readonly [Get, Set]>> = {
  u1: [(v, at) => v.getUint8(at), (v, at, n) => v.setUint8(at, n)],
  u2: [(v, at, little) => v.getUint16(at, little), (v, at, n, little) => v.setUint16(at, n, little)],
  u4: [(v, at, little) => v.getUint32(at, little), (v, at, n, little) => v.setUint32(at, n, little)],
  s1: [(v, at) => v.getInt8(at), (v, at, n) => v.setInt8(at, n)],
  s2: [(v, at, little) => v.getInt16(at, little), (v, at, n, little) => v.setInt16(at, n, little)],
  s4: [(v, at, little) => v.getInt32(at, little), (v, at, n, little) => v.setInt32(at, n, little)],
};

function integer(size: 1 | 2 | 4, little: boolean, signed = false): CType<number> {
  const low = signed ? -(2 ** (8 * size - 1)) : 0;
  const high = 2 ** (8 * size) - 1 + low;
  const [get, set] = ACCESS[`${signed ? 's' : 'u'}${size}`];
  return {
    size,
    align: size,
    read: (m, at) => get(m.view, at, little),
    write(m, at, value) {
      if (!Number.isInteger(value) || value < low || value > high)
        throw new Mismatch(`an integer from ${low} to ${high}`, value);
      set(m.view, at, value, little);
    },
  };
}
export const u8 = integer(1, LITTLE);
export const u16 = integer(2, LITTLE);
export const u32 = integer(4, LITTLE);
export const s8 = integer(1, LITTLE, true);
export const s16 = integer(2, LITTLE, true);
export const s32 = integer(4, LITTLE, true);
/** `__be16` and `__be32`: in network order. */
export const be16 = integer(2, false);
export const be32 = integer(4, false);

function wide(align: number): CType<bigint> {
  return {
    size: 8,
    align,
    read: (m, at) => m.view.getBigUint64(at, LITTLE),
    write(m, at, value) {
      if (typeof value !== 'bigint' || value < 0n || value >= 1n << 64n)
        throw new Mismatch('an integer from 0 to 18446744073709551615', value);
      m.view.setBigUint64(at, value, LITTLE);
    },
  };
}
/** `__u64`, `__aligned_u64`, and `unsigned long` on the 64-bit kernels that are supported. */
export const u64 = wide(8);
export const ulong = u64;

/** Plain bytes; shorter values leave the rest zero. */
export const bytes = (size: number, align = 1): CType<Uint8Array> => ({
  size,
  align,
  read: (m, at) => m.bytes.slice(at, at + size),
  write(m, at, value) {
    if (value.length > size) throw new Mismatch(`at most ${size} bytes`, `${value.length} bytes`);
    m.bytes.fill(0, at, at + size).set(value, at);
  },
});
export const pointer = bytes(8, 8);
/** `union nf_inet_addr`: 16 bytes, of which an IPv4 rule uses the first four. */
export const inetAddr = bytes(16, 4);
export const inAddr = bytes(4, 4);
export const in6Addr = bytes(16, 4);

/**
 * `char name[size]`: text that ends at the first zero byte, and can stand in a line of a saved file. `full`: the last byte may be used too. `beneath`: what
 * libxtables writes first, whose end shows behind a shorter text.
 */
export const chars = (size: number, full = false, beneath = ''): CType<string> => ({
  size,
  align: 1,
  ...(beneath === '' ? {} : { beneath: encodeText(beneath) }),
  read: (m, at) => decodeText(m.bytes, at, at + size),
  write(m, at, value) {
    // One that is in the kernel all the same makes its element opaque.
    if (typeof value !== 'string' || !isLine(value)) throw new Mismatch('a text without control characters', value);
    m.bytes.fill(0, at, at + size);
    if (beneath !== '') writeText(beneath, m.bytes, at, size);
    if (!writeText(value, m.bytes, at, full ? size : size - 1))
      throw new Mismatch(`at most ${full ? size : size - 1} bytes of text`, value);
    if (beneath !== '') m.bytes[at + encodeText(value).length] = 0;
  },
});

export function array<T>(type: CType<T>, length: number): ArrayType<T> {
  return {
    of: type,
    size: type.size * length,
    align: type.align,
    read: (m, at) => Array.from({ length }, (_, i) => type.read(m, at + i * type.size)),
    write(m, at, values) {
      if (values.length > length) throw new Mismatch(`at most ${length} elements`, values.length);
      for (let i = 0; i < values.length; i++) type.write(m, at + i * type.size, values[i]!);
    },
  };
}

/** One element of an array member, as a place of its own. */
export const element = <T>(member: Member<T[]>, index: number): Member<T> => {
  const type = (member.type as ArrayType<T>).of;
  return new Member(member.offset + index * type.size, type);
};
export interface ArrayType<T> extends CType<T[]> {
  readonly of: CType<T>;
}

// biome-ignore lint/suspicious/noExplicitAny: a field may have any C type
type Fields = Readonly<Record<string, CType<any> | Layout<any> | Layout<any>[]>>;
type MemberOf<F> = F extends readonly Layout<infer G>[]
  ? readonly Members<G>[]
  : F extends Layout<infer G>
    ? Members<G>
    : F extends CType<infer T>
      ? Member<T>
      : never;
export type Members<F> = { readonly [K in keyof F]: MemberOf<F[K]> };

/** A laid-out struct: its members by their C names; `$` and what follows is not the kernel's. */
export interface Layout<F> {
  readonly $name: string;
  readonly $size: number;
  readonly $align: number;
  /** What iptables compares: the bytes before the kernel's own. */
  readonly $userspaceSize: number;
  /** Every member that isn't a struct itself, with its path, for comparison with the compiler. */
  readonly $offsets: ReadonlyMap<string, number>;
  /** The members as if the struct began at an offset. */
  $at(offset: number): Members<F>;
}
export type Struct<F> = Members<F> & Layout<F>;
/** The members alone, for options that several revisions share. */
export type MembersOf<S> = S extends Layout<infer F> ? Members<F> : never;

const alignUp = (n: number, to: number) => Math.ceil(n / to) * to;

/**
 * Lays out a C struct. A field is a C type, another struct, or an array of structs (`repeat`); one named '' is anonymous in C.
 * The members of `kernelOnly` belong to the kernel: written as zero, never compared, and no option can name them.
 */
export function struct<F extends Fields>(name: string, fields: F, kernelOnly: Fields = {}): Struct<F> {
  const offsets = new Map<string, number>();
  let end = 0;
  let align = 1;
  const place = (key: string, field: Fields[string]): number => {
    const one = Array.isArray(field) ? field[0]! : field;
    const [size, alignment] = '$size' in one ? [one.$size, one.$align] : [one.size, one.align];
    const offset = alignUp(end, alignment);
    align = Math.max(align, alignment);
    end = offset + size * (Array.isArray(field) ? field.length : 1);
    const path = key === '' ? '' : `${key}${Array.isArray(field) ? '[0]' : ''}.`;
    if ('$size' in one) for (const [inner, at] of one.$offsets) offsets.set(path + inner, offset + at);
    else offsets.set(key, offset);
    return offset;
  };
  const placed = Object.entries(fields).map(([key, field]) => [key, field, place(key, field)] as const);
  let userspaceSize: number | undefined;
  for (const [key, field] of Object.entries(kernelOnly)) {
    const offset = place(key, field);
    userspaceSize ??= offset;
  }
  const size = alignUp(end, align);
  const at = (base: number): Members<F> =>
    Object.fromEntries(
      placed.map(([key, field, offset]) => [
        key,
        Array.isArray(field)
          ? field.map((layout, i) => layout.$at(base + offset + i * layout.$size))
          : '$at' in field
            ? field.$at(base + offset)
            : new Member(base + offset, field),
      ]),
    ) as Members<F>;
  const layout: Layout<F> = {
    $name: name,
    $size: size,
    $align: align,
    $userspaceSize: userspaceSize ?? size,
    $offsets: offsets,
    $at: at,
  };
  return { ...at(0), ...layout };
}

/** `struct s name[length]` */
export const repeat = <F>(layout: Layout<F>, length: number): Layout<F>[] => new Array<Layout<F>>(length).fill(layout);

/** `union`: all members at the same place. */
export function union<F extends Fields>(fields: F): Layout<F> {
  const parts = Object.entries(fields).map(([key, field]) => [key, struct('', { [key]: field })] as const);
  const align = Math.max(...parts.map(([, s]) => s.$align));
  const size = alignUp(Math.max(...parts.map(([, s]) => s.$size)), align);
  return {
    $name: '',
    $size: size,
    $align: align,
    $userspaceSize: size,
    $offsets: new Map(parts.flatMap(([, s]) => [...s.$offsets])),
    $at: (offset) => Object.assign({}, ...parts.map(([, s]) => s.$at(offset))) as Members<F>,
  };
}
