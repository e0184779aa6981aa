/** Bytes that come in pieces -> lines. One that is too long is left out: its end might be taken for another's words. */

/** Bytes; sshd's and nginx's are below 8 KiB. */
const LONGEST = 64 << 10;

export class Lines {
  private pieces: Buffer[] = [];
  private size = 0;
  /** Within a line that is too long. */
  private passing = false;

  constructor(
    private readonly line: (text: string) => void,
    private readonly tooLong: () => void,
  ) {}

  /** Bytes of a line that hasn't ended. */
  get pending(): number {
    return this.size;
  }
  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(10, at);
      const piece = chunk.subarray(at, end < 0 ? undefined : end);
      this.hold(piece);
      if (end < 0) return;
      this.finish();
      at = end + 1;
    }
  }
  private hold(piece: Buffer): void {
    this.size += piece.length;
    if (this.passing) return;
    if (this.size > LONGEST) {
      this.passing = true;
      this.pieces = [];
      this.tooLong();
    } else if (piece.length > 0) this.pieces.push(Buffer.from(piece));
  }
  private finish(): void {
    // What isn't UTF-8 becomes U+FFFD, which fits no address.
    const text = this.passing ? undefined : Buffer.concat(this.pieces).toString('utf8').replace(/\r$/, '');
    this.forget();
    if (text !== undefined) this.line(text);
  }
  /** What came of the last line goes. */
  forget(): void {
    [this.pieces, this.size, this.passing] = [[], 0, false];
  }
}
