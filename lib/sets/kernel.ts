/** What is asked of the kernel's sets: each function one or two requests, more where a set is still in use. */
import { constants } from 'node:os';
import { NetfilterSocket, unreadable } from '../backend/socket';
import { now, setTimeout } from '../clock';
import { IptcError } from '../errors';
import { Cursor } from '../netlink/attributes';
import { NLM_F } from '../netlink/constants';
import type { Messages } from '../netlink/messages';
import { IPSET_ATTR as A, IPSET_ERR, IPSET_PROTOCOL, IPSET_PROTOCOL_MIN } from './constants';
import type { SetKind } from './element';
import { type Attempt, misfit, type Operation, refused } from './failure';
import { familyNumber, readMessage, UnknownType, writeSettings } from './head';
import { repliesOf, type SetReply, SetWriter } from './messages';
import type { Data, Family } from './part';
import { type SetType, typeNamed } from './types';

const PURPOSE = 'the sets';
/** nf_tables lets go of a set only some milliseconds after the rule is gone that has used it. */
const LETTING_GO = 500;
const LOOK = 10;
const IN_USE: readonly number[] = [IPSET_ERR.BUSY, IPSET_ERR.REFERENCED];

export class SetKernel {
  private readonly socket: NetfilterSocket;
  private writer: SetWriter | undefined;
  /** A second one, for what is written while the kernel reads the first. */
  private spare: SetWriter | undefined;
  /** What sets were when they were last looked at. */
  protected readonly kinds = new Map<string, SetKind>();
  private readonly revisions = new Map<string, number>();

  constructor(namespace: string | number | undefined) {
    this.socket = NetfilterSocket.open(PURPOSE, { namespace });
  }
  get namespace(): string {
    return this.socket.namespace;
  }
  close(): Promise<void> {
    return this.socket.close();
  }

  /** What a set is. Of those that this session hasn't looked at, the kernel is asked. */
  async kindOf(set: string, operation: Operation = 'use'): Promise<SetKind> {
    const known = this.kinds.get(set);
    if (known) return known;
    const writer = await this.ready();
    writer.command('HEADER', set);
    writer.end();
    let kind: SetKind | undefined;
    const [reply] = [
      ...(
        await this.ask(writer, (message) => {
          kind = readMessage(message).kind;
        })
      ).values(),
    ];
    if (!kind) throw refused(reply?.errno ?? 0, { operation, set });
    this.kinds.set(set, kind);
    return kind;
  }
  /** Another set has the name now, or none. */
  forget(...sets: readonly string[]): void {
    if (sets.length === 0) this.kinds.clear();
    for (const set of sets) this.kinds.delete(set);
  }

  /** The newest revision of a type that both know. */
  private async revision(type: SetType, family: Family, set: string): Promise<number> {
    const key = `${type.name} ${family}`;
    const known = this.revisions.get(key);
    if (known !== undefined) return known;
    const writer = await this.ready();
    writer.command('TYPE');
    writer.text(A.TYPENAME, type.name);
    writer.u8(A.FAMILY, familyNumber(type, family));
    writer.end();
    let [newest, oldest] = [-1, 0];
    const [reply] = [
      ...(
        await this.ask(writer, (message) => {
          for (const cursor = message.attributes(new Cursor()); cursor.next(); )
            if (cursor.type === A.REVISION) newest = cursor.u8();
            else if (cursor.type === A.REVISION_MIN) oldest = cursor.u8();
        })
      ).values(),
    ];
    if (newest < 0) {
      const errno = reply?.errno ?? 0;
      throw refused(errno === constants.errno.EEXIST ? IPSET_ERR.FIND_TYPE : errno, { operation: 'create', set, type });
    }
    const revision = Math.min(newest, type.last);
    if (revision < Math.max(oldest, type.first)) throw refused(IPSET_ERR.FIND_TYPE, { operation: 'create', set, type });
    this.revisions.set(key, revision);
    return revision;
  }

