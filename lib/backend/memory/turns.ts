// Taken now: a test that fakes timers means to fake delays, not the turns of the event loop.
const { setImmediate: nextTurn } = globalThis;

/** Never throws: it tells whoever waits for it. */
export type Job = () => void;

/** The job that settles a promise with what a function returns. */
export const settling =
  <T>(run: () => T, resolve: (value: T) => void, reject: (reason: unknown) => void): Job =>
  () => {
    try {
      resolve(run());
    } catch (error) {
      reject(error);
    }
  };

/** Runs jobs in order, one in a turn of the event loop, as if another thread did. */
export class Turns {
  private readonly jobs: Job[] = [];
  private begun: Job | undefined;
  private scheduled = false;
  private paused = false;

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
    while (this.jobs.length > 0 && !this.paused) this.step();
  }

  private schedule(): void {
    if (this.scheduled || this.paused || this.jobs.length === 0) return;
    this.scheduled = true;
    nextTurn(() => {
      this.begun = this.jobs[0];
      if (this.delay > 0 && this.begun) setTimeout(() => this.turn(), this.delay);
      else this.turn();
    });
  }

  private turn(): void {
    this.scheduled = false;
    if (!this.paused) this.step();
    this.schedule();
  }

  private step(): void {
    this.begun = undefined;
    this.jobs.shift()?.();
  }
}
