/** A pattern of printable text as string's bytes have it: printed from them, and read back. */
import { type Hole, holeOf, IRREGULAR, isZero, REGULAR } from '../../codec/hole';
import type { Member } from '../../codec/struct';

const BACKSLASH = 0x5c;

/** What isn't printable, or would end in a backslash, another option says. */
export const patternHole = (pattern: Member<Uint8Array>, patlen: Member<number>): Hole | undefined =>
  holeOf([pattern, patlen] as const, ({ offset, type: { size } }, length) => ({
    formOf(m) {
      const [from, end] = [m.at + offset, m.at + offset + length.read(m)];
      if (end === from || end > from + size || !isZero(m, end, from + size)) return IRREGULAR;
      for (let i = from; i < end; i++) if (m.bytes[i]! < 0x20 || m.bytes[i]! >= 0x7f) return IRREGULAR;
      return m.bytes[end - 1] === BACKSLASH ? IRREGULAR : REGULAR;
    },
    write: (m, out) => out.quoted(m.bytes, m.at + offset, m.at + offset + length.read(m), BACKSLASH),
    read(m, words) {
      const from = m.at + offset;
      if (!words.words(() => false, m.bytes, from, size)) return false;
      const end = m.bytes.indexOf(0, from);
      length.write(m, end - from);
      return m.bytes[end - 1] !== BACKSLASH;
    },
  }));
