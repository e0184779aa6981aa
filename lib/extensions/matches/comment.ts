import { match, revision } from '../../codec/extension';
import { always } from '../../codec/meaning';
import { anyText, cut } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, struct } from '../../codec/struct';

// <linux/netfilter/xt_comment.h>
const s = struct('xt_comment_info', { comment: chars(256) });

/** Matches every packet: it carries a remark of up to 255 bytes. */
export const comment = match({
  name: 'comment',
  doc: 'Carries a remark; matches every packet.',
  revisions: [
    revision(0, s, {
      comment: required(cut(255, anyText(s.comment)))
        .doc('The remark, up to 255 bytes.')
        .varies(),
    }),
  ],
  matches: () => always,
  symbol: (_, { all }) => all,
  example: { comment: 'block of the guest network' },
  list: ({ comment }) => `/* ${comment} */`,
});
