import { match, revision } from '../../codec/extension';
import { cut, isNot, negatable, operand } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, is, s32, struct } from '../../codec/struct';
import { quote } from '../../net/text';

// <linux/netfilter/xt_helper.h>
const s = struct('xt_helper_info', { invert: s32, name: chars(30) });

const name = cut(
  29,
  operand('name', 'string', s.name, quote, (w) => w),
);

/** Matches packets of connections that a conntrack helper expected. */
export const helper = match({
  name: 'helper',
  doc: 'Matches connections that a conntrack helper expected.',
  revisions: [
    // libxtables compares none of it.
    revision(
      0,
      s,
      { helper: required(negatable(is(s.invert, 1), name)).doc('The name of the helper; any, if empty.') },
      { userspaceSize: 0 },
    ),
  ],
  example: { helper: 'ftp' },
  list: ({ helper }) => `helper match ${isNot(helper) ? `! "${helper.not}"` : `"${helper}"`}`,
});
