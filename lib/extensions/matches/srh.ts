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
const IP6T_SRH_NEXTHDR = 0x0001;
const IP6T_SRH_LEN_EQ = 0x0002;
const IP6T_SRH_LEN_GT = 0x0004;
const IP6T_SRH_LEN_LT = 0x0008;
const IP6T_SRH_SEGS_EQ = 0x0010;
const IP6T_SRH_SEGS_GT = 0x0020;
const IP6T_SRH_SEGS_LT = 0x0040;
const IP6T_SRH_LAST_EQ = 0x0080;
const IP6T_SRH_LAST_GT = 0x0100;
const IP6T_SRH_LAST_LT = 0x0200;
const IP6T_SRH_TAG = 0x0400;
const IP6T_SRH_PSID = 0x0800;
const IP6T_SRH_NSID = 0x1000;
const IP6T_SRH_LSID = 0x2000;
const IP6T_SRH_INV_NEXTHDR = 0x0001;
const IP6T_SRH_INV_LEN_EQ = 0x0002;
const IP6T_SRH_INV_LEN_GT = 0x0004;
const IP6T_SRH_INV_LEN_LT = 0x0008;
const IP6T_SRH_INV_SEGS_EQ = 0x0010;
const IP6T_SRH_INV_SEGS_GT = 0x0020;
const IP6T_SRH_INV_SEGS_LT = 0x0040;
const IP6T_SRH_INV_LAST_EQ = 0x0080;
const IP6T_SRH_INV_LAST_GT = 0x0100;
const IP6T_SRH_INV_LAST_LT = 0x0200;
const IP6T_SRH_INV_TAG = 0x0400;
const IP6T_SRH_INV_PSID = 0x0800;
const IP6T_SRH_INV_NSID = 0x1000;
const IP6T_SRH_INV_LSID = 0x2000;

type Info = MembersOf<typeof v0>;
const tested = <T>(s: Info, given: number, inverted: number, o: Operand<T>) =>
  optional(bit(s.mt_flags, given), negatable(bit(s.mt_invflags, inverted), o));
// biome-ignore format: a table
const options = (s: Info) => ({
  'srh-next-hdr': tested(s, IP6T_SRH_NEXTHDR, IP6T_SRH_INV_NEXTHDR, integer(s.next_hdr)).doc('The protocol of the header that follows.'),
  'srh-hdr-len-eq': tested(s, IP6T_SRH_LEN_EQ, IP6T_SRH_INV_LEN_EQ, integer(s.hdr_len)).doc('The length in units of 8 bytes, without the first.'),
  'srh-hdr-len-gt': tested(s, IP6T_SRH_LEN_GT, IP6T_SRH_INV_LEN_GT, integer(s.hdr_len)).doc('The length is greater.'),
  'srh-hdr-len-lt': tested(s, IP6T_SRH_LEN_LT, IP6T_SRH_INV_LEN_LT, integer(s.hdr_len)).doc('The length is less.'),
  'srh-segs-left-eq': tested(s, IP6T_SRH_SEGS_EQ, IP6T_SRH_INV_SEGS_EQ, integer(s.segs_left)).doc('The segments left.'),
  'srh-segs-left-gt': tested(s, IP6T_SRH_SEGS_GT, IP6T_SRH_INV_SEGS_GT, integer(s.segs_left)).doc('More segments are left.'),
  'srh-segs-left-lt': tested(s, IP6T_SRH_SEGS_LT, IP6T_SRH_INV_SEGS_LT, integer(s.segs_left)).doc('Fewer segments are left.'),
  'srh-last-entry-eq': tested(s, IP6T_SRH_LAST_EQ, IP6T_SRH_INV_LAST_EQ, integer(s.last_entry)).doc('The index of the last entry.'),
  'srh-last-entry-gt': tested(s, IP6T_SRH_LAST_GT, IP6T_SRH_INV_LAST_GT, integer(s.last_entry)).doc('The index of the last entry is greater.'),
  'srh-last-entry-lt': tested(s, IP6T_SRH_LAST_LT, IP6T_SRH_INV_LAST_LT, integer(s.last_entry)).doc('The index of the last entry is less.'),
  'srh-tag': tested(s, IP6T_SRH_TAG, IP6T_SRH_INV_TAG, integer(s.tag)).doc('The tag.'),
});

/** Always with its mask; ip6tables has no words for one that isn't a prefix. */
const segment = (address: typeof v1.psid_addr, mask: typeof v1.psid_msk): Operand<string> => ({
  ...network(address, mask),
  print: (value) => (value.includes('/') ? value.replace(/\/.*:.*/, '/4294967295') : `${value}/128`),
});

const revision1 = revision(1, v1, {
  ...options(v1),
  'srh-psid': tested(v1, IP6T_SRH_PSID, IP6T_SRH_INV_PSID, segment(v1.psid_addr, v1.psid_msk)).doc(
    'The previous segment, an address or a network.',
  ),
  'srh-nsid': tested(v1, IP6T_SRH_NSID, IP6T_SRH_INV_NSID, segment(v1.nsid_addr, v1.nsid_msk)).doc('The next segment.'),
  'srh-lsid': tested(v1, IP6T_SRH_LSID, IP6T_SRH_INV_LSID, segment(v1.lsid_addr, v1.lsid_msk)).doc('The last segment.'),
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
