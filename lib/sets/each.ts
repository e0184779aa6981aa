/// <reference lib="esnext.disposable" preserve="true" />
/**
 * What comes in pieces, one by one. A generator would do, but takes some turns of the queue of promises for each; this
 * takes one.
 */
export class Each<T> implements AsyncGenerator<T, void, void> {
  private piece: readonly T[] = [];
  private at = 0;
  /** The last of those who wait for a piece, in their order. */
  private last: Promise<IteratorResult<T, void>> | undefined;

  constructor(private readonly pieces: AsyncGenerator<readonly T[]>) {}

  next(): Promise<IteratorResult<T, void>> {
    if (!this.last && this.at < this.piece.length)
      return Promise.resolve({ value: this.piece[this.at++]!, done: false });
    const mine = this.last ? this.last.then(() => this.found()) : this.found();
    const settled = () => {
      if (this.last === mine) this.last = undefined;
    };
    this.last = mine;
    mine.then(settled, settled);
    return mine;
  }
  private async found(): Promise<IteratorResult<T, void>> {
    while (this.at >= this.piece.length) {
      const { value, done } = await this.pieces.next();
      if (done) return { value: undefined, done };
      [this.piece, this.at] = [value, 0];
    }
    return { value: this.piece[this.at++]!, done: false };
  }
  async return(): Promise<IteratorResult<T, void>> {
    [this.piece, this.at] = [[], 0];
    await this.pieces.return(undefined);
    return { value: undefined, done: true };
  }
  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    await this.return();
    throw error;
  }
  [Symbol.asyncIterator](): this {
    return this;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
