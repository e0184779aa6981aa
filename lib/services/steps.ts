/** The steps of a set-up: each is said before it is done, and the guard hears that things go on. */
import type { SetupStep } from './setup';
import type { Guard } from './snapshot';

/** Milliseconds that a step may take: waiting for services, and for the lock. */
export const STEP = 900_000;

/** Not confirmed, or not in time. */
export class Declined extends Error {}

export async function inTime(hearing: Promise<boolean>): Promise<void> {
  if (!(await hearing)) throw new Declined('It took too long');
}

export class Steps {
  changed = false;
  constructor(
    private readonly say: (step: SetupStep) => void,
    /** None: what would be done is only said. */
    private readonly guard: Guard | undefined,
  ) {}
  async do(text: string, work: () => Promise<unknown>): Promise<void> {
    if (this.guard) await inTime(this.guard.extend(STEP));
    this.say({ state: 'do', text });
    this.changed = true;
    if (this.guard) await work();
  }
  done(text: string): void {
    this.say({ state: 'done', text });
  }
}
