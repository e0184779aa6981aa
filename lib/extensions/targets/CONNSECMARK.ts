import { exactlyOne, revision, target } from '../../codec/extension';
import { flagged } from '../../codec/option';
import { is, struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_CONNSECMARK.h>
const s = struct('xt_connsecmark_target_info', { mode: u8 });
const CONNSECMARK_SAVE = 1;
const CONNSECMARK_RESTORE = 2;

/** Copies security marks (SELinux) between packets and their connection. */
export const CONNSECMARK = target({
  name: 'CONNSECMARK',
  doc: 'Copies the security mark between the packet and its connection.',
  where: { tables: ['mangle', 'security'] },
  revisions: [
    revision(0, s, {
      save: flagged(is(s.mode, CONNSECMARK_SAVE)).doc('Give the connection the mark of the packet, if it has none.'),
      restore: flagged(is(s.mode, CONNSECMARK_RESTORE)).doc(
        'Give the packet the mark of the connection, if it has none.',
      ),
    }),
  ],
  constraints: [exactlyOne('save', 'restore')],
  example: { save: true },
  list: { label: 'CONNSECMARK' },
});
