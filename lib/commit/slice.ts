/** Milliseconds that the event loop is held at most. */
const LENGTH = 3;

/** Long work in slices, between which everybody else has a turn. */
export class Slice {
  private end = performance.now() + LENGTH;

  get over(): boolean {
    return performance.now() > this.end;
  }
  async next(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.end = performance.now() + LENGTH;
  }
}
