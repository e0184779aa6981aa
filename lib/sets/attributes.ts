/** The attributes of an element or a set's head, found once, read where they are asked for. */
import { formatIpv4, formatIpv6 } from '../net/address';
import type { Block } from '../net/block';
import { decodeText } from '../net/text';
import { Cursor, Malformed } from '../netlink/attributes';
import { NLA_F } from '../netlink/constants';
import type { MessageWriter } from '../netlink/writer';
import { IPSET_ATTR, IPSET_ATTR_IPADDR } from './constants';

/** Numbers and addresses say that they are in the network's order. */
export const NET = NLA_F.NET_BYTEORDER;
const TYPES = 32;

/** The bytes of one nest after another; read until the next one is. */
export class Attributes {
  private bytes: Uint8Array = new Uint8Array(0);
  private view!: DataView;
  private readonly starts = new Int32Array(TYPES);
  private readonly ends = new Int32Array(TYPES);
  /** In which nest each type was found last, counted from one on: so nothing has to be forgotten. */
  private readonly nests = new Uint32Array(TYPES);
  private nest = 0;
  private readonly cursor = new Cursor();

  /** Those that a cursor over a message goes over. */
  readFrom({ bytes, view }: Block, cursor: Cursor): this {
    this.bytes = bytes;
    this.view = view;
    this.nest++;
    while (cursor.next()) {
      const { type } = cursor;
      if (type >= TYPES) continue;
      this.starts[type] = cursor.start;
      this.ends[type] = cursor.end;
      this.nests[type] = this.nest;
    }
    return this;
  }
  /** Those inside of the attribute that a cursor has come to. */
  readInside(block: Block, outer: Cursor): this {
    return this.readFrom(block, this.cursor.inside(outer));
  }
  has(type: number): boolean {
    return this.nests[type] === this.nest;
  }
  private at(type: number, size: number): number {
    const start = this.starts[type]!;
    return this.has(type) && this.ends[type]! - start >= size ? start : -1;
  }
  /** 0 if it isn't there, as all numbers are. */
  u8(type: number): number {
    const at = this.at(type, 1);
    return at < 0 ? 0 : this.bytes[at]!;
  }
  u16(type: number): number {
    const at = this.at(type, 2);
    return at < 0 ? 0 : this.view.getUint16(at);
  }
  u32(type: number): number {
    const at = this.at(type, 4);
    return at < 0 ? 0 : this.view.getUint32(at);
  }
  u64(type: number): bigint {
    const at = this.at(type, 8);
    return at < 0 ? 0n : this.view.getBigUint64(at);
  }
  data(type: number): Uint8Array {
    return this.bytes.subarray(this.startOf(type), this.ends[type]!);
  }
  text(type: number): string {
    return decodeText(this.bytes, this.startOf(type), this.ends[type]!);
  }
  private startOf(type: number): number {
    if (!this.has(type)) throw new Malformed(`no attribute ${type} where one belongs`);
    return this.starts[type]!;
  }
  flag(bit: number): boolean {
    return ((this.u32(IPSET_ATTR.CADT_FLAGS) >>> bit) & 1) !== 0;
  }
  /** An address in words. It is a nest of one attribute: its length says of which family. */
  address(type: number): string {
    const start = this.startOf(type) + 4;
    return this.ends[type]! - start === 4 ? formatIpv4(this.bytes, start) : formatIpv6(this.bytes, start);
  }
}

export function writeAddress(writer: MessageWriter, type: number, address: Uint8Array): void {
  const nest = writer.nest(type);
  writer.data((address.length === 4 ? IPSET_ATTR_IPADDR.IPV4 : IPSET_ATTR_IPADDR.IPV6) | NET, address);
  writer.close(nest);
}
