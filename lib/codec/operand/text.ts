/** Texts of the user's, and what must not be in them. */
import { Mismatch } from '../../errors';
import { decodeText, encodeText, quote } from '../../net/text';
import { Member, type Place } from '../struct';
import { type Operand, operand } from './operand';

/** Free text, quoted where iptables-save quotes. */
export const text = (place: Place<string>): Operand<string> =>
  quoted(place, line(place, 'a text that is not empty, without control characters'));
/** The same, where nothing at all is printed as a text too. */
export const anyText = (place: Place<string>): Operand<string> =>
  quoted(place, line(place, 'a text without control characters', true));
const quoted = (place: Place<string>, checked: Place<string>): Operand<string> => {
  const whole = operand('text', 'string', checked, quote, (word) => word);
  return place instanceof Member ? { ...whole, quoted: place } : whole;
};
/** A word that iptables-save prints as it is. */
export const word = (place: Place<string>): Operand<string> => operand('name', 'string', name(place), String, (w) => w);
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
/** A new text must not be able to end its line, nor a word its word, in a saved file; one that is in the kernel already stays opaque. */
const without = (unsafe: RegExp, expected: string, place: Place<string>, empty = false): Place<string> => ({
  read: (m) => place.read(m),
  write(m, value) {
    if (typeof value !== 'string' || (value === '' && !empty) || unsafe.test(value))
      throw new Mismatch(expected, value);
    place.write(m, value);
  },
});
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_WORDS = /[\u0000-\u0020\u007f"'\\]/;
/** Whether a name stands in a saved file as one word, without quotes. */
export const isWord = (name: string): boolean => name !== '' && !NOT_IN_WORDS.test(name);
const line = (place: Place<string>, expected: string, empty?: boolean) => without(CONTROLS, expected, place, empty);
const name = (place: Place<string>) =>
  without(NOT_IN_WORDS, 'a name that is not empty, without spaces, quotes, backslashes and control characters', place);
