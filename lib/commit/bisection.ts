/**
 * How the edits of a batch are tried: all of them, and if they are refused, fewer at a time, down to the one that is to
 * blame. Those before it are made, it is passed over, and the rest goes on.
 */
export class Bisection {
  /** The next to be tried are so many from there on. */
  from = 0;
  count: number;
  /** Of how many it is known that one of them is to blame. */
  private suspects = 0;
  /** Accepted since the last that was refused: where many are bad, few are tried together. */
  private accepted = 0;

  constructor(private readonly length: number) {
    this.count = length;
  }

  get over(): boolean {
    return this.from >= this.length;
  }

  accept(): void {
    this.from += this.count;
    this.accepted += this.count;
    this.suspects = Math.max(0, this.suspects - this.count);
    this.count = this.suspects > 0 ? Math.ceil(this.suspects / 2) : this.rest(4 * this.accepted);
  }

  /** `blamed`: which of them it was, if that is known. True if the first is to blame, and has been passed over. */
  refuse(blamed: number | undefined): boolean {
    if (blamed === 0 || this.count === 1) {
      this.from++;
      this.suspects = 0;
      this.count = this.rest(4 * (this.accepted + 1));
      this.accepted = 0;
      return true;
    }
    // Those before the one that is blamed may be refused by somebody else, as they might have been.
    this.suspects = blamed === undefined ? this.count : 0;
    this.count = blamed ?? this.count >> 1;
    return false;
  }

  private rest(most: number): number {
    return Math.min(most, this.length - this.from);
  }
}
