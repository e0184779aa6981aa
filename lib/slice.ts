/** Long work that leaves everybody else their turn of the event loop. */
import { nextTurn, now } from './clock';

/** Milliseconds that the event loop is held at most, but for collections of garbage. */
const LENGTH = 1;

/** What the work looks at between two steps. */
export class Slice {
  private end = now() + LENGTH;

  get over(): boolean {
    return now() > this.end;
  }
  async next(): Promise<void> {
    await nextTurn();
    this.end = now() + LENGTH;
  }
}

/** Work in steps, of which each is short. */
export type Steps<T> = Generator<void, T>;

/** All of them at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** As many at a time as others can wait for. */
export async function sliced<T>(steps: Steps<T>): Promise<T> {
  const slice = new Slice();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (slice.over) await slice.next();
  }
}

/** Work that is done one after the other, in slices. */
export class Sequence {
  private begun: (() => boolean) | undefined;
  private busy = false;

  /** Does what has been begun to its end, for whoever comes next. What comes from within doesn't wait for it. */
  finish(): void {
    while (!this.busy && this.begun?.());
  }

  /** The first slice at once. */
  async run<T>(steps: Steps<T>): Promise<T> {
    this.finish();
    let end: (() => T) | undefined;
    const step = () => {
      this.busy = true;
      try {
        const { done, value } = steps.next();
        if (done) end = () => value;
      } catch (error) {
        end = () => {
          throw error;
        };
      }
      this.busy = false;
      return end === undefined;
    };
    if (!this.busy) this.begun = step;
    const slice = new Slice();
    while (!end && step()) if (slice.over) await slice.next();
    if (this.begun === step) this.begun = undefined;
    return end!();
  }
}
