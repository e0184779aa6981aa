import { match, revision, wrong } from '../../codec/extension';
import { bare, named, negatable, type Operand, shown } from '../../codec/operand';
import { flagged, required } from '../../codec/option';
import { bit, struct, u16 } from '../../codec/struct';
import { connectionLabels } from '../../net/databases';

// <linux/netfilter/xt_connlabel.h>
const s = struct('xt_connlabel_mtinfo', { bit: u16, options: u16 });
const XT_CONNLABEL_MAXBIT = 127;
const XT_CONNLABEL_OP_INVERT = 1 << 0;
const XT_CONNLABEL_OP_SET = 1 << 1;

const label: Operand<number | string> = {
  ...named(s.bit, connectionLabels),
  print: (value) => `"${value}"`,
};
const options = {
  label: required(negatable(bit(s.options, XT_CONNLABEL_OP_INVERT), label)).doc(
    '0 to 127, or a name in /etc/xtables/connlabel.conf.',
  ),
  set: flagged(bit(s.options, XT_CONNLABEL_OP_SET)).doc('Sets the label; matches if that could be done.'),
};

/** Matches by a label of the connection: up to 128 bits, that rules can set. */
export const connlabel = match({
  name: 'connlabel',
  doc: 'Matches by a label of the connection, or sets one.',
  revisions: [revision(0, s, options, { userspaceSize: 0 })], // libxtables compares none of it
  kernelCheck({ label }) {
    const given = bare(label);
    if (typeof given === 'number' && given > XT_CONNLABEL_MAXBIT)
      throw wrong('label', `an integer from 0 to ${XT_CONNLABEL_MAXBIT}`, given);
  },
  fickle: true,
  example: { label: 40, set: true },
  list({ label, set }, { numeric }) {
    const show = (l: number | string) =>
      `${typeof l === 'number' ? l : numeric ? connectionLabels().byName.get(l) : `'${l}'`}`;
    return `connlabel ${shown(label, show)}${set ? ' set' : ''}`;
  },
});
