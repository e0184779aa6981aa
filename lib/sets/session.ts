/** What is asked of the kernel's sets, in its order: edits that are issued together share messages. */
import { constants } from 'node:os';
import { NetfilterSocket, unreadable } from '../backend/socket';
import { IptcError } from '../errors';
import { Cursor } from '../netlink/attributes';
import { NLM_F } from '../netlink/constants';
import type { Messages } from '../netlink/messages';
import { IPSET_ATTR as A, IPSET_ERR, IPSET_PROTOCOL, IPSET_PROTOCOL_MIN } from './constants';
import type { Given, SetKind } from './element';
import { type Attempt, misfit, type Operation, refused } from './failure';
import { familyNumber, readMessage, UnknownType, writeSettings } from './head';
import { repliesOf, type SetReply, SetWriter } from './messages';
import type { Data, Family } from './parts';
import { type SetType, typeNamed } from './types';

const PURPOSE = 'the sets';

/** How elements are changed or looked for. */
export interface Edit {
  readonly operation: 'add' | 'delete' | 'test';
  readonly set: string;
  readonly elements: readonly Given[];
  /** Whether what is there already, or isn't, is no error. */
  readonly exist: boolean;
  /** The line of each element in a text. */
  readonly lines?: readonly number[];
}
interface EditJob extends Edit {
  /** What a test found. */
  readonly found: boolean[];
  settle(error?: unknown): void;
  /** To be sent in a message of its own. */
  alone?: boolean;
}
/** What has to be done alone, since it says which sets there are. */
interface ChangeJob {
  run(): Promise<void>;
}
type Job = EditJob | ChangeJob;

/** No message has more elements. */
const MOST_ALIKE = 4096;

const COMMANDS = { add: 'ADD', delete: 'DEL', test: 'TEST' } as const;
const isEdit = (job: Job): job is EditJob => 'operation' in job;
/** An edit of one element may share its message; more have messages of their own, one after the other. */
const isSmall = (job: Job): job is EditJob => isEdit(job) && job.elements.length === 1;

export class Session {
  private readonly socket: NetfilterSocket;
  private readonly jobs: Job[] = [];
  private running = false;
  private writer: SetWriter | undefined;
  /** A second one, for what is written while the kernel reads the first. */
  private spare: SetWriter | undefined;
  /** What sets were when they were last looked at. */
  private readonly kinds = new Map<string, SetKind>();
  private readonly revisions = new Map<string, number>();

  constructor(namespace: string | number | undefined) {
    this.socket = NetfilterSocket.open(PURPOSE, { namespace });
  }
  get namespace(): string {
    return this.socket.namespace;
  }
  async close(): Promise<void> {
    await this.change(async () => {}); // what was issued before
    await this.socket.close();
  }

