/** Writes messages of nfnetlink: `struct nlmsghdr`, `struct nfgenmsg`, attributes. */
import { Block } from '../net/block';
import { LITTLE } from '../net/endian';
import { encodeText } from '../net/text';
import { aligned, Malformed, NLA_HDRLEN } from './attributes';
import { NLA_F, NLM_F } from './constants';
import { NFGENMSG_SIZE, NLMSG_HDRLEN } from './messages';

/** The longest attribute: its length has 16 bits. */
export const NLA_MAX = 0xffff;
/** No message is longer: few of its attributes may be as long as they can be. */
const MESSAGE_MAX = 192 << 10;
/** What is sent in one goes into pieces of this size, behind a smaller first one. */
const PIECE = 4 << 20;
const FIRST_PIECE = 2 * MESSAGE_MAX;
/** Of those that somebody takes, so that the same memory is written again. */
const TAKEN_PIECE = 1 << 20;

/**
 * Messages in pieces, each of whole messages. Attributes are written where `at` is; a place behind the end of a piece is
 * written to no avail, and close() and end() throw.
 */
export class MessageWriter {
  bytes!: Uint8Array;
  view!: DataView;
  words!: Int32Array;
  at = 0;
  /** Messages so far. */
  count = 0;
  private message = 0;
  private readonly longest: number;
  private readonly full: Uint8Array[] = [];

  constructor(
    /** The sequence number of the next message. */
    public sequence = 1,
    /** Of the first piece; no message may be longer than half of it. */
    size = FIRST_PIECE,
    /** Takes what has been written, where there is much of it: pieces() has then what has come since alone. */
    public take?: ((piece: Uint8Array) => void) | undefined,
  ) {
    this.longest = Math.min(MESSAGE_MAX, size >> 1);
    this.use(new Uint8Array(size));
  }

  /** What has been written, message for message; valid until reset(). */
  get pieces(): Uint8Array[] {
    return [...this.full, this.bytes.subarray(0, this.at)];
  }
  /** Begins again, in the same memory as far as it isn't too much to keep. */
  reset(): void {
    const [first] = this.full.splice(0);
    if (first !== undefined) this.use(new Uint8Array(first.buffer));
    this.at = this.count = 0;
  }

  /** Begins a message, and gives its sequence number. NLM_F_REQUEST goes without saying. */
  begin(type: number, flags: number, family: number, resource = 0): number {
    if (this.bytes.length - this.at < this.longest) this.nextPiece();
    const { view, at } = this;
    this.message = at;
    view.setUint16(at + 4, type, LITTLE);
    view.setUint16(at + 6, NLM_F.REQUEST | flags, LITTLE);
    view.setUint32(at + 8, this.sequence, LITTLE);
    view.setUint32(at + 12, 0, LITTLE);
    view.setUint32(at + NLMSG_HDRLEN, family << 24); // version 0
    view.setUint16(at + NLMSG_HDRLEN + 2, resource);
    this.at = at + NLMSG_HDRLEN + NFGENMSG_SIZE;
    this.count++;
    return this.sequence++;
  }
  end(): void {
    if (this.at > this.bytes.length) throw new Malformed('a message longer than any');
    this.view.setUint32(this.message, this.at - this.message, LITTLE);
  }

  /** Forgets the message that was begun. */
  drop(): void {
    this.at = this.message;
    this.count--;
  }

  // Numbers go in the byte order of the network.
  u8(type: number, value: number): void {
    this.head(type, 1);
    this.view.setUint32(this.at, (value << 24) >>> 0);
    this.at += 4;
  }
  u16(type: number, value: number): void {
    this.head(type, 2);
    this.view.setUint32(this.at, (value << 16) >>> 0);
    this.at += 4;
  }
  u32(type: number, value: number): void {
    this.head(type, 4);
    this.view.setUint32(this.at, value);
    this.at += 4;
  }
  /** Such as don't go beyond 53 bits. */
  u64(type: number, value: number): void {
    this.head(type, 8);
    this.view.setUint32(this.at, Math.floor(value / 0x1_0000_0000));
    this.view.setUint32(this.at + 4, value >>> 0);
    this.at += 8;
  }
  bigU64(type: number, value: bigint): void {
    this.head(type, 8);
    this.view.setBigUint64(this.at, value);
    this.at += 8;
  }
  /** With a zero behind it. */
  text(type: number, value: string): void {
    const bytes = encodeText(value);
    this.head(type, bytes.length + 1);
    this.bytes.set(bytes, this.at);
    const end = this.at + aligned(bytes.length + 1);
    this.bytes.fill(0, this.at + bytes.length, end);
    this.at = end;
  }
  data(type: number, value: Uint8Array): void {
    this.head(type, value.length);
    this.put(value);
  }
  /** Begins a nest; close() takes what it gives. */
  nest(type: number): number {
    const start = this.at;
    this.view.setUint16(start + 2, type | NLA_F.NESTED, LITTLE);
    this.at = start + NLA_HDRLEN;
    return start;
  }
  close(nest: number): void {
    const length = this.at - nest;
    if (length > NLA_MAX) throw new Malformed(`an attribute of ${length} bytes`);
    this.view.setUint16(nest, length, LITTLE);
  }
  /** Bytes as they are, and zeros up to a multiple of four. */
  put(value: Uint8Array): void {
    const { bytes, at } = this;
    if (at + value.length > bytes.length) throw new Malformed('a message longer than any');
    bytes.set(value, at);
    this.at = at + aligned(value.length);
    bytes.fill(0, at + value.length, this.at);
  }

  private head(type: number, size: number): void {
    const length = NLA_HDRLEN + size;
    if (length > NLA_MAX) throw new Malformed(`an attribute of ${length} bytes`);
    this.view.setUint16(this.at, length, LITTLE);
    this.view.setUint16(this.at + 2, type, LITTLE);
    this.at += NLA_HDRLEN;
  }

  private nextPiece(): void {
    if (this.take) {
      this.take(this.bytes.subarray(0, this.at));
      if (this.bytes.length < TAKEN_PIECE) this.use(new Uint8Array(TAKEN_PIECE));
      this.at = 0;
      return;
    }
    this.full.push(this.bytes.subarray(0, this.at));
    this.use(new Uint8Array(PIECE));
    this.at = 0;
  }
  private use(bytes: Uint8Array): void {
    ({ bytes: this.bytes, view: this.view, words: this.words } = new Block(bytes));
  }
}
