/** Texts of the user's. What could end its line in a saved file, no struct takes (chars); a word could end itself, too. */
import { Mismatch } from '../../errors';
import { bareWord, decodeText, encodeText, isWord, quote } from '../../net/text';
import { type Hole, textHole, wordHole } from '../hole';
import type { Place } from '../struct';
import { type Operand, operand } from './operand';

/** Free text, quoted where iptables-save quotes. */
export const text = (place: Place<string>): Operand<string> =>
  quoted(
    only((value) => value !== '', 'a text that is not empty, without control characters', place),
    textHole(place, false),
  );
/** The same, where nothing at all is printed as a text too. */
export const anyText = (place: Place<string>): Operand<string> => quoted(place, textHole(place, true));
const quoted = (place: Place<string>, hole: Hole | undefined): Operand<string> =>
  operand('text', 'string', place, quote, (word) => word, hole);
/** A word that iptables-save prints as it is. */
export const word = (place: Place<string>): Operand<string> =>
  operand('name', 'string', name(place), bareWord, (w) => w, wordHole(place));
const name = (place: Place<string>) =>
  only(isWord, 'a name that is not empty, without spaces, quotes, backslashes and control characters', place);

/** Cuts a text that is too long, as iptables silently does: on a command line only; as data it is refused. */
export const cut = (size: number, inner: Operand<string>): Operand<string> => ({
  ...inner,
  parse(words, context) {
    const text = inner.parse(words, context);
    if (3 * text.length <= size) return text; // no character takes more bytes
    const bytes = encodeText(text);
    return bytes.length > size ? decodeText(bytes, 0, size) : text;
  },
});

const only = (fits: (value: string) => boolean, expected: string, place: Place<string>): Place<string> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (typeof value !== 'string' || !fits(value)) throw new Mismatch(expected, value);
    place.write(m, value);
  },
});
