/** Numbers as xtables_strtoul reads them: decimal, 0x… hexadecimal, 0… octal; no minus, nothing behind. */
const NUMBER = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
/** What strtoul passes over. */
const SIGNED = /^(?:\s+\+?|\+)([0-9].*)$/;

/** The number, or undefined if the word isn't one or is beyond `max`. */
export function parseNumber(word: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
  if (!NUMBER.test(word)) return SIGNED.test(word) ? parseNumber(word.replace(SIGNED, '$1'), max) : undefined;
  const octal = word.length > 1 && word[0] === '0' && word[1] !== 'x' && word[1] !== 'X';
  const value = octal ? Number.parseInt(word, 8) : Number(word);
  return value <= max ? value : undefined;
}

/** The same for 64 bits. */
export function parseBigNumber(word: string): bigint | undefined {
  if (!NUMBER.test(word)) return undefined;
  const octal = word.length > 1 && word[0] === '0' && word[1] !== 'x' && word[1] !== 'X';
  const value = BigInt(octal ? `0o${word}` : word);
  return value < 1n << 64n ? value : undefined;
}

/** What data has for 64 bits: a bigint, a number that is exact, or a text of decimal digits; undefined for anything else. */
export function toUint64(value: unknown): bigint | undefined {
  const known =
    typeof value === 'bigint' || Number.isSafeInteger(value) || (typeof value === 'string' && /^\d{1,20}$/.test(value));
  const number = known ? BigInt(value as bigint | number | string) : -1n;
  return number >= 0n && number < 1n << 64n ? number : undefined;
}

/** A counter as sscanf's %llu reads it: decimal, from a number's beginning; too large is the largest. */
export function scanCounter(word: string): bigint | undefined {
  const [, sign, digits] = /^\s*([-+]?)(\d+)/.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return value > MAX_COUNTER ? MAX_COUNTER : BigInt.asUintN(64, sign === '-' ? -value : value);
}
const MAX_COUNTER = (1n << 64n) - 1n;

/** `0x1f`, as printf's %x with a prefix. */
export const hex = (value: number, width = 0): string => `0x${value.toString(16).padStart(width, '0')}`;

/** Bytes as lower-case hexadecimal digits, and back (undefined if they aren't pairs of digits). */
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
export function fromHex(text: string): Uint8Array | undefined {
  return /^([0-9a-fA-F]{2})*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}

/** For JSON.stringify: counters are numbers, or a text of digits beyond what those can say. */
export const counterToJson = (_: string, value: unknown): unknown =>
  typeof value !== 'bigint' ? value : value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
