/** Holes of texts and names. */
import type { TextReader } from '../../net/reader';
import type { TextWriter } from '../../net/writer';
import type { Member, Memory } from '../struct';
import { type Hole, holeOf, IRREGULAR, isZero, REGULAR, UNSAID } from './hole';

const APOSTROPHE = 39;

/** What the bytes of a text ask for: nothing, quotes around it, or the printer, which knows what can't be said. */
const [QUOTES, PRINTER] = [1, 2];
const NEEDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte < 0x20 && byte !== 9) || byte === 0x7f ? PRINTER : /[-_0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 0 : QUOTES,
);
/** A text as quote() has it, with nothing but zeroes behind it. `empty`: it may be none at all. */
export const textHole = (place: unknown, empty: boolean): Hole | undefined =>
  holeOf([place] as readonly [Member<string>], (member) => {
    const { size } = member.type;
    return {
      formOf(m) {
        const [start, end] = [m.at + member.offset, m.at + member.offset + size];
        const { bytes } = m;
        let needs = 0;
        let stop = start;
        for (; stop < end && bytes[stop] !== 0; stop++) needs |= NEEDS[bytes[stop]!]!;
        if (needs >= PRINTER || stop === end || !isZero(m, stop, end)) return IRREGULAR;
        return stop === start && !empty ? UNSAID : REGULAR;
      },
      write({ at, bytes }, out) {
        const start = at + member.offset;
        let needs = 0;
        let stop = start;
        for (; bytes[stop] !== 0; stop++) needs |= NEEDS[bytes[stop]!]!;
        if (needs === 0 && stop > start) out.copy(bytes, start, stop);
        else out.quoted(bytes, start, stop, APOSTROPHE);
      },
      read: ({ at, bytes }, words) => words.words(isBare, bytes, at + member.offset, size),
    };
  });
const isBare = (byte: number): boolean => NEEDS[byte] === 0;

/** A word that needs no quotes, and behind it what is beneath it. */
export const wordHole = (place: unknown): Hole | undefined =>
  holeOf([place] as readonly [Member<string>], ({ offset, type: { size, beneath } }) => {
    const lengthOf = ({ at, bytes }: Memory): number => {
      let length = 0;
      while (length < size && WORD[bytes[at + offset + length]!] === 1) length++;
      return length;
    };
    const formOf = (m: Memory): number => {
      const length = lengthOf(m);
      if (length === size || m.bytes[m.at + offset + length] !== 0) return IRREGULAR;
      for (let i = length + 1; i < size; i++) if (m.bytes[m.at + offset + i] !== (beneath?.[i] ?? 0)) return IRREGULAR;
      return length === 0 ? UNSAID : REGULAR;
    };
    return {
      formOf,
      write: (m: Memory, out: TextWriter) => out.copy(m.bytes, m.at + offset, m.at + offset + lengthOf(m)),
      read(m: Memory, words: TextReader) {
        const { at, bytes } = m;
        if (!words.words((byte) => WORD[byte] === 1, bytes, at + offset, size)) return false;
        if (beneath) bytes.set(beneath.subarray(lengthOf(m) + 1), at + offset + lengthOf(m) + 1);
        return formOf(m) === REGULAR;
      },
    };
  });
const WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x20 && byte < 0x7f && !`"'\\`.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The name of an interface, or the beginning of one and `+`, under the mask that it is written with. */
export const interfaceHole = (name: unknown, mask: unknown): Hole | undefined => {
  const word = wordHole(name);
  return holeOf([name, mask] as readonly [Member<string>, Member<Uint8Array>], ({ offset }, under) => {
    const compared = ({ at, bytes }: Memory): number => {
      const from = at + offset;
      const end = bytes.indexOf(0, from);
      return bytes[end - 1] === PLUS ? end - from - 1 : end - from + 1;
    };
    return {
      formOf(m) {
        const form = word!.formOf(m);
        if (form !== REGULAR)
          return form === UNSAID && isZero(m, m.at + under.offset, m.at + under.offset + under.type.size)
            ? UNSAID
            : IRREGULAR;
        const ones = compared(m);
        for (let i = 0; i < under.type.size; i++)
          if (m.bytes[m.at + under.offset + i] !== (i < ones ? 0xff : 0)) return IRREGULAR;
        return REGULAR;
      },
      write: word!.write,
      read(m, words) {
        if (!word!.read(m, words)) return false;
        m.bytes.fill(0, m.at + under.offset, m.at + under.offset + under.type.size);
        m.bytes.fill(0xff, m.at + under.offset, m.at + under.offset + compared(m));
        return true;
      },
    };
  });
};
const PLUS = 43;
