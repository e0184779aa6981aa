import { revision, target } from '../../codec/extension';
import { choice, phrased } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u8 } from '../../codec/struct';

// <linux/netfilter/xt_AUDIT.h>
const s = struct('xt_audit_info', { type: u8 });
const XT_AUDIT_TYPE_ACCEPT = 0;
const XT_AUDIT_TYPE_DROP = 1;
const XT_AUDIT_TYPE_REJECT = 2;
const types = { accept: XT_AUDIT_TYPE_ACCEPT, drop: XT_AUDIT_TYPE_DROP, reject: XT_AUDIT_TYPE_REJECT };

/** Writes an audit record (auditd) about packets, which go on to the next rule. */
export const AUDIT = target({
  name: 'AUDIT',
  doc: 'Writes an audit record about the packet, which goes on to the next rule.',
  revisions: [
    revision(0, s, {
      type: required(phrased(choice(s.type, types), (w) => `Bad action type value "${w}"`)).doc(
        'What the record says becomes of the packet.',
      ),
    }),
  ],
  example: { type: 'drop' },
  list: ({ type }) => `AUDIT ${type}`,
});
