/**
 * Jobs on a netlink socket, one after the other. A job is a generator that yields what it asks the kernel, and nothing
 * between two steps of long work. So it can be done in turns of the event loop, or to its end for a caller that waits.
 */
import { constants } from 'node:os';
import { setTimeout } from '../../clock';
import { Slice } from '../../slice';
import type { NativeNetlink, NativeNetlinkAnswer, NativePiece } from '../addon';
import type { Cancellation } from '../backend';
import { failure } from '../memory/failure';

/** Messages that are answered one by one; a batch; or milliseconds in which others go on. */
export type Ask =
  | { readonly request: Uint8Array }
  | { readonly batch: readonly (Uint8Array | NativePiece)[]; readonly answers: number }
  | { readonly pause: number };
// biome-ignore lint/suspicious/noConfusingVoidType: what Steps yields
export type Asked = Ask | void;
export type Work<T> = Generator<Asked, T, NativeNetlinkAnswer>;

const NOTHING: NativeNetlinkAnswer = { messages: new ArrayBuffer(0), interrupted: false, lost: false };

interface Job {
  readonly work: Work<unknown>;
  readonly begun: () => void;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
  /** What it has asked for last. */
  asked: Ask | undefined;
  /** How many steps it has made, so that a late answer is known for one. */
  step: number;
}

export class Jobs {
  private readonly waiting: Job[] = [];
  private current: Job | undefined;
  private held = 0;

  constructor(private readonly socket: NativeNetlink) {}

  /** `signal`: for one that hasn't begun. */
  post<T>(work: Work<T>, signal?: Cancellation): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const given = failure('lock', constants.errno.ECANCELED, 'Gave up before it was begun');
      if (signal?.aborted) return reject(given);
      const cancel = () => {
        begun(); // one of several signals
        this.waiting.splice(this.waiting.indexOf(job), 1);
        reject(given);
      };
      const begun = () => signal?.removeEventListener('abort', cancel);
      const job: Job = { work, begun, resolve, reject, asked: undefined, step: 0 };
      signal?.addEventListener('abort', cancel);
      this.waiting.push(job);
      this.next();
    });
  }

  /** At once, behind those that were posted. Of what is at the kernel just now the answer may come later. */
  now<T>(work: Work<T>): T {
    for (let job = this.take(); job !== undefined; job = this.take()) {
      const { asked } = job;
      if (asked !== undefined && 'batch' in asked) continue; // the kernel has it: its job goes on by itself
      job.step++;
      this.finish(job);
    }
    return this.toEnd(work, undefined);
  }

  /** Beside the jobs that wait, for who holds them. */
  within<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      void this.run({ work, begun: () => {}, resolve, reject, asked: undefined, step: 0 });
    });
  }

  /** Until release(), jobs wait. */
  hold(): void {
    this.held++;
  }
  // biome-ignore lint/correctness/useYield: it asks for nothing
  *holding(): Work<void> {
    this.hold();
  }
  release(): void {
    this.held--;
    this.next();
  }

  /** Settles when the jobs that were posted before are over. */
  settled(): Promise<void> {
    return this.post(
      (function* () {
        yield;
      })(),
    );
  }

  private take(): Job | undefined {
    const job = this.current ?? this.begin();
    this.current = undefined;
    return job;
  }
  private next(): void {
    if (this.current !== undefined || this.held > 0) return;
    this.current = this.begin();
    if (this.current !== undefined) void this.run(this.current);
  }
  private begin(): Job | undefined {
    const job = this.waiting.shift();
    job?.begun();
    return job;
  }

  private async run(job: Job): Promise<void> {
    const { work, resolve, reject } = job;
    const slice = new Slice();
    let answer = NOTHING;
    let fault: { readonly error: unknown } | undefined;
    try {
      for (;;) {
        const { done, value } = fault === undefined ? work.next(answer) : work.throw(fault.error);
        fault = undefined;
        if (done) {
          resolve(value as never);
          break;
        }
        const step = job.step;
        if (value === undefined) {
          if (slice.over) await slice.next();
        } else {
          job.asked = value as Ask;
          try {
            answer = await this.ask(job.asked);
          } catch (error) {
            fault = { error };
          }
        }
        if (job.step !== step) return; // somebody has finished it meanwhile
        job.asked = undefined;
      }
    } catch (error) {
      reject(error);
    }
    if (this.current === job) this.current = undefined;
    this.next();
  }
  private async ask(ask: Ask): Promise<NativeNetlinkAnswer> {
    if ('request' in ask) return this.socket.request(ask.request);
    if ('batch' in ask) return this.socket.transact(ask.batch, ask.answers);
    await new Promise((resolve) => setTimeout(resolve, ask.pause));
    return NOTHING;
  }

  private finish({ work, resolve, reject, asked }: Job): void {
    try {
      resolve(this.toEnd(work, asked) as never);
    } catch (error) {
      reject(error);
    }
  }
  private toEnd<T>(work: Work<T>, asked: Ask | undefined): T {
    let ask: Asked = asked;
    for (;;) {
      let step: IteratorResult<Asked, T>;
      try {
        const answer = ask ? this.askNow(ask) : NOTHING;
        step = work.next(answer);
      } catch (error) {
        step = work.throw(error);
      }
      if (step.done) return step.value;
      ask = step.value;
    }
  }
  private askNow(ask: Ask): NativeNetlinkAnswer {
    if ('request' in ask) return this.socket.requestSync(ask.request);
    if ('batch' in ask) return this.socket.transactSync(ask.batch, ask.answers);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ask.pause);
    return NOTHING;
  }
}
