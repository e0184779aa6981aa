import { nextTurn, now } from '../clock';

/** Milliseconds that the event loop is held at most. */
const LENGTH = 3;

/** Long work in slices, between which everybody else has a turn. */
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