  /** As a change. */
  async create(set: string, settings: Data, exist: boolean, line?: number): Promise<SetKind> {
    const type = typeNamed(settings.type as string);
    const family = settings.family === 'ipv6' ? 'ipv6' : 'ipv4';
    const attempt: Attempt = { operation: 'create', set, type, line };
    const kind = { type, family, revision: await this.revision(type, family, set) } as const;
    const writer = await this.ready();
    writer.command('CREATE', set, NLM_F.CREATE | (exist ? 0 : NLM_F.EXCL));
    writer.text(A.TYPENAME, type.name);
    writer.u8(A.REVISION, kind.revision);
    writer.u8(A.FAMILY, familyNumber(type, family));
    try {
      const data = writer.nest(A.DATA);
      writeSettings(writer, kind, settings);
      writer.close(data);
      writer.end();
    } catch (error) {
      writer.reset();
      throw misfit(error, attempt);
    }
    this.accept(await this.ask(writer), attempt);
    this.kinds.set(set, kind);
    return kind;
  }
  /** Of a set, of two, or of all: as a change. */
  async manage(
    operation: 'destroy' | 'flush' | 'rename' | 'swap',
    set?: string,
    other?: string,
    { exist = false, line }: { readonly exist?: boolean; readonly line?: number } = {},
  ): Promise<void> {
    const ask = async () => {
      const writer = await this.ready();
      writer.command(operation.toUpperCase() as 'FLUSH', set, exist ? 0 : NLM_F.EXCL);
      if (other !== undefined) writer.text(A.SETNAME2, other);
      writer.end();
      return this.ask(writer);
    };
    const end = now() + LETTING_GO;
    let replies = await ask();
    while (isInUse(replies) && now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      replies = await ask();
    }
    this.accept(replies, { operation, set, other, line });
    if (operation !== 'flush') this.forget(...[set, other].filter((name): name is string => name !== undefined));
  }
  private accept(replies: ReadonlyMap<number, SetReply>, attempt: Attempt): void {
    for (const { errno } of replies.values()) if (errno !== 0) throw refused(errno, attempt);
  }

  /** What the kernel tells of all sets or one: one answer, in messages. */
  async list(what: 'all' | 'heads' | 'names', set?: string): Promise<ArrayBuffer> {
    const writer = await this.ready();
    writer.list(what, set);
    const { messages } = await this.socket.request(writer);
    for (const { errno } of lastReplies(messages)) if (errno !== 0) throw refused(errno, { operation: 'list', set });
    return messages;
  }

  protected async ask(writer: SetWriter, others?: (message: Messages) => void): Promise<Map<number, SetReply>> {
    try {
      return repliesOf((await this.socket.request(writer)).messages, others);
    } catch (error) {
      if (error instanceof UnknownType)
        throw new IptcError('ERR_UNSUPPORTED_BY_KERNEL', `Cannot use a set: its type ${error.type} is not known here`, {
          hint: 'Use a newer libiptc.',
        });
      throw unreadable(error, PURPOSE);
    }
  }
  /** A writer with nothing in it, when the kernel has told which protocol it speaks. */
  protected async ready(): Promise<SetWriter> {
    if (!this.writer) {
      const protocol = await this.protocol();
      this.writer = new SetWriter(protocol);
      this.spare = new SetWriter(protocol);
    }
    this.writer.reset(); // something may have gone wrong on the way
    return this.writer;
  }
  private async protocol(): Promise<number> {
    const writer = new SetWriter(IPSET_PROTOCOL);
    writer.command('PROTOCOL');
    writer.end();
    let protocol = 0;
    const replies = await this.ask(writer, (message) => {
      for (const cursor = message.attributes(new Cursor()); cursor.next(); )
        if (cursor.type === A.PROTOCOL) protocol = cursor.u8();
    });
    this.accept(replies, { operation: 'use' });
    if (protocol < IPSET_PROTOCOL_MIN) throw refused(IPSET_ERR.PROTOCOL, { operation: 'use' });
    return Math.min(protocol, IPSET_PROTOCOL);
  }
  /** The next writer is the other one: this one's bytes are on their way. */
  protected turn(): void {
    [this.writer, this.spare] = [this.spare, this.writer];
  }
}

const isInUse = (replies: ReadonlyMap<number, SetReply>): boolean =>
  [...replies.values()].some(({ errno }) => IN_USE.includes(errno));

/** The end of a list is an error if there is no such set. */
function lastReplies(messages: ArrayBuffer): Iterable<SetReply> {
  return repliesOf(messages).values();
}
