/** Bytes or text in pieces of any size -> lines, of which only the unfinished one is kept. */
import { IptcError } from '../errors';
import { decodeText, encodeText } from '../net/text';

const NEWLINE = 10;
/** Enough for a rule with thousands of addresses; what never ends must not fill the memory. */
const LONGEST = 4 << 20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes beyond ASCII are what is looked for
const BEYOND_ASCII = /[^\x00-\x7f]/;

export class LineSplitter {
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

  /** Of the unfinished line, about. */
  get unfinished(): number {
    return this.open.length + this.kept;
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
        const line = decodeLine(this.bytes.subarray(this.byteAt, stop));
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
    const line = decodeLine(this.rest.subarray(0, this.kept));
    this.kept = 0;
    return line;
  }
}

/** A zero byte stays in the line, where it is refused, instead of cutting it off. */
function decodeLine(bytes: Uint8Array): string {
  if (!bytes.includes(0)) return decodeText(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export type Pieces = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Lines of a text, of pieces of a file, or of a list of lines (of which none has to end in a newline).
 * next() never waits; more() does, and says whether there is any more to come.
 */
export class LineSource {
  private readonly splitter = new LineSplitter();
  private readonly sync: Iterator<string | Uint8Array> | undefined;
  private readonly async: AsyncIterator<string | Uint8Array> | undefined;
  private ended = false;
  /** 1-based, of the line that next() gave last. */
  line = 0;

  constructor(input: Pieces) {
    if (typeof input === 'string' || input instanceof Uint8Array) {
      this.splitter.push(input);
    } else if (Symbol.asyncIterator in input) this.async = input[Symbol.asyncIterator]();
    else this.sync = input[Symbol.iterator]();
  }

  /** The next line that is there already. */
  next(): string | undefined {
    for (;;) {
      const line = this.splitter.next();
      if (line !== undefined) return this.counted(line);
      if (this.ended || this.async) return undefined;
      this.checkLength();
      const piece = this.sync?.next();
      if (!piece || piece.done) {
        this.ended = true;
        const last = this.splitter.last();
        return last === undefined ? undefined : this.counted(last);
      }
      this.splitter.push(piece.value);
      if (endsOpen(piece.value)) this.splitter.push('\n');
    }
  }

  /** Waits for more; false at the end. The last line may then still come out of next(). */
  async more(): Promise<boolean> {
    if (!this.async || this.ended) return false;
    this.checkLength();
    const piece = await this.async.next();
    if (!piece.done) {
      this.splitter.push(piece.value);
      return true;
    }
    this.ended = true;
    const last = this.splitter.last();
    if (last === undefined) return false;
    this.splitter.push(`${last}\n`);
    return true;
  }

  /** Lets go of the input before its end. */
  async close(): Promise<void> {
    this.sync?.return?.();
    await this.async?.return?.();
  }

  private checkLength(): void {
    if (this.splitter.unfinished > LONGEST)
      throw new IptcError('ERR_BAD_TEXT', `Expected a line of at most ${LONGEST} bytes`, { line: this.line + 1 });
  }

  private counted(line: string): string {
    this.line++;
    return line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line;
  }
}

/** An element of a list of lines that is one, without its newline. */
function endsOpen(piece: string | Uint8Array): boolean {
  const last = piece.length - 1;
  return typeof piece === 'string' ? piece[last] !== '\n' : piece[last] !== NEWLINE;
}
