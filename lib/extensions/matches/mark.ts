import { match } from '../../codec/extension';
import { all, fact, given, masked } from '../../codec/meaning';
import { isNot, toMasked } from '../../codec/operand';
import { markRevisions, printMark } from '../shared/markmatch';
import { FULL } from '../shared/xmark';

/** Matches by the mark of the packet (not of its connection): <linux/netfilter/xt_mark.h> */
export const mark = match({
  name: 'mark',
  doc: 'Matches by the netfilter mark of the packet.',
  revisions: markRevisions(
    'xt_mark_mtinfo1',
    'xt_mark_info',
    'The value of the mark; with a mask, of those bits of it.',
  ),
  matches: ({ mark }) => all(given(mark, (wanted) => fact('mark', masked(wanted)))),
  symbol: ({ mark }, space) =>
    space.given(mark, (wanted) => {
      const { value, mask } = toMasked(wanted, FULL);
      return space.masked('mark', value, mask);
    }),
  example: { mark: { value: 0x10, mask: 0xff } },
  list: ({ mark }) => `mark match${isNot(mark) ? ' !' : ''} ${printMark(mark)}`,
});
