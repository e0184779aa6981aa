/** Tells when bans end: the kernel lets them go by itself, but says nothing. */
import type { Ban } from './ban';
import { Heap } from './heap';

/** The kernel's timeouts go no further, 24 days; what lasts longer is renewed. In seconds. */
export const LONGEST = 2_147_483;

/** Before the kernel's own timeout is over, where that is shorter than the ban. */
const RENEWED = (LONGEST - 86_400) * 1000;
const DAY = 86_400_000;

export class Expiry {
  private readonly heap = new Heap<Ban>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly ended: (ban: Ban) => void) {}

  expect(ban: Ban): void {
    if (ban.until === undefined) return;
    this.heap.push(Math.min(ban.until, Date.now() + RENEWED), ban);
    if (this.heap.first?.item === ban) this.wait();
  }
  private wait(): void {
    clearTimeout(this.timer);
    const { first } = this.heap;
    if (!first || this.stopped) return;
    // Not later than in a day: clocks are set.
    this.timer = setTimeout(() => this.tell(), Math.min(DAY, Math.max(1, first.at - Date.now())));
    this.timer.unref();
  }
  private tell(): void {
    const now = Date.now();
    for (let first = this.heap.first; first && first.at <= now; first = this.heap.first) {
      this.heap.pop();
      this.ended(first.item);
    }
    this.wait();
  }
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
