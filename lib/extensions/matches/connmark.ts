import { match } from '../../codec/extension';
import { all, fact, given, hasConnection, masked } from '../../codec/meaning';
import { isNot, toMasked } from '../../codec/operand';
import { markRevisions, printMark } from '../shared/markmatch';
import { FULL } from '../shared/xmark';

/** Matches by the mark of the packet's connection: <linux/netfilter/xt_connmark.h> */
export const connmark = match({
  name: 'connmark',
  doc: "Matches by the mark of the packet's connection.",
  revisions: markRevisions(
    'xt_connmark_mtinfo1',
    'xt_connmark_info',
    "The value of the connection's mark; with a mask, of those bits of it.",
  ),
  matches: ({ mark }) =>
    all(
      hasConnection,
      given(mark, (wanted) => fact('connmark', masked(wanted))),
    ),
  symbol: ({ mark }, space) =>
    space.and(
      space.tracked,
      space.given(mark, (wanted) => {
        const { value, mask } = toMasked(wanted, FULL);
        return space.masked('connmark', value, mask);
      }),
    ),
  example: { mark: 0x20 },
  list: ({ mark }) => `connmark match ${isNot(mark) ? '!' : ''} ${printMark(mark)}`,
});