  /** Tries an edit when its turn has come; `test` gives what it found. */
  edit(edit: Edit): Promise<boolean[]> {
    return new Promise((resolve, reject) => {
      const found: boolean[] = [];
      const settle = (error?: unknown) => (error === undefined ? resolve(found) : reject(error));
      if (edit.elements.length === 0) settle();
      else this.push({ ...edit, found, settle });
    });
  }
  /** Does something when all before it is done. */
  change<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.push({ run: () => run().then(resolve, reject) }));
  }

  private push(job: Job): void {
    this.jobs.push(job);
    if (this.running) return;
    this.running = true;
    queueMicrotask(() => void this.run());
  }
  private async run(): Promise<void> {
    const { jobs } = this;
    while (jobs.length > 0) {
      const [first] = jobs as [Job];
      if (isSmall(first)) {
        const end = jobs.findIndex((job) => !isSmall(job));
        await this.small(jobs.splice(0, end < 0 ? jobs.length : end) as EditJob[]);
      } else {
        jobs.shift();
        if (isEdit(first)) await this.large(first).then(() => first.settle(), first.settle);
        else await first.run();
      }
    }
    this.running = false;
  }

  private async small(jobs: EditJob[]): Promise<void> {
    for (let waiting = jobs; waiting.length > 0; ) {
      try {
        waiting = await this.round(waiting);
      } catch (error) {
        for (const { settle } of waiting) settle(error); // of those that are settled already it has no effect
        return;
      }
    }
  }
  /**
   * One request: neighbours that do the same to the same set in one message; or messages of one edit each, as many as
   * there are, of which none stops another. Gives what is still to be done.
   */
  private async round(jobs: readonly EditJob[]): Promise<EditJob[]> {
    const writer = await this.ready();
    const [first] = jobs as [EditJob];
    const alike = first.alone ? 1 : runOf(jobs.slice(0, MOST_ALIKE), first);
    const kind = await this.kindFor(first);
    if (!kind) return jobs.slice(1);
    if (alike > 1 && first.operation !== 'test') return this.together(writer, jobs, alike, kind);
    const sent = new Map<number, EditJob>();
    let next = 0;
    for (; next < jobs.length; next++) {
      const job = jobs[next]!;
      const { operation, set, elements, exist } = job;
      const known = this.kinds.get(set);
      // Its kind has to be asked for first, or it can share a message.
      if (next > 0 && (!known || (!job.alone && operation !== 'test' && runOf(jobs.slice(next, next + 2), job) > 1)))
        break;
      if (writer.count >= 4096) break;
      try {
        sent.set(writer.single(COMMANDS[operation], set, known ?? kind, elements[0]!, exist ? 0 : NLM_F.EXCL), job);
      } catch (error) {
        job.settle(misfit(error, this.attempt(job, 0)));
      }
    }
    const replies = await this.ask(writer);
    for (const [sequence, job] of sent) this.settle(job, replies.get(sequence));
    return jobs.slice(next);
  }
  private async together(
    writer: SetWriter,
    jobs: readonly EditJob[],
    alike: number,
    kind: SetKind,
  ): Promise<EditJob[]> {
    const [{ operation, set, exist }] = jobs as [EditJob];
    const elements = jobs.slice(0, alike).map((job) => job.elements[0]!);
    let skipped = 0;
    const failed = (index: number, error: unknown) => {
      skipped = 1;
      jobs[index]!.settle(misfit(error, this.attempt(jobs[index]!, 0)));
    };
    const flags = exist ? 0 : NLM_F.EXCL;
    const command = operation === 'add' ? 'ADD' : 'DEL';
    const count = writer.many(command, set, kind, elements, 0, { flags, lineOf: (i) => i + 1 }, failed);
    if (count === 0) return jobs.slice(skipped);
    const [reply] = [...(await this.ask(writer)).values()];
    const rest = jobs.slice(count + skipped);
    if (reply?.errno === 0) {
      for (const job of jobs.slice(0, count)) job.settle();
      return rest;
    }
    // Without a line it isn't known which: then each alone.
    const guilty = (reply?.line ?? 0) - 1;
    for (const [i, job] of jobs.slice(0, Math.max(guilty, 0)).entries()) if (i < count) job.settle();
    if (guilty >= 0) this.settle(jobs[guilty]!, reply);
    const again = jobs.slice(guilty + 1, count);
    for (const job of again) job.alone = true;
    return [...again, ...rest];
  }
  private settle(job: EditJob, reply: SetReply | undefined): void {
    const errno = reply?.errno ?? 0;
    if (job.operation === 'test' && (errno === 0 || errno === IPSET_ERR.EXIST)) {
      job.found.push(errno === 0);
      job.settle();
    } else if (errno === 0) job.settle();
    else {
      job.settle(refused(errno, this.attempt(job, 0)));
      this.kinds.delete(job.set); // it may have become another
    }
  }
  private attempt({ operation, set, elements, lines }: Edit, index: number): Attempt {
    const line = lines?.[index];
    const type = this.kinds.get(set)?.type;
    return { operation, set, type, line, index: elements.length > 1 && line === undefined ? index : undefined };
  }

  /** Many elements: message by message, the next written while the kernel reads the one before; it ends at the first error. */
  private async large(job: EditJob): Promise<void> {
    if (job.operation === 'test') return this.tests(job);
    const { operation, set, elements, exist, lines } = job;
    await this.ready();
    const kind = await this.kindOf(set, operation);
    const command = operation === 'add' ? 'ADD' : 'DEL';
    const form = { flags: exist ? 0 : NLM_F.EXCL, lineOf: (i: number) => i + 1 };
    let sent: Promise<Map<number, SetReply>> | undefined;
    const answered = async () => {
      for (const { errno, line } of (await sent)?.values() ?? []) {
        if (errno === 0) continue;
        const error = refused(errno, this.attempt(job, (line ?? 1) - 1), { applied: line === 1 ? 'no' : 'yes' });
        this.kinds.delete(set);
        throw error;
      }
    };
    let wrong: { readonly index: number; readonly error: unknown } | undefined;
    for (let at = 0; at < elements.length && !wrong; ) {
      const writer = await this.ready();
      at += writer.many(command, set, kind, elements, at, form, (index, error) => {
        wrong = { index, error };
      });
      await answered();
      if (writer.count > 0) {
        sent = this.ask(writer);
        sent.catch(() => {}); // told by answered()
        [this.writer, this.spare] = [this.spare, this.writer];
      }
    }
    await answered();
    if (wrong) throw misfit(wrong.error, this.attempt({ ...job, ...(lines && { lines }) }, wrong.index));
  }
  private async tests(job: EditJob): Promise<void> {
    const { set, elements, found } = job;
    await this.ready();
    const kind = await this.kindOf(set, 'test');
    for (let at = 0; at < elements.length; ) {
      const writer = await this.ready();
      const sent: number[] = [];
      for (; at < elements.length && sent.length < 4096; at++)
        try {
          sent.push(writer.single('TEST', set, kind, elements[at]!, NLM_F.EXCL));
        } catch (error) {
          throw misfit(error, this.attempt(job, at));
        }
      const first = at - sent.length;
      const replies = await this.ask(writer);
      for (const [i, sequence] of sent.entries()) {
        const errno = replies.get(sequence)?.errno ?? 0;
        if (errno !== 0 && errno !== IPSET_ERR.EXIST) throw refused(errno, this.attempt(job, first + i));
        found.push(errno === 0);
      }
    }
  }

  /** What a job's set is; tells the job if there is none. */
  private async kindFor(job: EditJob): Promise<SetKind | undefined> {
    try {
      return await this.kindOf(job.set, job.operation);
    } catch (error) {
      job.settle(error);
      return undefined;
    }
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
    const writer = await this.ready();
    writer.command(operation.toUpperCase() as 'FLUSH', set, exist ? 0 : NLM_F.EXCL);
    if (other !== undefined) writer.text(A.SETNAME2, other);
    writer.end();
    this.accept(await this.ask(writer), { operation, set, other, line });
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

  private async ask(writer: SetWriter, others?: (message: Messages) => void): Promise<Map<number, SetReply>> {
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
  private async ready(): Promise<SetWriter> {
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
}

/** How many at the beginning do the same to the same set. */
function runOf(jobs: readonly EditJob[], { operation, set, exist }: EditJob): number {
  const other = jobs.findIndex(
    (job) => job.alone || job.operation !== operation || job.set !== set || job.exist !== exist,
  );
  return other < 0 ? jobs.length : other;
}

/** The end of a list is an error if there is no such set. */
function lastReplies(messages: ArrayBuffer): Iterable<SetReply> {
  return repliesOf(messages).values();
}
