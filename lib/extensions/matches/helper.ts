import { match, revision } from '../../codec/extension';
import { fact, given } from '../../codec/meaning';
import { anyText, cut, negatable, shown } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, chars, s32, struct } from '../../codec/struct';

// <linux/netfilter/xt_helper.h>
const s = struct('xt_helper_info', { invert: s32, name: chars(30) });
const name = cut(29, anyText(s.name));
const option = required(negatable(boolean(s.invert), name))
  .varies()
  .doc('The name of the helper; any, if empty.');

/** Matches packets of connections that a conntrack helper expected. */
export const helper = match({
  name: 'helper',
  doc: 'Matches connections that a conntrack helper expected.',
  revisions: [revision(0, s, { helper: option }, { userspaceSize: 0 })], // libxtables compares none of it
  matches: ({ helper }) => given(helper, (wanted) => fact('helper', (name) => name !== '' && wanted.startsWith(name)))!,
  separate: true,
  example: { helper: 'ftp' },
  list: ({ helper }) => `helper match ${shown(helper, (name) => `"${name}"`)}`,
});
