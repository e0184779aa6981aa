/** What is given as a file -> its lines, of which only the unfinished one is kept. */
import { isUint8Array } from 'node:util/types';
import { IptcError, show } from '../errors';
import { decodeAll, encodeText } from '../net/text';

const NEWLINE = 10;
const RETURN = 13;
/** Enough for a rule with thousands of addresses; what never ends must not fill the memory. */
const LONGEST = 4 << 20;
/** Bytes of UTF-8 that a character of text (a UTF-16 unit) takes at most. */
const MOST_BYTES = 3;
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes beyond ASCII are what is looked for
const BEYOND_ASCII = /[^\x00-\x7f]/;

/**
 * A file, as it may be given:
 * - a text or bytes: all of it;
 * - a list, or whatever else is iterated at once: each string is a line, or several, the last with or without its
 *   newline; buffers are pieces of the file;
 * - a stream, or whatever else is iterated asynchronously: strings and buffers are pieces of the file.
 *
 * Pieces may be cut anywhere, also inside a character or between CR and LF: the result is that of the whole.
 */
export type Pieces = string | Bytes | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
/** What makes an Uint8Array one, but for its method `filter`: tables that are given as data have one of that name. */
type Bytes = Pick<Uint8Array, 'buffer' | 'byteOffset' | 'byteLength' | 'subarray'>;

class LineSplitter {
  /** Whole lines. */
  private text = '';
  private at = 0;
  /** Whole lines of bytes that aren't ASCII: they are decoded one by one. */
  private bytes: Uint8Array | undefined;
  private byteAt = 0;
  /** The unfinished line, as text or at the beginning of this memory. */
  private open = '';
  private rest = new Uint8Array();
  private kept = 0;

  /** Of the unfinished line: so many characters at least. */
  get unfinished(): number {
    return this.open.length + this.kept / MOST_BYTES;
  }

  /** Adds a piece; only when next() has given undefined. The caller may use its memory again after that. */
  push(piece: string | Uint8Array): void {
    if (typeof piece === 'string') {
      if (this.kept > 0) this.open = this.finishBytes();
      const end = piece.lastIndexOf('\n') + 1;
      if (end > 0) {
        this.text = this.open + piece.slice(0, end);
        this.at = 0;
        this.open = '';
      }
      this.open += piece.slice(end);
      return;
    }
    if (this.open !== '') {
      this.keep(encodeText(this.open));
      this.open = '';
    }
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      let whole = piece.subarray(0, end);
      if (this.kept > 0) whole = Buffer.concat([this.rest.subarray(0, this.kept), whole]);
      this.kept = 0;
      const text = Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('latin1');
      if (BEYOND_ASCII.test(text)) {
        this.bytes = whole;
        this.byteAt = 0;
      } else {
        this.text = text;
        this.at = 0;
      }
    }
    this.keep(piece.subarray(end));
  }

  /** Adds whole lines, the last with or without its newline; they end a line of bytes that is unfinished. */
  pushLines(lines: string): void {
    const before = this.last();
    this.text = `${before === undefined ? '' : `${before}\n`}${lines}${lines.endsWith('\n') ? '' : '\n'}`;
    this.at = 0;
  }

  /** The next whole line, without its newline; undefined if there is none yet. */
  next(): string | undefined {
    const end = this.text.indexOf('\n', this.at);
    if (end >= 0) {
      const line = this.text.slice(this.at, end);
      this.at = end + 1;
      return line;
    }
    if (this.bytes) {
      const stop = this.bytes.indexOf(NEWLINE, this.byteAt);
      if (stop >= 0) {
        const line = decodeAll(this.bytes.subarray(this.byteAt, stop));
        this.byteAt = stop + 1;
        return line;
      }
      this.bytes = undefined;
    }
    return undefined;
  }

  /** The last line, if it doesn't end in a newline. */
  last(): string | undefined {
    const line = this.kept > 0 ? this.finishBytes() : this.open;
    this.open = '';
    return line === '' ? undefined : line;
  }

  private keep(piece: Uint8Array): void {
    const kept = this.kept + piece.length;
    if (kept > this.rest.length) {
      const larger = new Uint8Array(2 * kept);
      larger.set(this.rest.subarray(0, this.kept));
      this.rest = larger;
    }
    this.rest.set(piece, this.kept);
    this.kept = kept;
  }
  private finishBytes(): string {
    const line = decodeAll(this.rest.subarray(0, this.kept));
    this.kept = 0;
    return line;
  }
}

