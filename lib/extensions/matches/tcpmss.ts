import { match, revision } from '../../codec/extension';
import { fact, given, inTransport, within } from '../../codec/meaning';
import { isNot, negatable, printRange, range } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u8, u16 } from '../../codec/struct';

// <linux/netfilter/xt_tcpmss.h>
const s = struct('xt_tcpmss_match_info', { mss_min: u16, mss_max: u16, invert: u8 });

/** Matches TCP segments that carry the option maximum segment size (those with SYN), by its value. */
export const tcpmss = match({
  name: 'tcpmss',
  doc: 'Matches by the maximum segment size that a TCP connection request offers.',
  where: { protocols: [6] },
  revisions: [
    revision(0, s, {
      mss: required(negatable(boolean(s.invert), range(s.mss_min, s.mss_max, 65535)))
        .varies()
        .doc('The size in bytes, or a range of it.'),
    }),
  ],
  matches({ mss }) {
    // Without the option, a range matches nothing, and what isn't in a range everything.
    return inTransport(
      given(mss, (range) => {
        const test = within(range);
        return fact('mss', (size) => size > 0 && test(size));
      }),
    );
  },
  separate: true,
  example: { mss: [0, 500] },
  list: ({ mss }) => `tcpmss match ${isNot(mss) ? `!${printRange(mss.not)}` : printRange(mss)}`,
});
