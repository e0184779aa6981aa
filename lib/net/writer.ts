/** Text that is written as bytes, piece by piece: no string is made until all of it is there. */
import { decodeAll, encodeText } from './text';

const [ZERO, DOT, QUOTE, BACKSLASH] = [48, 46, 34, 92];
/** Room for what is written without asking: a number, an address. */
const MARGIN = 64;

export class TextWriter {
  bytes: Uint8Array;
  end = 0;

  constructor(size = 256) {
    this.bytes = new Uint8Array(size + MARGIN);
  }

  /** What has been written since; valid until something is written. */
  takeBytes(): Uint8Array {
    const { end } = this;
    this.end = 0;
    return this.bytes.subarray(0, end);
  }
  /** The same as a text. */
  take(): string {
    const { bytes, end } = this;
    this.end = 0;
    return isAscii(bytes, end)
      ? Buffer.from(bytes.buffer, 0, end).toString('latin1')
      : decodeAll(bytes.subarray(0, end));
  }

  /** Makes room for so many bytes, and for a number behind them. */
  reserve(length: number): void {
    const needed = this.end + length + MARGIN;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  text(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let { end } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return this.copy(encodeText(text));
      bytes[end++] = code;
    }
    this.end = end;
  }
  copy(from: Uint8Array, start = 0, stop = from.length): void {
    this.reserve(stop - start);
    const { bytes } = this;
    let { end } = this;
    for (let i = start; i < stop; i++) bytes[end++] = from[i]!;
    this.end = end;
  }
  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.end++] = byte;
  }
  /** In double quotes, with a backslash before each quote and backslash, and before `'` if wanted. */
  quoted(from: Uint8Array, start: number, stop: number, escaped: number): void {
    this.reserve(2 * (stop - start) + 2);
    const { bytes } = this;
    let { end } = this;
    bytes[end++] = QUOTE;
    for (let i = start; i < stop; i++) {
      const byte = from[i]!;
      if (byte === QUOTE || byte === BACKSLASH || byte === escaped) bytes[end++] = BACKSLASH;
      bytes[end++] = byte;
    }
    bytes[end++] = QUOTE;
    this.end = end;
  }

  /** A whole number that isn't negative, in decimal or in another base, below 2^53. */
  number(value: number, base = 10): void {
    this.reserve(0);
    const { bytes } = this;
    let digits = 1;
    for (let power = base; power <= value; power *= base) digits++;
    this.end += digits;
    let rest = value;
    for (let i = this.end - 1; digits-- > 0; i--) {
      const above = Math.floor(rest / base);
      const digit = rest - above * base;
      bytes[i] = digit < 10 ? ZERO + digit : 87 + digit;
      rest = above;
    }
  }
  /** `07`, below 100. */
  twoDigits(value: number): void {
    this.reserve(0);
    const tens = Math.floor(value / 10);
    this.bytes[this.end++] = ZERO + tens;
    this.bytes[this.end++] = ZERO + value - 10 * tens;
  }
  /** `0x1f` */
  hex(value: number): void {
    this.text('0x');
    this.number(value, 16);
  }
  /** `10.0.0.1` */
  ipv4(from: Uint8Array, at: number): void {
    this.reserve(0);
    const { bytes } = this;
    let { end } = this;
    for (let i = at; i < at + 4; i++) {
      const byte = from[i]!;
      if (byte >= 100) bytes[end++] = ZERO + ((byte / 100) | 0);
      if (byte >= 10) bytes[end++] = ZERO + (((byte / 10) | 0) % 10);
      bytes[end++] = ZERO + (byte % 10);
      bytes[end++] = DOT;
    }
    this.end = end - 1;
  }
}

function isAscii(bytes: Uint8Array, end: number): boolean {
  const words = new Int32Array(bytes.buffer, 0, end >> 2);
  let all = 0;
  for (let i = 0; i < words.length; i++) all |= words[i]!;
  for (let i = end & ~3; i < end; i++) all |= bytes[i]!;
  return (all & 0x80808080) === 0;
}
