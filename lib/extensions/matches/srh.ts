import { camel, match, revision, wrong } from '../../codec/extension';
import { bare, integer, isNot, negatable, network, type Operand } from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, in6Addr, type MembersOf, struct, u8, u16 } from '../../codec/struct';

// <linux/netfilter_ipv6/ip6t_srh.h>
const head = { next_hdr: u8, hdr_len: u8, segs_left: u8, last_entry: u8, tag: u16 };
const flags = { mt_flags: u16, mt_invflags: u16 };
// biome-ignore format: in the header's groups
const v1 = struct('ip6t_srh1', {
  ...head,
  psid_addr: in6Addr, nsid_addr: in6Addr, lsid_addr: in6Addr,
  psid_msk: in6Addr, nsid_msk: in6Addr, lsid_msk: in6Addr,
  ...flags,
});
const v0 = struct('ip6t_srh', { ...head, ...flags });

type Info = MembersOf<typeof v0>;
const tested = <T>(s: Info, index: number, o: Operand<T>) =>
  optional(bit(s.mt_flags, index), negatable(bit(s.mt_invflags, index), o));
const options = (s: Info) => ({
  'srh-next-hdr': tested(s, 0, integer(s.next_hdr)).doc('The protocol of the header that follows.'),
  'srh-hdr-len-eq': tested(s, 1, integer(s.hdr_len)).doc('The length in units of 8 bytes, without the first.'),
  'srh-hdr-len-gt': tested(s, 2, integer(s.hdr_len)).doc('The length is greater.'),
  'srh-hdr-len-lt': tested(s, 3, integer(s.hdr_len)).doc('The length is less.'),
  'srh-segs-left-eq': tested(s, 4, integer(s.segs_left)).doc('The segments left.'),
  'srh-segs-left-gt': tested(s, 5, integer(s.segs_left)).doc('More segments are left.'),
  'srh-segs-left-lt': tested(s, 6, integer(s.segs_left)).doc('Fewer segments are left.'),
  'srh-last-entry-eq': tested(s, 7, integer(s.last_entry)).doc('The index of the last entry.'),
  'srh-last-entry-gt': tested(s, 8, integer(s.last_entry)).doc('The index of the last entry is greater.'),
  'srh-last-entry-lt': tested(s, 9, integer(s.last_entry)).doc('The index of the last entry is less.'),
  'srh-tag': tested(s, 10, integer(s.tag)).doc('The tag.'),
});

/** Always with its mask; ip6tables has no words for one that isn't a prefix. */
const segment = (address: typeof v1.psid_addr, mask: typeof v1.psid_msk): Operand<string> => ({
  ...network(address, mask),
  print: (value) => (value.includes('/') ? value.replace(/\/.*:.*/, '/4294967295') : `${value}/128`),
});

const revision1 = revision(1, v1, {
  ...options(v1),
  'srh-psid': tested(v1, 11, segment(v1.psid_addr, v1.psid_msk)).doc('The previous segment, an address or a network.'),
  'srh-nsid': tested(v1, 12, segment(v1.nsid_addr, v1.nsid_msk)).doc('The next segment.'),
  'srh-lsid': tested(v1, 13, segment(v1.lsid_addr, v1.lsid_msk)).doc('The last segment.'),
});

/** Matches the segment routing header of IPv6. */
export const srh = match({
  name: 'srh',
  doc: 'Matches IPv6 segment routing headers.',
  families: ['ipv6'],
  revisions: [revision1, revision(0, v0, options(v0))],
  check(settings: Readonly<Record<string, unknown>>) {
    // The kernel has one number for each field.
    for (const field of ['srh-hdr-len', 'srh-segs-left', 'srh-last-entry']) {
      const given = ['eq', 'gt', 'lt'].map(
        (test) => [`${field}-${test}`, settings[camel(`${field}-${test}`)]] as const,
      );
      const [first, ...others] = given.filter(([, value]) => value !== undefined);
      const other = others.find(([, value]) => bare(value) !== bare(first![1]));
      if (other)
        throw wrong(other[0], `the number of --${first![0]}, ${bare(first![1])}: there is but one`, bare(other[1]));
    }
  },
  example: { srhSegsLeftEq: 1 },
  list(settings: Readonly<Record<string, unknown>>, context) {
    let text = 'srh';
    for (const { name, key, option } of revision1.entries) {
      const value = settings[key];
      if (value === undefined) continue;
      const not = isNot(value) ? '!' : '';
      const label = name.replace('srh-', '');
      text += ` ${label}${label.endsWith('sid') ? ` ${not} ` : `:${not}`}${option.operand.print(value, context)}`;
    }
    return text;
  },
});
