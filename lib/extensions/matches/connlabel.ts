import { match, revision } from '../../codec/extension';
import { isNot, limited, named, negatable, type Operand } from '../../codec/operand';
import { flagged, required } from '../../codec/option';
import { bit, struct, u16 } from '../../codec/struct';
import { numberedNames } from '../../net/databases';

// <linux/netfilter/xt_connlabel.h>
const s = struct('xt_connlabel_mtinfo', { bit: u16, options: u16 });

const labels = numberedNames('/etc/xtables/connlabel.conf');
const quoted = (inner: Operand<number | string>): Operand<number | string> => ({ ...inner, print: (value) => `"${value}"` });

/** Matches by a label of the connection: up to 128 bits, that rules can set. */
export const connlabel = match({
  name: 'connlabel',
  doc: 'Matches by a label of the connection, or sets one.',
  revisions: [
    revision(0, s, {
      label: required(negatable(bit(s.options, 0), quoted(named(limited(s.bit, 0, 127), labels)))).doc(
        'The label, by number (0 to 127) or by its name in /etc/xtables/connlabel.conf.',
      ),
      set: flagged(bit(s.options, 1)).doc('Sets the label; matches if that could be done.'),
      // libxtables compares none of it.
    }, { userspaceSize: 0 }),
  ],
  example: { label: 40, set: true },
  list({ label, set }, { numeric }) {
    const value = isNot(label) ? label.not : label;
    const name = typeof value === 'string' && numeric ? labels().byName.get(value) : typeof value === 'string' ? `'${value}'` : value;
    return `connlabel${isNot(label) ? ' !' : ''} ${name}${set ? ' set' : ''}`;
  },
}); // prettier-ignore