/** The lines of a file. next() never waits; more() does. */
export class LineSource {
  private readonly splitter = new LineSplitter();
  private readonly sync: Iterator<unknown> | undefined;
  private readonly async: AsyncIterator<unknown> | undefined;
  private ended = false;
  /** Whether the input has been asked for what it has not given yet, and those that it is to be told to. */
  private asked = false;
  private giveUp: ((error: unknown) => void) | undefined;
  /** Whether there is more to wait for, when next() gives nothing. */
  get waits(): boolean {
    return this.async !== undefined && !this.ended;
  }
  /** Whether lines end in CR LF: the first says so for all. In another file a CR belongs to the name that it stands in. */
  private returns = false;
  /** 1-based, of the line that next() gave last. */
  line = 0;

  constructor(
    input: Pieces,
    private readonly file?: string,
  ) {
    if (typeof input === 'string' || isUint8Array(input)) {
      this.splitter.push(input);
      return;
    }
    try {
      if (Symbol.asyncIterator in input) this.async = input[Symbol.asyncIterator]();
      else this.sync = (input as Iterable<string | Uint8Array>)[Symbol.iterator]();
    } catch (error) {
      throw this.unreadable(error);
    }
  }

  /** The next line that is there already; undefined at the end, and where more() has to be waited for. */
  next(): string | undefined {
    for (;;) {
      const line = this.splitter.next();
      if (line !== undefined) return this.counted(line);
      if (this.ended || this.async) return undefined;
      this.checkLength(this.splitter.unfinished);
      // Whoever throws has ended.
      this.ended = true;
      const piece = this.pull();
      if (!piece || piece.done) {
        const last = this.splitter.last();
        return last === undefined ? undefined : this.counted(last);
      }
      this.ended = false;
      if (typeof piece.value === 'string') this.splitter.pushLines(piece.value);
      else this.splitter.push(checked(piece.value));
    }
  }

  /** Waits for more; false at the end: next() will give no other line. */
  async more(): Promise<boolean> {
    if (!this.waits) return false;
    this.checkLength(this.splitter.unfinished);
    this.ended = true;
    const piece = await this.wait();
    if (piece.done) {
      const last = this.splitter.last();
      if (last !== undefined) this.splitter.pushLines(last);
      return last !== undefined;
    }
    this.ended = false;
    this.splitter.push(checked(piece.value));
    return true;
  }

  /** Ends the wait of more(), which rejects with this. Later ones are not touched. */
  interrupt(error: unknown): void {
    this.giveUp?.(error);
  }

  /** Lets go of the input before its end. One that is still busy is told so, and not waited for. */
  async close(): Promise<void> {
    if (this.ended && !this.asked) return;
    this.ended = true;
    try {
      this.sync?.return?.();
      const returned = this.async?.return?.();
      if (this.asked) returned?.catch(() => {});
      else await returned;
    } catch {} // why it is let go is what there is to tell
  }

  private wait(): Promise<IteratorResult<unknown>> {
    this.asked = true;
    return new Promise<IteratorResult<unknown>>((resolve, reject) => {
      this.giveUp = reject;
      const fail = (error: unknown) => {
        this.asked = false;
        reject(this.unreadable(error));
      };
      const give = (piece: IteratorResult<unknown>) => {
        this.asked = false;
        resolve(piece);
      };
      (async () => this.async!.next())().then(give, fail);
    });
  }
  private pull(): IteratorResult<unknown> | undefined {
    try {
      return this.sync?.next();
    } catch (error) {
      throw this.unreadable(error);
    }
  }

  /** What a stream fails with, or whatever else makes the pieces. */
  private unreadable(error: unknown): unknown {
    if (error instanceof IptcError) return error;
    const { message = show(error), errno, syscall } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
    return new IptcError('ERR_IO', `Cannot read ${this.file ?? 'the file'}: ${message}`, {
      file: this.file,
      errno: errno === undefined ? undefined : Math.abs(errno),
      syscall,
      cause: error,
    });
  }

  private checkLength(characters: number): void {
    if (characters > LONGEST)
      throw new IptcError(
        'ERR_BAD_TEXT',
        `Expected a line of at most ${LONGEST} characters but received one of ${characters}`,
        {
          line: this.line + 1,
          file: this.file,
        },
      );
  }

  private counted(line: string): string {
    this.checkLength(line.length);
    this.line++;
    const returns = line.charCodeAt(line.length - 1) === RETURN;
    if (this.line === 1) this.returns = returns;
    return returns && this.returns ? line.slice(0, -1) : line;
  }
}

function checked(piece: unknown): string | Uint8Array {
  if (typeof piece === 'string' || isUint8Array(piece)) return piece;
  throw new IptcError('ERR_BAD_ARGUMENT', `Expected text or bytes for a piece of a file but received ${show(piece)}`);
}
