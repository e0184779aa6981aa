import { atMostOne, match, revision } from '../../codec/extension';
import { all, type Facts, given, Unknown, unknown } from '../../codec/meaning';
import { bare, bigInteger, flag, type Not, negatable, type Operand } from '../../codec/operand';
import { flagged, optional, required } from '../../codec/option';
import { bit, either, element, is, type MembersOf, type Place, struct, u8, u32, u64 } from '../../codec/struct';
import type { Symbols } from '../../codec/symbol';
import { aSet, type SetInfo, type SetReference, setInfo, setInfo0, setReference, setReference0 } from '../shared/ipset';

// <linux/netfilter/xt_set.h> and <linux/netfilter/ipset/ip_set.h>
const v0 = struct('xt_set_info_match_v0', { match_set: setInfo0 });
const v1 = struct('xt_set_info_match_v1', { match_set: setInfo });
const counter3 = struct('ip_set_counter_match0', { op: u8, value: u64 });
const counter4 = struct('ip_set_counter_match', { value: u64, op: u8 });
const v3 = struct('xt_set_info_match_v3', { match_set: setInfo, packets: counter3, bytes: counter3, flags: u32 });
const v4 = struct('xt_set_info_match_v4', { match_set: setInfo, packets: counter4, bytes: counter4, flags: u32 });
const IPSET_MATCH_INV = 0x04;
const IPSET_INV_MATCH = 1 << 0;
const IPSET_RETURN_NOMATCH = 1 << 7;
const IPSET_FLAG_SKIP_COUNTER_UPDATE = 1 << 3;
const IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE = 1 << 4;
const IPSET_FLAG_RETURN_NOMATCH = 1 << 7;
const IPSET_COUNTER_EQ = 1;
const IPSET_COUNTER_NE = 2;
const IPSET_COUNTER_LT = 3;
const IPSET_COUNTER_GT = 4;

const reference = (inverted: Place<boolean>, o: Operand<SetReference>) => ({
  'match-set': required(negatable(inverted, o))
    .alias('set')
    .doc('The set, and what of the packet is looked for in it.')
    .remarked((_, spelling) => (spelling === 'set' ? '--set option deprecated, please use --match-set' : undefined)),
});
const inSet = ({ match_set: s }: { readonly match_set: SetInfo }) =>
  reference(bit(s.flags, IPSET_INV_MATCH), setReference(s));
const nomatch = (there: Place<boolean>) => ({
  'return-nomatch': flagged(there).doc('Elements with the flag nomatch match, and no others.'),
});

/** Updating is usual: the option only says something if it is negated. */
const unless = (skip: Place<boolean>) => optional(skip, negatable(skip, flag({ read: () => true, write: () => {} })));
const equal = ({ op, value }: MembersOf<typeof counter3>) => {
  const differs: Place<boolean> = {
    read: is(op, IPSET_COUNTER_NE).read,
    write: (m, not) => op.write(m, not ? IPSET_COUNTER_NE : IPSET_COUNTER_EQ),
  };
  return optional(either(is(op, IPSET_COUNTER_EQ), is(op, IPSET_COUNTER_NE)), negatable(differs, bigInteger(value)));
};
const less = ({ op, value }: MembersOf<typeof counter3>) => optional(is(op, IPSET_COUNTER_LT), bigInteger(value));
const more = ({ op, value }: MembersOf<typeof counter3>) => optional(is(op, IPSET_COUNTER_GT), bigInteger(value));
const options = (s: MembersOf<typeof v4>) => ({
  ...inSet(s),
  ...nomatch(bit(s.flags, IPSET_FLAG_RETURN_NOMATCH)),
  'update-counters': unless(bit(s.flags, IPSET_FLAG_SKIP_COUNTER_UPDATE)).doc(
    "With !: leaves the element's counters alone.",
  ),
  'update-subcounters': unless(bit(s.flags, IPSET_FLAG_SKIP_SUBCOUNTER_UPDATE)).doc(
    'With !: leaves those in the set that a list:set found alone.',
  ),
  'packets-eq': equal(s.packets).doc('The element has counted exactly so many packets.'),
  'packets-lt': less(s.packets).doc('It has counted fewer packets.'),
  'packets-gt': more(s.packets).doc('It has counted more packets.'),
  'bytes-eq': equal(s.bytes).doc('The element has counted exactly so many bytes.'),
  'bytes-lt': less(s.bytes).doc('It has counted fewer bytes.'),
  'bytes-gt': more(s.bytes).doc('It has counted more bytes.'),
});
const revisions = [
  revision(4, v4, options(v4)),
  revision(3, v3, options(v3)),
  revision(2, v1, { ...inSet(v1), ...nomatch(bit(v1.match_set.flags, IPSET_RETURN_NOMATCH)) }),
  revision(1, v1, inSet(v1)),
] as const;
const first = reference(bit(element(v0.match_set.u.flags, 0), IPSET_MATCH_INV), setReference0(v0.match_set));

type Sought = { readonly matchSet: SetReference | Not<SetReference>; readonly returnNomatch?: true };

const common = {
  name: 'set',
  refersTo: { 'match-set': aSet },
  doc: 'Matches if an ip_set holds the addresses and ports of the packet.',
  volatile: true,
  constraints: [atMostOne('packets-eq', 'packets-lt', 'packets-gt'), atMostOne('bytes-eq', 'bytes-lt', 'bytes-gt')],
  separate: true,
  matches: ({ matchSet, returnNomatch, ...more }: Sought) =>
    all(
      given(
        matchSet,
        ({ setname, flags }) =>
          (facts: Facts) =>
            facts.around.inSet?.(setname, flags, facts, returnNomatch) ?? new Unknown(`what is in set ${setname}`),
      ),
      // What it has counted, and elements that don't match.
      Object.keys(more).some((key) => /-eq|Eq$|Lt$|Gt$/.test(key))
        ? unknown(`what set ${bare(matchSet).setname} has counted`)
        : undefined,
    ),
  symbol({ matchSet, returnNomatch, ...rest }: Sought, space: Symbols) {
    const held = space.given(matchSet, ({ setname, flags }) => space.inSet(setname, flags, returnNomatch));
    // What an element has counted is nobody's to know.
    return Object.keys(rest).every((key) => key.startsWith('update'))
      ? held
      : space.and(held, space.free(`-m set ${JSON.stringify({ matchSet: bare(matchSet), ...rest })}`));
  },
  example: { matchSet: { setname: 'banned', flags: ['src'] } },
} as const;

/** Matches if an ip_set holds the addresses and ports of an IPv4 packet. */
export const set = match({ ...common, families: ['ipv4'], revisions: [...revisions, revision(0, v0, first)] });

/** Matches if an ip_set holds the addresses and ports of an IPv6 packet. */
export const set6 = match({ ...common, families: ['ipv6'], revisions });
