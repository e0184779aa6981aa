/** Tells when bans end: the kernel lets them go by itself, but says nothing. */
import { now } from '../clock';
import type { Ban } from './ban';
import { Heap } from './heap';

/** The kernel's timeouts go no further, 24 days; what lasts longer is renewed. In seconds. */
export const LONGEST = 2_147_483;

/** The kernel doesn't count by the clock: by so many milliseconds it may be set without a word. */
const SHIFT = 2000;
/** Before the kernel's own timeout is over, where that is shorter than the ban. */
const RENEWED = (LONGEST - 86_400) * 1000;
const MINUTE = 60_000;

export class Expiry {
  private readonly heap = new Heap<Ban>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** How far the clock is from the time that passes. */
  private offset = Date.now() - now();

  /** `ended` is told whether the kernel may have it still; `shifted`, that it may have let go of others. */
  constructor(
    private readonly ended: (ban: Ban, shifted: boolean) => void,
    private readonly shifted: () => void,
  ) {}

  expect(ban: Ban): void {
    if (ban.until === undefined) return;
    this.heap.push(Math.min(ban.until, Date.now() + RENEWED), ban);
    if (this.heap.first?.item === ban) this.wait();
  }
  private wait(): void {
    clearTimeout(this.timer);
    const { first } = this.heap;
    if (!first || this.stopped) return;
    // Not later than in a minute: clocks are set.
    this.timer = setTimeout(() => this.tell(), Math.min(MINUTE, Math.max(1, first.at - Date.now())));
    this.timer.unref();
  }
  private tell(): void {
    const time = Date.now();
    const offset = time - now();
    const shifted = Math.abs(offset - this.offset) > SHIFT;
    if (shifted) this.offset = offset;
    for (let first = this.heap.first; first && first.at <= time; first = this.heap.first) {
      this.heap.pop();
      this.ended(first.item, shifted);
    }
    if (shifted) this.shifted();
    this.wait();
  }
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
