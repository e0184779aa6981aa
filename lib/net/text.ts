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

/** Halves of characters that stand for no byte: written, they would be another text. */
const HALVES = '\\ud800-\\udc7f\\udd00-\\udfff';
const NOT_WHOLE = new RegExp(`[${HALVES}]`, 'u');
const NOT_IN_LINES = new RegExp(`[\\0-\\x08\\x0a-\\x1f\\x7f${HALVES}]`, 'u');
const NOT_IN_NAMES = new RegExp(`[\\0-\\x20\\x7f${HALVES}]`, 'u');
const NOT_IN_WORDS = new RegExp(`[\\0-\\x20\\x7f"'\\\\${HALVES}]`, 'u');

/** Whether a text is written as it is. */
export const isWhole = (text: string): boolean => !NOT_WHOLE.test(text);
/** Whether a text can stand in a line of a saved file, in quotes, and is read again as it is. */
export const isLine = (text: string): boolean => !NOT_IN_LINES.test(text);
/** Whether it can as one word without quotes. */
export const isWord = (text: string): boolean => text !== '' && !NOT_IN_WORDS.test(text);

/** Whether an interface or a chain can be called so, where nothing can be quoted: no spaces, no control characters. */
export const isPlainName = (text: string): boolean => text !== '' && !NOT_IN_NAMES.test(text);

/** Whether the kernel can make a file of this name. */
export const isFileName = (name: string): boolean => !name.includes('/') && name !== '.' && name !== '..';

const UNQUOTED = /^[-_0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BARE = /^[^\x00-\x20"\x7f]+$/;

/** A word as xtables_save_string prints it: bare, or in double quotes with " \ ' escaped. */
export const quote = (text: string): string => (UNQUOTED.test(text) ? text : inQuotes(text, /["\\']/g));
/** A word that iptables-save prints as it is: in quotes only if it would be read as other words. */
export const bareWord = (text: string): string => (BARE.test(text) ? text : inQuotes(text, /["\\]/g));
/** Always in double quotes. No newline gets into a line: what stands behind it would be a line of its own. */
export const inQuotes = (text: string, escaped: RegExp): string =>
  `"${text.replace(escaped, '\\$&').replace(/\n/g, '?')}"`;
