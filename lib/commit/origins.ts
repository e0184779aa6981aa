/** Which line or rule the operations of a program come from. */
export class Origins {
  private pairs = new Int32Array(1024);
  private length = 0;

  /** From this operation on they come from there. */
  add(operation: number, origin: number): void {
    if (this.length === this.pairs.length) {
      const longer = new Int32Array(2 * this.length);
      longer.set(this.pairs);
      this.pairs = longer;
    }
    this.pairs[this.length++] = operation;
    this.pairs[this.length++] = origin;
  }

  of(operation: number): number | undefined {
    let low = 0;
    let high = (this.length >> 1) - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pairs[2 * middle]! <= operation) low = middle;
      else high = middle - 1;
    }
    return this.length === 0 ? undefined : this.pairs[2 * low + 1];
  }
}
