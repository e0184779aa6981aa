import { match, revision } from '../../codec/extension';
import { all, inRange } from '../../codec/meaning';
import { isNot, negatable, printRange, range } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u8, u16 } from '../../codec/struct';

// <linux/netfilter/xt_length.h>
const s = struct('xt_length_info', { min: u16, max: u16, invert: u8 });

/** Matches by the length of the packet, the IP header included (in IPv6: the payload's length and 40). */
export const length = match({
  name: 'length',
  doc: 'Matches by the length of the packet.',
  revisions: [
    revision(0, s, {
      length: required(negatable(boolean(s.invert), range(s.min, s.max, 65535)))
        .doc('The length in bytes, or a range of it.')
        .varies(),
    }),
  ],
  matches: ({ length }) => all(inRange('length', length)),
  separate: true,
  example: { length: [0, 1280] },
  list: ({ length: l }) => `length ${isNot(l) ? `!${printRange(l.not)}` : printRange(l)}`,
});
