/** Messages to ip_set, and its answers. */
import { LITTLE } from '../net/endian';
import { aligned, Cursor } from '../netlink/attributes';
import { NFNL_SUBSYS, NFPROTO, NLM_F, NLMSG } from '../netlink/constants';
import { Messages, NFGENMSG_SIZE, NLMSG_HDRLEN, type Reply, replyOf } from '../netlink/messages';
import { MessageWriter, NLA_MAX } from '../netlink/writer';
import { NET } from './attributes';
import { IPSET_ATTR as A, IPSET_CMD, IPSET_FLAG } from './constants';
import { type Given, type SetKind, writeElement } from './element';

/** An element takes no more: addresses, ports, a comment. */
const LONGEST_ELEMENT = 1024;
const MOST = NLA_MAX - LONGEST_ELEMENT;

export type Command = keyof typeof IPSET_CMD;

export class SetWriter extends MessageWriter {
  constructor(readonly protocol: number) {
    super();
  }
  /** Gives the message's sequence number. */
  command(command: Command, set?: string, flags = 0): number {
    const sequence = this.begin((NFNL_SUBSYS.IPSET << 8) | IPSET_CMD[command], NLM_F.ACK | flags, NFPROTO.IPV4);
    this.u8(A.PROTOCOL, this.protocol);
    if (set !== undefined) this.text(A.SETNAME, set);
    return sequence;
  }
  /** A list of all sets or one: with their elements, their heads, or their names alone. */
  list(what: 'all' | 'heads' | 'names', set?: string): number {
    const sequence = this.command('LIST', set, NLM_F.DUMP);
    if (what !== 'all') this.u32(A.FLAGS | NET, what === 'heads' ? IPSET_FLAG.LIST_HEADER : IPSET_FLAG.LIST_SETNAME);
    this.end();
    return sequence;
  }
  /** One element in a message of its own. */
  single(command: 'ADD' | 'DEL' | 'TEST', set: string, kind: SetKind, element: Given, flags: number): number {
    const sequence = this.command(command, set, flags);
    try {
      const data = this.nest(A.DATA);
      writeElement(this, kind, element);
      this.close(data);
      this.end();
    } catch (error) {
      this.drop();
      throw error;
    }
    return sequence;
  }

  /**
   * As many elements as one message takes. The kernel stops at the first that it refuses and tells its line (an element
   * has one, `lineOf`); those before it stay. The result is how many there are; 0 wrote nothing. An element that can't be
   * written ends the message, too: `failed` is told, with the how manieth it is.
   */
  many(
    command: 'ADD' | 'DEL',
    set: string,
    kind: SetKind,
    elements: ArrayLike<Given>,
    from: number,
    { flags, lineOf }: { readonly flags: number; lineOf(index: number): number },
    failed: (index: number, error: unknown) => void,
  ): number {
    this.command(command, set, flags);
    this.u32(A.LINENO, 0);
    const list = this.nest(A.ADT);
    let index = from;
    for (; index < elements.length && this.at - list < MOST; index++) {
      const start = this.at;
      try {
        const data = this.nest(A.DATA);
        writeElement(this, kind, elements[index]!);
        this.u32(A.LINENO, lineOf(index));
        this.close(data);
      } catch (error) {
        this.at = start;
        failed(index, error);
        break;
      }
    }
    if (index === from) {
      this.drop();
      return 0;
    }
    this.close(list);
    this.end();
    return index - from;
  }
}

/** What the kernel said to a message, and to which line of it. */
export interface SetReply extends Reply {
  readonly line?: number;
}

/** The replies of an answer by their sequence numbers; all other messages go to `others`. */
export function repliesOf(answer: ArrayBuffer, others?: (message: Messages) => void): Map<number, SetReply> {
  const replies = new Map<number, SetReply>();
  for (const message = new Messages(answer); message.next(); ) {
    const reply = replyOf(message);
    if (reply === undefined) others?.(message);
    else replies.set(reply.sequence, message.type === NLMSG.ERROR ? withLine(message, reply) : reply);
  }
  return replies;
}
/** The error has a copy of the message in it, with the line where there was 0. */
function withLine(message: Messages, reply: Reply): SetReply {
  const at = message.start + 4;
  if (reply.errno === 0 || message.flags & NLM_F.CAPPED || message.end - at < NLMSG_HDRLEN + NFGENMSG_SIZE)
    return reply;
  const end = Math.min(at + aligned(message.view.getUint32(at, LITTLE)), message.end);
  const cursor = new Cursor().over(message, at + NLMSG_HDRLEN + NFGENMSG_SIZE, end);
  while (cursor.next()) if (cursor.type === A.LINENO && cursor.size >= 4) return { ...reply, line: cursor.u32() };
  return reply;
}
