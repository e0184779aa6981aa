/** How far a long restore is, on a terminal: nothing for the first half second, and nothing left at the end. */
import ProgressBar = require('progress');

const QUIET = 500;
const EVERY = 100;
/** Columns for a bar and all that is said beside it. */
const WIDE = 80;
const BAR = 30;

export class Progress {
  private readonly start = Date.now();
  private readonly bar: ProgressBar;
  private shown = false;

  /** `size` is the input's in bytes; unknown of what comes through a pipe. */
  constructor(
    private readonly size: number | undefined,
    stream: NodeJS.WriteStream,
  ) {
    const said = ':lines lines, :speed a second';
    const format = size === undefined ? said : stream.columns < WIDE ? '[:bar] :percent' : `[:bar] :percent  ${said}`;
    this.bar = new ProgressBar(format, {
      // More is to be done when all is read: the end is told.
      total: size === undefined ? Number.POSITIVE_INFINITY : size + 1,
      width: BAR,
      incomplete: ' ',
      stream,
      clear: true,
      renderThrottle: EVERY,
    });
  }

  at(lines: number, bytes: number): void {
    const passed = Date.now() - this.start;
    if (passed < QUIET) return;
    this.shown = true;
    this.bar.tick(Math.min(bytes, this.size ?? 0) - this.bar.curr, {
      lines: lines.toLocaleString('en'),
      speed: Math.round((lines / passed) * 1000).toLocaleString('en'),
    });
  }

  end(): void {
    if (this.shown) this.bar.terminate();
  }
}
