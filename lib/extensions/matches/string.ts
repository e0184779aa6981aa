import { exactlyOne, match, OptionMismatch, revision, wrong } from '../../codec/extension';
import { all, given } from '../../codec/meaning';
import { integer, isNot, negatable, type Operand, operand, word } from '../../codec/operand';
import { defaulted, flagged, optional, required } from '../../codec/option';
import {
  bit,
  boolean,
  bytes,
  chars,
  type Memory,
  type Place,
  pointer,
  struct,
  u8,
  u16,
  union,
} from '../../codec/struct';
import { Mismatch } from '../../errors';
import { toHex } from '../../net/number';
import { decodeText, encodeText, isWhole } from '../../net/text';
import { patternHole } from '../shared/pattern';
import { search } from '../shared/search';

// <linux/netfilter/xt_string.h>
const s = struct(
  'xt_string_info',
  {
    from_offset: u16,
    to_offset: u16,
    algo: chars(16),
    pattern: bytes(128),
    patlen: u8,
    u: union({ v0: struct('', { invert: u8 }), v1: struct('', { flags: u8 }) }),
  },
  { config: pointer },
);
const XT_STRING_FLAG_INVERT = 0x01;
const XT_STRING_FLAG_IGNORECASE = 0x02;

const pattern: Place<Uint8Array> = {
  read: (m) => s.pattern.read(m).subarray(0, s.patlen.read(m)),
  write(m, value) {
    if (value.length === 0) throw new Mismatch('a text that is not empty', '');
    s.pattern.write(m, value);
    s.patlen.write(m, value.length);
  },
};
/** iptables-save prints the pattern as text if all of it can be printed and no backslash would stand before the quote. */
const printable = (b: Uint8Array) => b.every((byte) => byte >= 0x20 && byte < 0x7f) && b[b.length - 1] !== 0x5c;

const hole = patternHole(s.pattern, s.patlen);
const text = operand<string>(
  'text',
  'string',
  {
    read: (m) => decodeText(pattern.read(m)),
    write(m, value) {
      if (typeof value !== 'string' || !isWhole(value)) throw new Mismatch('a text', value);
      pattern.write(m, encodeText(value));
    },
  },
  (value) => `"${value.replace(/["\\]/g, '\\$&')}"`,
  String,
  hole,
);

/** `GET|0d 0a|`: text with bytes in hexadecimal between bars. The character behind a closing bar stands for itself. */
function parseHexString(word: string): Uint8Array {
  const part = /\| *((?:[0-9A-Fa-f]{2} ?)+)\|(.)?|\\(.)|\|$|([^|\\])/suy;
  const parts: Uint8Array[] = [];
  while (part.lastIndex < word.length) {
    const found = part.exec(word);
    if (!found) throw new Mismatch('text with pairs of hexadecimal digits between bars, as in GET|0d 0a|', word);
    const [, digits = '', behind = '', escaped = '', plain = ''] = found;
    parts.push(Buffer.from(digits.replace(/ /g, ''), 'hex'), encodeText(behind + escaped + plain));
  }
  return Buffer.concat(parts);
}
const formatHexString = (b: Uint8Array) => `|${toHex(b)}|`;

const hexText = operand<string>(
  'text|hex|',
  'string',
  {
    read: (m) => formatHexString(pattern.read(m)),
    write(m, value) {
      if (typeof value !== 'string' || !isWhole(value)) throw new Mismatch('a text', value);
      pattern.write(m, parseHexString(value));
    },
  },
  (value) => `"${formatHexString(parseHexString(value))}"`,
  (word) => formatHexString(parseHexString(word)),
  hole,
);

/** By its name the kernel finds what searches: which ones there are is checked besides. */
const algorithm: Operand<'bm' | 'kmp'> = {
  ...(word(s.algo) as Operand<'bm' | 'kmp'>),
  metavar: 'bm|kmp',
  type: "'bm' | 'kmp'",
};

const shown = (as: 'text' | 'hex'): Place<boolean> => ({
  read: (m: Memory) => printable(pattern.read(m)) === (as === 'text'),
  write: () => {},
});
const inOrder = (m: Memory) => s.from_offset.read(m) <= s.to_offset.read(m);
const options = (inverted: Place<boolean>) => {
  const found = (as: 'text' | 'hex', o: Operand<string>) => optional(shown(as), negatable(inverted, o));
  return {
    string: found('text', text).varies().doc('The text that is looked for, up to 128 bytes.'),
    'hex-string': found('hex', hexText).varies().doc('The same, with bytes in hexadecimal between bars.'),
    algo: required(algorithm).doc('How: Boyer-Moore or Knuth-Morris-Pratt.'),
    from: defaulted(0, integer(s.from_offset))
      .varies(inOrder)
      .doc('The offset in the packet at which the search begins.'),
    to: defaulted(65535, integer(s.to_offset)).varies(inOrder).doc('The offset at which it ends.'),
  };
};

/** Looks for a text in the packet. */
export const string = match({
  name: 'string',
  doc: 'Looks for a text in the packet.',
  revisions: [
    revision(1, s, {
      ...options(bit(s.u.v1.flags, XT_STRING_FLAG_INVERT)),
      icase: flagged(bit(s.u.v1.flags, XT_STRING_FLAG_IGNORECASE)).doc('Capitals and small letters are the same.'),
    }),
    revision(0, s, options(boolean(s.u.v0.invert))),
  ],
  refersTo: { algo: { kind: 'algorithm', make: (name) => `Load its module: modprobe ts_${name}. Or take bm or kmp.` } },
  constraints: [exactlyOne('string', 'hex-string')],
  kernelCheck({ algo, from = 0, to = 65535 }) {
    if (algo !== 'bm' && algo !== 'kmp') throw wrong('algo', 'bm or kmp', algo);
    if (from > to) throw new OptionMismatch('to', new Mismatch(`an offset from ${from} (--from) to 65535`, to));
  },
  inverts: true,
  matches: ({ string, hexString, ...where }) =>
    all(
      given(string, (text) => search(encodeText(text), where)),
      given(hexString, (text) => search(parseHexString(text), where)),
    ),
  symbol: ({ string, hexString, algo, from = 0, to = 65535, icase }, space) =>
    space.given(string ?? hexString, (word) => {
      const [option, o] = string === undefined ? ['hex-string', hexText] : ['string', text];
      const limits = `${from === 0 ? '' : ` --from ${from}`}${to === 65535 ? '' : ` --to ${to}`}${icase ? ' --icase' : ''}`;
      return space.free(`-m string --${option} ${o.print(word, {} as never)} --algo ${algo}${limits}`);
    }),
  example: { string: 'GET /index.html', algo: 'bm' },
  list({ string, hexString, algo, from, to, icase }, context) {
    const [value, o] = string === undefined ? [hexString ?? '', hexText] : [string, text];
    const words = o.print(isNot(value) ? value.not : value, context);
    const limits = `${from === undefined ? '' : ` FROM ${from}`}${to === undefined ? '' : ` TO ${to}`}${icase ? ' ICASE' : ''}`;
    return `STRING match ${isNot(value) ? '!' : ''} ${words} ALGO name ${algo}${limits}`;
  },
});
