/**
 * Where an option's value varies from rule to rule: its bytes are printed as they are, without a value between. Of each
 * element printed the thorough way the text around its holes is kept (text/template.ts), and holds for all elements that
 * differ in their holes' bytes alone. So an option may only have a hole (Option.varies) if nothing else reads these
 * bytes, and if whether it is there follows from their form and from the bytes around them.
 */
import type { TextReader } from '../../net/reader';
import type { TextWriter } from '../../net/writer';
import type { Member, Memory, Place } from '../struct';

export interface Hole {
  /** The bytes that vary. */
  readonly members: readonly Member<unknown>[];
  /**
   * Which form the bytes have, for what is said around the hole may depend on it. IRREGULAR is what the hole can't say,
   * and what an option wouldn't write just so: then the element is printed the thorough way.
   */
  formOf(m: Memory): number;
  /** The words as the operand prints them. */
  write(m: Memory, out: TextWriter): void;
  /**
   * Reads words back, over the bytes of an element whose form isReadable, and so that it stays the same. False if the
   * parser has to look at them: they are spelled otherwise, or don't fit.
   */
  read(m: Memory, words: TextReader): boolean;
}
/**
 * Forms. UNSAID: bytes that mean that the option isn't there, or that it is for others' sake. ZERO: no option is there
 * for 0 alone. Where the bytes around depend on these, there are several regular forms, from SEVERAL on.
 */
export const [IRREGULAR, REGULAR, UNSAID, ZERO, SEVERAL] = [-1, 0, 1, 2, 3] as const;
/** Where bytes depend on others in ways that no form says: a form of this value alone. It is printed the thorough way. */
export const onlyOf = (value: number): number => (value < 2 ** 32 ? -2 - value : IRREGULAR);
export const isPrintable = (form: number): boolean => form >= REGULAR && form !== UNSAID;
export const isReadable = (form: number): boolean => form === REGULAR || form >= SEVERAL;

/** Its members, if they are members: other places may mean anything. */
export const holeOf = <P extends readonly unknown[]>(
  places: P,
  make: (...members: { [K in keyof P]: P[K] & Member<unknown> }) => Omit<Hole, 'members'>,
): Hole | undefined =>
  places.every((place) => typeof (place as { readonly offset?: unknown } | undefined)?.offset === 'number')
    ? { members: places as unknown as readonly Member<unknown>[], ...make(...(places as never)) }
    : undefined;

export function isZero({ bytes, words }: Memory, from: number, end: number): boolean {
  let i = from;
  for (; i < end && (words === undefined || (i & 3) !== 0); i++) if (bytes[i] !== 0) return false;
  if (words) for (; i + 4 <= end; i += 4) if (words[i >> 2] !== 0) return false;
  for (; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Of an option that is only there, and whose bytes only mean this, where bytes around it say so. */
export const holeWhere = (there: Place<boolean>, hole: Hole): Hole => ({
  ...hole,
  formOf: (m) => (there.read(m) ? hole.formOf(m) : UNSAID),
});
/** Of an option that isn't there where it has one value. */
export const exceptHole = (hole: Hole, isFallback: (m: Memory) => boolean): Hole => ({
  ...hole,
  formOf: (m) => (isFallback(m) ? UNSAID : hole.formOf(m)),
  read: (m, words) => hole.read(m, words) && !isFallback(m),
});
