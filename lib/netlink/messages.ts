/** Messages as they are received: `struct nlmsghdr`, what it heads, then zeros up to a multiple of four. */
import { getSystemErrorMap } from 'node:util';
import { Block } from '../net/block';
import { LITTLE } from '../net/endian';
import { aligned, Cursor, Malformed } from './attributes';
import { NLM_F, NLMSG, NLMSGERR_ATTR } from './constants';

/** struct nlmsghdr: u32 length of the whole, u16 type, u16 flags, u32 sequence number, u32 port. */
export const NLMSG_HDRLEN = 16;
/** struct nfgenmsg, in front of nfnetlink's attributes: u8 family, u8 version, be16 resource. */
export const NFGENMSG_SIZE = 4;

/** Goes over the messages of an answer: `for (const m = new Messages(answer); m.next(); ) …`. */
export class Messages extends Block {
  /** Of the message that next() has come to. */
  type = 0;
  flags = 0;
  sequence = 0;
  port = 0;
  /** Where what is behind the header begins and ends. */
  start = 0;
  end = 0;
  private following = 0;

  constructor(answer: ArrayBuffer | Uint8Array) {
    super(answer instanceof Uint8Array ? answer : new Uint8Array(answer));
  }

  next(): boolean {
    const at = this.following;
    const left = this.bytes.length - at;
    if (left <= 0) return false;
    const length = left < NLMSG_HDRLEN ? 0 : this.view.getUint32(at, LITTLE);
    if (length < NLMSG_HDRLEN || length > left) throw new Malformed(`a message of ${length} bytes in ${left}`);
    this.type = this.view.getUint16(at + 4, LITTLE);
    this.flags = this.view.getUint16(at + 6, LITTLE);
    this.sequence = this.view.getUint32(at + 8, LITTLE);
    this.port = this.view.getUint32(at + 12, LITTLE);
    this.start = at + NLMSG_HDRLEN;
    this.end = at + length;
    this.following = at + aligned(length);
    return true;
  }

  /** The family in a message of nfnetlink (NFPROTO). */
  get family(): number {
    return this.bytes[this.start]!;
  }
  /** The attributes of a message of nfnetlink. */
  attributes(cursor: Cursor): Cursor {
    if (this.end - this.start < NFGENMSG_SIZE) throw new Malformed('a message without the header of nfnetlink');
    return cursor.over(this, this.start + NFGENMSG_SIZE, this.end);
  }
}

/** The kernel refused what it was asked for. */
export class NetlinkError extends Error {
  constructor(
    readonly errno: number,
    words?: string,
  ) {
    super(words ?? getSystemErrorMap().get(-errno)?.[1] ?? `errno ${errno}`);
  }
}

/** What the kernel said to a message of ours. */
export interface Reply {
  readonly sequence: number;
  /** 0: done as asked for. */
  readonly errno: number;
  /** Where in the message the attribute is that is to blame, where the kernel says so (NLMSGERR_ATTR_OFFS). */
  readonly offset?: number;
  /** The kernel's own words, where it has some (NLMSGERR_ATTR_MSG). */
  readonly words?: string;
}

/** The reply in an NLMSG_ERROR, or an NLMSG_DONE that tells how a dump ended. Undefined for all else. */
export function replyOf(message: Messages): Reply | undefined {
  const { type, flags, sequence, start, end, view } = message;
  if (type !== NLMSG.ERROR && type !== NLMSG.DONE) return undefined;
  if (end - start < 4) return { sequence, errno: 0 };
  const errno = 0 - view.getInt32(start, LITTLE); // never -0
  if ((flags & NLM_F.ACK_TLVS) === 0) return { sequence, errno };
  let at = start + 4;
  if (type === NLMSG.ERROR) {
    const headed = view.getUint32(at, LITTLE); // the message that it is about, or its header
    at += flags & NLM_F.CAPPED ? NLMSG_HDRLEN : aligned(headed);
  }
  let offset: number | undefined;
  let words: string | undefined;
  for (const cursor = new Cursor().over(message, at, end); cursor.next(); ) {
    if (cursor.type === NLMSGERR_ATTR.OFFS) offset = view.getUint32(cursor.start, LITTLE);
    else if (cursor.type === NLMSGERR_ATTR.MSG) words = cursor.text();
  }
  return { sequence, errno, ...(offset !== undefined && { offset }), ...(words !== undefined && { words }) };
}

/** All of an answer's replies. */
export function repliesIn(answer: ArrayBuffer | Uint8Array): Reply[] {
  const replies: Reply[] = [];
  for (const messages = new Messages(answer); messages.next(); ) {
    const reply = replyOf(messages);
    if (reply !== undefined) replies.push(reply);
  }
  return replies;
}
