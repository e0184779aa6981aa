/** Messages of protocol buffers, as far as etcd's need it: declared once, written and read. */

/** How a field's value lies in the bytes. Numbers are what JavaScript can count; identifiers are bigint. */
type Scalar = 'bytes' | 'text' | 'int' | 'id' | 'flag';
export type FieldType = Scalar | Message | readonly [Message];
/** By the fields' names: their numbers, and what they hold. */
export type Message = { readonly [name: string]: readonly [number: number, type: FieldType] };
type ValueOf<T> = T extends 'bytes'
  ? Uint8Array
  : T extends 'text'
    ? string
    : T extends 'int'
      ? number
      : T extends 'id'
        ? bigint
        : T extends 'flag'
          ? boolean
          : T extends readonly [infer M extends Message]
            ? readonly Read<M>[]
            : T extends Message
              ? Read<T> | undefined
              : never;
/** What is read: what isn't there is what it begins with. */
export type Read<M extends Message> = { readonly [K in keyof M]: ValueOf<M[K][1]> };
type GivenOf<T> = T extends readonly [infer M extends Message]
  ? readonly Given<M>[]
  : T extends Message
    ? Given<T>
    : ValueOf<T>;
/** What is written. */
export type Given<M extends Message> = { readonly [K in keyof M]?: GivenOf<M[K][1]> };

const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5];

export function write<M extends Message>(message: M, value: Given<M>): Buffer {
  const parts: Uint8Array[] = [];
  const put = (number: number, type: Scalar | Message, each: unknown): void => {
    const isNumber = type === 'int' || type === 'id' || type === 'flag';
    parts.push(varint(BigInt((number << 3) | (isNumber ? VARINT! : LENGTH!))));
    if (isNumber) return void parts.push(varint(BigInt(each as number)));
    const bytes =
      type === 'bytes'
        ? (each as Uint8Array)
        : type === 'text'
          ? Buffer.from(each as string)
          : write(type, each as object);
    parts.push(varint(BigInt(bytes.length)), bytes);
  };
  for (const [name, [number, type]] of Object.entries(message)) {
    const given = value[name] as unknown;
    if (given === undefined) continue;
    if (isList(type)) for (const each of given as readonly unknown[]) put(number, type[0], each);
    else put(number, type, given);
  }
  return Buffer.concat(parts);
}

export function read<M extends Message>(message: M, bytes: Uint8Array): Read<M> {
  const fields = Object.entries(message);
  const value: Record<string, unknown> = Object.fromEntries(fields.map(([name, [, type]]) => [name, beginning(type)]));
  const at = { bytes, at: 0 };
  while (at.at < bytes.length) {
    const tag = Number(varintAt(at));
    const [name, [, type]] = fields.find(([, [number]]) => number === tag >>> 3) ?? [undefined, [0, 'bytes']];
    const kind = tag & 7;
    if (kind === FIXED64 || kind === FIXED32) {
      at.at += kind === FIXED64 ? 8 : 4;
      continue; // no field here is of that kind
    }
    const number = varintAt(at);
    if (kind === VARINT) {
      if (name !== undefined) value[name] = numberOf(type, number);
      continue;
    }
    const end = at.at + Number(number);
    if (kind !== LENGTH || end > bytes.length) throw new Error('a message that ends too early');
    const inner = bytes.subarray(at.at, end);
    at.at = end;
    if (name === undefined) continue;
    if (isList(type)) (value[name] as unknown[]).push(read(type[0], inner));
    else
      value[name] =
        type === 'bytes' ? inner : type === 'text' ? Buffer.from(inner).toString() : read(type as Message, inner);
  }
  return value as Read<M>;
}

const isList = (type: FieldType): type is readonly [Message] => Array.isArray(type);

function beginning(type: FieldType): unknown {
  if (isList(type)) return [];
  return { bytes: new Uint8Array(0), text: '', int: 0, id: 0n, flag: false }[type as string];
}
const numberOf = (type: FieldType, number: bigint): unknown =>
  type === 'flag' ? number !== 0n : type === 'int' ? Number(BigInt.asIntN(64, number)) : number;

/** Seven bits a byte, the lowest first; negative ones are all of 64 bits. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left > 0n ? low | 0x80 : low);
  } while (left > 0n);
  return Uint8Array.from(bytes);
}
function varintAt(from: { readonly bytes: Uint8Array; at: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = from.bytes[from.at++];
    if (byte === undefined) throw new Error('a message that ends too early');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new Error('a number that does not end');
}
