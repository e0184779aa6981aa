/** Long work that leaves everybody else their turn of the event loop. */
import { nextTurn, now } from './clock';

/** Milliseconds that the event loop is held at most. */
const LENGTH = 3;

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
