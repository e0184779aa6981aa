import { atMostOne, match, revision } from '../../codec/extension';
import { bigInteger, flag, negatable, type Operand } from '../../codec/operand';
import { flagged, optional, required } from '../../codec/option';
import { bit, element, either, is, type MembersOf, type Place, struct, u8, u32, u64 } from '../../codec/struct';
import { type SetReference, setInfo, setInfo0, setReference, setReference0 } from '../ipset';

// <linux/netfilter/xt_set.h>, and ipset/ip_set.h
const v0 = struct('xt_set_info_match_v0', { match_set: setInfo0 });
const v1 = struct('xt_set_info_match_v1', { match_set: setInfo });
const counter3 = struct('ip_set_counter_match0', { op: u8, value: u64 });
const counter4 = struct('ip_set_counter_match', { value: u64, op: u8 });
const v3 = struct('xt_set_info_match_v3', { match_set: setInfo, packets: counter3, bytes: counter3, flags: u32 });
const v4 = struct('xt_set_info_match_v4', { match_set: setInfo, packets: counter4, bytes: counter4, flags: u32 });

const matchSet = (inverted: Place<boolean>, reference: Operand<SetReference>) => ({
  'match-set': required(negatable(inverted, reference)).alias('set').doc('The set, and which addresses and ports make the element looked for.'),
});
const inSet = ({ match_set: s }: { readonly match_set: MembersOf<typeof setInfo> }) => matchSet(bit(s.flags, 0), setReference(s));
const nomatch = (place: Place<boolean>) => ({ 'return-nomatch': flagged(place).doc('Elements with the flag nomatch match after all.') });

/** As an option it can only be forbidden. */
const unless = (skip: Place<boolean>, what: string) => optional(skip, negatable(skip, flag({ read: () => true, write: () => {} }))).doc(`With !: leave the counters of ${what} alone.`);
const equal = ({ op, value }: MembersOf<typeof counter3>, what: string) => {
  const not: Place<boolean> = { read: (m) => op.read(m) === 2, write: (m, on) => op.write(m, on ? 2 : 1) };
  return optional(either(is(op, 1), is(op, 2)), negatable(not, bigInteger(value))).doc(`The element has counted exactly that many ${what}.`);
};
const fewer = ({ op, value }: MembersOf<typeof counter3>, what: string) => optional(is(op, 3), bigInteger(value)).doc(`It has counted fewer ${what}.`);
const more = ({ op, value }: MembersOf<typeof counter3>, what: string) => optional(is(op, 4), bigInteger(value)).doc(`It has counted more ${what}.`);
const options = (s: MembersOf<typeof v4>) => ({
  ...inSet(s),
  ...nomatch(bit(s.flags, 7)),
  'update-counters': unless(bit(s.flags, 3), 'the element'),
  'update-subcounters': unless(bit(s.flags, 4), 'the element in the set that a list:set found'),
  'packets-eq': equal(s.packets, 'packets'),
  'packets-lt': fewer(s.packets, 'packets'),
  'packets-gt': more(s.packets, 'packets'),
  'bytes-eq': equal(s.bytes, 'bytes'),
  'bytes-lt': fewer(s.bytes, 'bytes'),
  'bytes-gt': more(s.bytes, 'bytes'),
});
const revisions = [
  revision(4, v4, options(v4)),
  revision(3, v3, options(v3)),
  revision(2, v1, { ...inSet(v1), ...nomatch(bit(v1.match_set.flags, 7)) }),
  revision(1, v1, inSet(v1)),
] as const;

const common = {
  name: 'set',
  doc: 'Matches if an ip_set holds the addresses and ports of the packet.',
  constraints: [atMostOne('packets-eq', 'packets-lt', 'packets-gt'), atMostOne('bytes-eq', 'bytes-lt', 'bytes-gt')],
  example: { matchSet: { setname: 'banned', flags: ['src'] } },
} as const;

/** Matches if an ip_set holds the addresses and ports of an IPv4 packet. */
export const set = match({
  ...common,
  families: ['ipv4'],
  revisions: [...revisions, revision(0, v0, matchSet(bit(element(v0.match_set.u.flags, 0), 2), setReference0(v0.match_set)))],
});

/** Matches if an ip_set holds the addresses and ports of an IPv6 packet. */
export const set6 = match({ ...common, families: ['ipv6'], revisions });
