/** Who has failed how often, and lately. */

/** So many addresses are known at once; of more, those are forgotten that have been quiet the longest. */
const MOST = 100_000;

export class Failures {
  private readonly times = new Map<string, number[]>();

  /** Within milliseconds, so many. */
  constructor(
    private readonly most: number,
    private readonly within: number,
  ) {}
  get size(): number {
    return this.times.size;
  }

  /** Whether that was one too many; then it begins anew. */
  add(address: string, at: number): boolean {
    const known = (this.times.get(address) ?? []).filter((time) => time > at - this.within);
    this.times.delete(address);
    known.push(at);
    if (known.length >= this.most) return true;
    this.times.set(address, known);
    if (this.times.size > MOST) {
      const [oldest] = this.times.keys();
      this.times.delete(oldest!);
    }
    return false;
  }
  /** Lets those go that are too old to count. */
  forget(now: number): void {
    for (const [address, times] of this.times)
      if (times[times.length - 1]! <= now - this.within) this.times.delete(address);
  }
}
