/** A pattern as string's bytes have it: printed from them, and read back. */
import { type Hole, holeOf, IRREGULAR, isZero, REGULAR, SEVERAL } from '../../codec/hole';
import type { Member, Memory } from '../../codec/struct';

const [QUOTE, BAR, BACKSLASH] = [0x22, 0x7c, 0x5c];

/** Text, or bytes in hexadecimal where it isn't printable or would end in a backslash: two options have it. */
export const patternHole = (pattern: Member<Uint8Array>, patlen: Member<number>): Hole | undefined =>
  holeOf([pattern, patlen] as const, ({ offset, type: { size } }, length) => {
    const formOf = (m: Memory): number => {
      const [from, end] = [m.at + offset, m.at + offset + length.read(m)];
      if (end === from || end > from + size || !isZero(m, end, from + size)) return IRREGULAR;
      for (let i = from; i < end; i++) if (m.bytes[i]! < 0x20 || m.bytes[i]! >= 0x7f) return SEVERAL;
      return m.bytes[end - 1] === BACKSLASH ? SEVERAL : REGULAR;
    };
    return {
      formOf,
      write(m, out) {
        const [from, end] = [m.at + offset, m.at + offset + length.read(m)];
        if (formOf(m) === REGULAR) return out.quoted(m.bytes, from, end, BACKSLASH);
        out.byte(QUOTE);
        out.byte(BAR);
        out.reserve(2 * size);
        for (let i = from; i < end; i++) {
          out.number(m.bytes[i]! >> 4, 16);
          out.number(m.bytes[i]! & 15, 16);
        }
        out.byte(BAR);
        out.byte(QUOTE);
      },
      read(m, words) {
        const from = m.at + offset;
        const form = formOf(m);
        if (form === REGULAR) {
          if (!words.words(() => false, m.bytes, from, size)) return false;
          length.write(m, m.bytes.indexOf(0, from) - from);
          return formOf(m) === form;
        }
        if (!words.byte(QUOTE) || !words.byte(BAR)) return false;
        let count = 0;
        for (; !words.byte(BAR); count++) {
          const byte = words.hexByte();
          if (byte < 0 || count === size) return false;
          m.bytes[from + count] = byte;
        }
        m.bytes.fill(0, from + count, from + size);
        length.write(m, count);
        return words.byte(QUOTE) && formOf(m) === form;
      },
    };
  });
