import { setImmediate, setTimeout } from '../../clock';
import { finish, Slice, type Steps } from '../../slice';

/** Never throws: it tells whoever waits for it. */
export type Job = Steps<void>;

/** The job that settles a promise with what is done. */
export function* settling<T>(
  work: () => Steps<T>,
  resolve: (value: T) => void,
  reject: (reason: unknown) => void,
): Job {
  try {
    resolve(yield* work());
  } catch (error) {
    reject(error);
  }
}

/** Runs jobs in order, one in a turn of the event loop or a long one in several, as if another thread did. */
export class Turns {
  private readonly jobs: Job[] = [];
  private begun: Job | undefined;
  private scheduled = false;
  private paused = false;
  /** Whether a job is at it just now: what it calls can't wait for it. */
  private busy = false;

  /** `delay`: milliseconds that each job takes. */
  constructor(private readonly delay = 0) {}

  post(job: Job): void {
    this.jobs.push(job);
    this.schedule();
  }

  /** False if it has begun already. */
  remove(job: Job): boolean {
    const index = this.jobs.indexOf(job);
    if (index < 0 || job === this.begun) return false;
    this.jobs.splice(index, 1);
    return true;
  }

  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
    this.schedule();
  }

  get idle(): boolean {
    return this.jobs.length === 0;
  }

  /** Runs all jobs at once, for somebody who can't wait. */
  drain(): void {
    if (this.busy) return;
    while (this.jobs.length > 0 && !this.paused) {
      const [job] = this.jobs;
      this.do(() => finish(job!));
      this.over();
    }
  }

  private schedule(): void {
    if (this.scheduled || this.paused || this.jobs.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      const waits = this.delay > 0 && this.begun === undefined && this.jobs.length > 0;
      this.begun = this.jobs[0];
      if (waits) setTimeout(() => this.turn(), this.delay);
      else this.turn();
    });
  }

  private turn(): void {
    this.scheduled = false;
    const [job] = this.jobs;
    if (job && !this.paused) {
      this.begun = job;
      this.do(() => {
        const slice = new Slice();
        do if (job.next().done) return this.over();
        while (!slice.over);
      });
    }
    this.schedule();
  }
  private do(work: () => void): void {
    this.busy = true;
    try {
      work();
    } finally {
      this.busy = false;
    }
  }
  private over(): void {
    this.jobs.shift();
    this.begun = undefined;
  }
}
