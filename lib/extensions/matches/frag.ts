import { excludes, match, revision } from '../../codec/extension';
import { integer, isNot, negatable, range } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { array, bit, element, struct, u8, u32 } from '../../codec/struct';
import { listSpan, span } from '../shared/span';

// <linux/netfilter_ipv6/ip6t_frag.h>
const s = struct('ip6t_frag', { ids: array(u32, 2), hdrlen: u32, flags: u8, invflags: u8 });
const max = 0xffffffff;
const ids = range(element(s.ids, 0), element(s.ids, 1), max);

/** Matches the fragment header of IPv6. */
export const frag = match({
  name: 'frag',
  doc: 'Matches IPv6 fragment headers.',
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      fragid: span(s.ids, bit(s.invflags, 0), max, ids, bit(s.flags, 0)).doc('The identification, or a range of it.'),
      fraglen: optional(bit(s.flags, 1), negatable(bit(s.invflags, 1), integer(s.hdrlen))).doc(
        'The length of the header, which no kernel since 2.6.10 looks at.',
      ),
      fragres: flagged(bit(s.flags, 2)).doc('The reserved fields are zero.'),
      fragfirst: flagged(bit(s.flags, 3)).doc('It is the first fragment.'),
      fragmore: flagged(bit(s.flags, 4)).doc('More fragments follow.'),
      fraglast: flagged(bit(s.flags, 5)).doc('It is the last fragment.'),
    }),
  ],
  constraints: [excludes('fraglast', 'fragmore')],
  example: { fragfirst: true },
  list({ fragid, fraglen, fragres, fragfirst, fragmore, fraglast }) {
    const length = fraglen === undefined ? '' : ` length:${isNot(fraglen) ? `!${fraglen.not}` : fraglen}`;
    const flags = `${fragres ? ' reserved' : ''}${fragfirst ? ' first' : ''}${fragmore ? ' more' : ''}${fraglast ? ' last' : ''}`;
    return `frag ${listSpan('id', fragid, max)}${length}${flags}`;
  },
});
