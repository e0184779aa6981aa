import { revision, target } from '../../codec/extension';
import { choice, phrased } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_AUDIT.h>
const s = struct('xt_audit_info', { type: u8 });

/** Writes an audit record (auditd) about packets, which go on to the next rule. */
export const AUDIT = target({
  name: 'AUDIT',
  doc: 'Writes an audit record about the packet, which goes on to the next rule.',
  revisions: [
    revision(0, s, {
      type: required(
        phrased(choice(s.type, { accept: 0, drop: 1, reject: 2 }), (w) => `Bad action type value "${w}"`),
      ).doc('What the record says becomes of the packet.'),
    }),
  ],
  example: { type: 'drop' },
  list: ({ type }) => `AUDIT ${type}`,
});
