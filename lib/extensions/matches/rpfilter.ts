import { match, revision } from '../../codec/extension';
import { any, fact, not } from '../../codec/meaning';
import { flagged } from '../../codec/option';
import { bit, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_rpfilter.h>
const s = struct('xt_rpfilter_info', { flags: u8 });
const XT_RPFILTER_LOOSE = 1 << 0;
const XT_RPFILTER_VALID_MARK = 1 << 1;
const XT_RPFILTER_ACCEPT_LOCAL = 1 << 2;
const XT_RPFILTER_INVERT = 1 << 3;

/** Matches if a reply to the packet would leave by the interface that it came in by. */
export const rpfilter = match({
  name: 'rpfilter',
  doc: 'Matches if a reply would leave by the interface that the packet came in by.',
  where: { tables: ['raw', 'mangle'], hooks: ['PREROUTING'] },
  revisions: [
    revision(0, s, {
      loose: flagged(bit(s.flags, XT_RPFILTER_LOOSE)).doc('Any interface will do.'),
      validmark: flagged(bit(s.flags, XT_RPFILTER_VALID_MARK)).doc("Routes the reply by the packet's mark too."),
      'accept-local': flagged(bit(s.flags, XT_RPFILTER_ACCEPT_LOCAL)).doc(
        "Packets with this host's own source address match too.",
      ),
      invert: flagged(bit(s.flags, XT_RPFILTER_INVERT)).doc('Matches packets that fail the test instead.'),
    }),
  ],
  matches({ invert }) {
    const test = any(
      fact('inInterface', (name) => name === 'lo'),
      fact('rpfilter', (passes) => passes),
    );
    return invert ? not(test) : test;
  },
  example: { loose: true, invert: true },
  list: { label: 'rpfilter' },
});
