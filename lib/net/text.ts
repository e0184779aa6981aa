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
    if (byte >= 0x80) {
      const zero = bytes.subarray(start, end).indexOf(0);
      return decodeAll(bytes.subarray(start, zero < 0 ? end : start + zero));
    }
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

/** Bytes as text, zeroes too. */
export function decodeAll(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {}
  let text = '';
  let from = 0;
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      if (from < i) text += decoder.decode(bytes.subarray(from, i));
      text += String.fromCharCode(0xdc00 + bytes[i]!);
      from = i + 1;
    }
    i += length || 1;
  }
  return text + decoder.decode(bytes.subarray(from));
}

/** How long the valid UTF-8 sequence at i is; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  // Behind some leads the second byte would say what is shorter otherwise, a surrogate, or what is beyond Unicode.
  const second = bytes[i + 1]!;
  if (lead === 0xe0 && second < 0xa0) return 0;
  if (lead === 0xed && second > 0x9f) return 0;
  if (lead === 0xf0 && second < 0x90) return 0;
  if (lead === 0xf4 && second > 0x8f) return 0;
  for (let n = 1; n < length; n++) if ((bytes[i + n]! & 0xc0) !== 0x80) return 0;
  return length;
}

const LONE = /([\udc80-\udcff]+)/u;

/** The inverse of decodeAll; lone surrogates of other ranges become U+FFFD, as TextEncoder has it. */
export function encodeText(text: string): Uint8Array {
  const parts = text.split(LONE);
  if (parts.length === 1) return encoder.encode(text);
  // Every other part is bytes; latin1 takes the lower eight bits of each.
  return Buffer.concat(parts.map((part, i) => (i % 2 === 1 ? Buffer.from(part, 'latin1') : encoder.encode(part))));
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
