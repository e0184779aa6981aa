/** An address, a network or a range a line; what stands behind `#` or `;` is the reason. As block lists are published. */
import { addressIn, commented, type Format, numbered, oneLine, plain } from './format';

export const lines: Format = {
  is: (line) => /^[\da-fA-F.:]+(\/[\d.]+|\s*-\s*[\da-fA-F.:]+)?\s*([#;].*)?$/.test(line),
  *read(text, { as }) {
    for (const [whole, line] of numbered(text)) {
      const [word, reason] = commented(whole);
      if (word === '') continue;
      yield { what: as, address: addressIn(word, line), ...(reason !== undefined && { reason }), line };
    }
  },
  write: ({ bans }) =>
    plain(bans, ({ address, reason }) => (reason === undefined ? address : `${address} # ${oneLine(reason)}`)),
};
