import { excludes, match, revision } from '../../codec/extension';
import { integer, isNot, negatable, range } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { array, bit, element, struct, u8, u32 } from '../../codec/struct';
import { listSpan, span } from '../shared/span';

// <linux/netfilter_ipv6/ip6t_frag.h>
const s = struct('ip6t_frag', { ids: array(u32, 2), hdrlen: u32, flags: u8, invflags: u8 });
const IP6T_FRAG_IDS = 0x01;
const IP6T_FRAG_LEN = 0x02;
const IP6T_FRAG_RES = 0x04;
const IP6T_FRAG_FST = 0x08;
const IP6T_FRAG_MF = 0x10;
const IP6T_FRAG_NMF = 0x20;
const IP6T_FRAG_INV_IDS = 0x01;
const IP6T_FRAG_INV_LEN = 0x02;

const max = 0xffffffff;
const ids = range(element(s.ids, 0), element(s.ids, 1), max);

/** Matches the fragment header of IPv6. */
export const frag = match({
  name: 'frag',
  doc: 'Matches IPv6 fragment headers.',
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      fragid: span(s.ids, bit(s.invflags, IP6T_FRAG_INV_IDS), max, ids, bit(s.flags, IP6T_FRAG_IDS)).doc(
        'The identification, or a range of it.',
      ),
      fraglen: optional(
        bit(s.flags, IP6T_FRAG_LEN),
        negatable(bit(s.invflags, IP6T_FRAG_INV_LEN), integer(s.hdrlen)),
      ).doc('The length of the header, which no kernel since 2.6.10 looks at.'),
      fragres: flagged(bit(s.flags, IP6T_FRAG_RES)).doc('The reserved fields are zero.'),
      fragfirst: flagged(bit(s.flags, IP6T_FRAG_FST)).doc('It is the first fragment.'),
      fragmore: flagged(bit(s.flags, IP6T_FRAG_MF)).doc('More fragments follow.'),
      fraglast: flagged(bit(s.flags, IP6T_FRAG_NMF)).doc('It is the last fragment.'),
    }),
  ],
  constraints: [excludes('fraglast', 'fragmore')],
  // A flag that a range was given, though it is that of all.
  unsaid: ({ fragid }) => JSON.stringify(fragid) === '[0,4294967295]',
  example: { fragfirst: true },
  list({ fragid, fraglen, fragres, fragfirst, fragmore, fraglast }) {
    const length = fraglen === undefined ? '' : ` length:${isNot(fraglen) ? `!${fraglen.not}` : fraglen}`;
    const flags = `${fragres ? ' reserved' : ''}${fragfirst ? ' first' : ''}${fragmore ? ' more' : ''}${fraglast ? ' last' : ''}`;
    return `frag ${listSpan('id', fragid, max)}${length}${flags}`;
  },
});
