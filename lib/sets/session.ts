/** Edits in their order: those that are issued together share messages, and each settles for itself. */
import { NLM_F } from '../netlink/constants';
import { IPSET_ERR } from './constants';
import type { Given, SetKind } from './element';
import { type Attempt, misfit, refused } from './failure';
import { SetKernel } from './kernel';
import type { SetReply, SetWriter } from './messages';

/** How elements are changed or looked for. */
export interface Edit {
  readonly operation: 'add' | 'delete' | 'test';
  readonly set: string;
  readonly elements: readonly Given[];
  /** Whether what is there already, or isn't, is no error. */
  readonly exist: boolean;
  /** The line of each element in a text. */
  readonly lines?: readonly number[];
  /** Of those before one that can't be written, what isn't on its way yet stays where it is. */
  readonly whole?: boolean;
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

/** Each test is a message of its own: so many in one go hold the event loop for some two milliseconds. */
const TESTED = 1024;

const COMMANDS = { add: 'ADD', delete: 'DEL', test: 'TEST' } as const;
const isEdit = (job: Job): job is EditJob => 'operation' in job;
/** An edit of one element may share its message; more have messages of their own, one after the other. */
const isSmall = (job: Job): job is EditJob => isEdit(job) && job.elements.length === 1;

export class Session extends SetKernel {
  private readonly jobs: Job[] = [];
  private running = false;

  override async close(): Promise<void> {
    await this.change(async () => {}); // what was issued before
    await super.close();
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
  private change<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.push({ run: () => run().then(resolve, reject) }));
  }

  // What is asked for beside edits has its turn as they have: the writer is one.
  override kindOf(...given: Parameters<SetKernel['kindOf']>): Promise<SetKind> {
    return this.change(() => super.kindOf(...given));
  }
  override create(...given: Parameters<SetKernel['create']>): Promise<SetKind> {
    return this.change(() => super.create(...given));
  }
  override manage(...given: Parameters<SetKernel['manage']>): Promise<void> {
    return this.change(() => super.manage(...given));
  }
  override list(...given: Parameters<SetKernel['list']>): Promise<ArrayBuffer> {
    return this.change(() => super.list(...given));
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
    const kind = await super.kindOf(set, operation);
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
      if (writer.count > 0 && !(wrong && job.whole)) {
        sent = this.ask(writer);
        sent.catch(() => {}); // told by answered()
        this.turn();
      }
    }
    await answered();
    if (wrong) throw misfit(wrong.error, this.attempt({ ...job, ...(lines && { lines }) }, wrong.index));
  }
  private async tests(job: EditJob): Promise<void> {
    const { set, elements, found } = job;
    await this.ready();
    const kind = await super.kindOf(set, 'test');
    for (let at = 0; at < elements.length; ) {
      const writer = await this.ready();
      const sent: number[] = [];
      for (; at < elements.length && sent.length < TESTED; at++)
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
      return await super.kindOf(job.set, job.operation);
    } catch (error) {
      job.settle(error);
      return undefined;
    }
  }
}

/** How many at the beginning do the same to the same set. */
function runOf(jobs: readonly EditJob[], { operation, set, exist }: EditJob): number {
  const other = jobs.findIndex(
    (job) => job.alone || job.operation !== operation || job.set !== set || job.exist !== exist,
  );
  return other < 0 ? jobs.length : other;
}
