/**
 * Text in the kernel is bytes. UTF-8 becomes text; any other byte b becomes the lone surrogate U+DC00 + b
 * and goes back to the same byte, so that two different names never look equal.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The bytes up to the first zero, as text. */
export function decodeText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let ascii = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0) return ascii;
    if (byte >= 0x80) return decodeBeyondAscii(bytes, start, end);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

function decodeBeyondAscii(bytes: Uint8Array, start: number, end: number): string {
  const zero = bytes.subarray(start, end).indexOf(0);
  const all = bytes.subarray(start, zero < 0 ? end : start + zero);
  try {
    return decoder.decode(all);
  } catch {}
  let text = '';
  for (let i = 0; i < all.length; ) {
    const length = sequenceLength(all, i);
    text += length > 0 ? decoder.decode(all.subarray(i, i + length)) : String.fromCharCode(0xdc00 + all[i]!);
    i += Math.max(length, 1);
  }
  return text;
}

/** How long the valid UTF-8 sequence at i is; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  try {
    if (length > 1) decoder.decode(bytes.subarray(i, i + length));
    return length;
  } catch {
    return 0;
  }
}

/** The inverse of decodeText; lone surrogates of other ranges become U+FFFD, as TextEncoder has it. */
export function encodeText(text: string): Uint8Array {
  if (!/[\udc80-\udcff]/.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
    else bytes.push(...encoder.encode(char));
  }
  return Uint8Array.from(bytes);
}

/** Writes text into a field whose rest is already zero; false if it doesn't fit. */
export function writeText(text: string, into: Uint8Array, at: number, size: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80 || i >= size) {
      const bytes = encodeText(text);
      if (bytes.length > size) return false;
      into.set(bytes, at);
      return true;
    }
    into[at + i] = code;
  }
  return true;
}

const UNQUOTED = /^[-_0-9A-Za-z]+$/;

/** A word as xtables_save_string prints it: bare, or in double quotes with " \ ' escaped. */
export function quote(text: string): string {
  return UNQUOTED.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`;
}
