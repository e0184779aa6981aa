/** Names in the bytes of messages, told apart without making text of them. */
import type { Block } from '../../../net/block';
import type { Cursor } from '../../../netlink/attributes';

export const bytesOf = (name: string): Uint8Array => Uint8Array.from(name, (c) => c.charCodeAt(0));

/** The expressions that rules may have which entries can say. */
export const EXPRESSION = {
  meta: 1,
  payload: 2,
  cmp: 3,
  bitwise: 4,
  range: 5,
  counter: 6,
  immediate: 7,
  match: 8,
  target: 9,
  limit: 10,
  log: 11,
} as const;

interface Known {
  readonly words: Int32Array;
  readonly kind: number;
}
/** By their size, with the zero behind them. */
const known: (readonly Known[])[] = [];
for (const [name, kind] of Object.entries(EXPRESSION)) {
  const size = name.length + 1;
  const padded = new Uint8Array((size + 3) & ~3);
  padded.set(bytesOf(name));
  known[size] = [...(known[size] ?? []), { words: new Int32Array(padded.buffer), kind }];
}

/** Which of them the name of an expression is; 0: none. */
export function expressionNamed({ words }: Block, { start, end }: Cursor): number {
  const candidates = known[end - start];
  if (candidates === undefined) return 0;
  const at = start >> 2;
  next: for (const { words: name, kind } of candidates) {
    for (let i = 0; i < name.length; i++) if (words[at + i] !== name[i]) continue next;
    return kind;
  }
  return 0;
}

export function isOneOf(names: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): boolean {
  for (const name of names) if (isSame(bytes, start, end, name)) return true;
  return false;
}

function isSame(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false;
  return true;
}

/** Where the first zero is; the end, if there is none. */
export function zeroIn(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return at;
}
