/** How far a long restore is, on a terminal: nothing for the first half second, and nothing left at the end. */
const QUIET = 500;
const EVERY = 100;

export class Progress {
  private readonly start = Date.now();
  private last = 0;
  private shown = false;

  at(lines: number): void {
    const now = Date.now();
    if (now - this.start < QUIET || now - this.last < EVERY) return;
    this.last = now;
    this.shown = true;
    const rate = Math.round((lines / (now - this.start)) * 1000);
    process.stderr.write(`\r\u001b[K${lines.toLocaleString('en')} lines, ${rate.toLocaleString('en')} a second`);
  }

  end(): void {
    if (this.shown) process.stderr.write('\r\u001b[K');
  }
}
