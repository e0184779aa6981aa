/** Text that is read as TextWriter writes it: no other spelling, and no piece of it is made a string of its own. */
import { formatIpv6, parseIpv6 } from './address';

const [ZERO, NINE, COLON, DOT, SPACE, QUOTE, BACKSLASH] = [48, 57, 58, 46, 32, 34, 92];

export class TextReader {
  private text = '';
  private at = 0;
  private end = 0;

  /** From an index up to another. */
  on(text: string, at: number, end: number): this {
    this.text = text;
    this.at = at;
    this.end = end;
    return this;
  }
  get atEnd(): boolean {
    return this.at === this.end;
  }

  /** Whether this is what comes next; then it's behind. */
  literal(piece: string): boolean {
    if (this.at + piece.length > this.end || !this.text.startsWith(piece, this.at)) return false;
    this.at += piece.length;
    return true;
  }
  byte(byte: number): boolean {
    if (this.at >= this.end || this.text.charCodeAt(this.at) !== byte) return false;
    this.at++;
    return true;
  }

  /** What comes up to the next space. */
  word(): string {
    const start = this.at;
    while (this.at < this.end && this.text.charCodeAt(this.at) !== SPACE) this.at++;
    return this.text.slice(start, this.at);
  }
  /** A whole number up to a limit, without needless zeroes before it; -1 if there is none. */
  number(max: number): number {
    return this.digits(10, max);
  }
  /** `0x1f` */
  hex(max: number): number {
    return this.byte(ZERO) && this.byte(120) ? this.digits(16, max) : -1;
  }
  private digits(base: number, max: number): number {
    const start = this.at;
    let value = 0;
    for (; this.at < this.end; this.at++) {
      const digit = digitOf(this.text.charCodeAt(this.at));
      if (digit >= base || (value === 0 && this.at > start)) break;
      value = base * value + digit;
      if (value > max) return -1;
    }
    return this.at > start ? value : -1;
  }
  /** Two decimal digits; negative if there are none. */
  twoDigits(): number {
    if (this.at + 2 > this.end) return -1;
    const [tens, ones] = [digitOf(this.text.charCodeAt(this.at)), digitOf(this.text.charCodeAt(this.at + 1))];
    this.at += 2;
    return tens < 10 && ones < 10 ? 10 * tens + ones : -1;
  }
  /** Two hexadecimal digits, in either case. */
  hexByte(): number {
    if (this.at + 2 > this.end) return -1;
    const high = digitOf(lower(this.text.charCodeAt(this.at)));
    const low = digitOf(lower(this.text.charCodeAt(this.at + 1)));
    this.at += 2;
    return high < 16 && low < 16 ? 16 * high + low : -1;
  }
  /** `10.0.0.1`, into four bytes. */
  ipv4(into: Uint8Array, at: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (i > 0 && !this.byte(DOT)) return false;
      const part = this.number(255);
      if (part < 0) return false;
      into[at + i] = part;
    }
    return true;
  }
  /** `2001:db8::1`, into sixteen bytes. */
  ipv6(into: Uint8Array, at: number): boolean {
    let end = this.at;
    for (let code: number; end < this.end; end++) {
      code = this.text.charCodeAt(end);
      if (code !== COLON && code !== DOT && digitOf(code) >= 16) break;
    }
    const word = this.text.slice(this.at, end);
    const bytes = parseIpv6(word);
    if (!bytes || formatIpv6(bytes) !== word) return false;
    into.set(bytes, at);
    this.at = end;
    return true;
  }
  /** ASCII without control characters, bare or as TextWriter.quoted has it, with zeroes behind it; false if there is none, or no zero. */
  words(bare: (byte: number) => boolean, into: Uint8Array, at: number, size: number): boolean {
    const quoted = this.byte(QUOTE);
    let length = 0;
    for (; this.at < this.end; this.at++) {
      let byte = this.text.charCodeAt(this.at);
      if (quoted) {
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) byte = ++this.at < this.end ? this.text.charCodeAt(this.at) : 0;
      } else if (byte === SPACE) break;
      else if (!bare(byte)) return false;
      if (byte < SPACE || byte > 126 || length >= size - 1) return false;
      into[at + length++] = byte;
    }
    if (length === 0 || (quoted && !this.byte(QUOTE))) return false;
    into.fill(0, at + length, at + size);
    return true;
  }
}

const lower = (code: number): number => (code >= 65 && code <= 70 ? code + 32 : code);
/** What a character counts as a digit; too much if it is none. */
const digitOf = (code: number): number =>
  code >= ZERO && code <= NINE ? code - ZERO : code >= 97 && code <= 102 ? code - 87 : 99;
