import { exactlyOne, excludes, match, needs, revision } from '../../codec/extension';
import { address, cut, flag, integer, negatable, word } from '../../codec/operand';
import { flagged, implied, maskUnlessGiven, optional } from '../../codec/option';
import { bit, chars, differs, inetAddr, is, type MembersOf, struct, u8, u32 } from '../../codec/struct';

// <linux/netfilter/xt_recent.h>
const fields = { seconds: u32, hit_count: u32, check_set: u8, invert: u8, name: chars(200, false, 'DEFAULT'), side: u8 };
const v0 = struct('xt_recent_mtinfo', fields);
const v1 = struct('xt_recent_mtinfo_v1', { ...fields, mask: inetAddr });

const operation = (s: MembersOf<typeof v0>, index: number) =>
  optional(bit(s.check_set, index), negatable(is(s.invert, 1), flag(bit(s.check_set, index))));
/** As iptables prints it: beyond 2^31, what it doesn't read. */
const signed = (n: number) => String(n | 0);

const before = (s: MembersOf<typeof v0>) => ({
  set: operation(s, 1).doc('Remembers the address, or its new visit; matches always.'),
  rcheck: operation(s, 0).doc('Matches if the address is remembered.'),
  update: operation(s, 2).doc('Matches if the address is remembered, and remembers this visit too.'),
  remove: operation(s, 3).doc('Matches if the address is remembered, and forgets it.'),
  seconds: optional(differs(s.seconds, 0), integer(s.seconds, 1, 0x7fffffff, signed)).doc(
    'Only visits of the last seconds count.',
  ),
  reap: flagged(bit(s.check_set, 5)).doc('Forgets what is older than --seconds.'),
  hitcount: optional(differs(s.hit_count, 0), integer(s.hit_count, 0, 65535, signed)).doc(
    'Matches from that many visits on.',
  ),
  rttl: flagged(bit(s.check_set, 4)).doc('Only visits with the same TTL count.'),
  name: implied('DEFAULT', cut(199, word(s.name))).doc('The name of the list; DEFAULT if not given.'),
});
const after = (s: MembersOf<typeof v0>) => ({
  rsource: flagged(is(s.side, 0)).doc('Looks at the source address, as it does if nothing is said.'),
  rdest: flagged(is(s.side, 1)).doc('Looks at the destination address.'),
});
const full = { ipv4: '255.255.255.255', ipv6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' };
const mask = maskUnlessGiven(v1.mask, address(v1.mask), (family) => full[family]).doc(
  'The part of the address that counts.',
);

/** Remembers addresses, and matches by when and how often they came. */
export const recent = match({
  name: 'recent',
  doc: 'Remembers addresses in a list, and matches by it.',
  revisions: [revision(1, v1, { ...before(v1), mask, ...after(v1) }), revision(0, v0, { ...before(v0), ...after(v0) })],
  constraints: [
    exactlyOne('set', 'rcheck', 'update', 'remove'),
    needs('reap', 'seconds'),
    ...['seconds', 'reap', 'hitcount', 'rttl'].map((option) => excludes(option, 'set', 'remove')),
    excludes('rsource', 'rdest'),
  ],
  example: { name: 'SSH', update: true, seconds: 60, hitcount: 4 },
  list(settings, { kernel }) {
    const {
      set,
      rcheck,
      update,
      remove,
      seconds,
      reap,
      hitcount,
      rttl,
      name,
      mask = full[kernel.family],
      rdest,
    } = settings;
    const operation = Object.entries({ SET: set, CHECK: rcheck, UPDATE: update, REMOVE: remove }).find(
      ([, value]) => value !== undefined,
    );
    const words = [
      typeof operation?.[1] === 'object' ? '! recent:' : 'recent:',
      operation?.[0],
      seconds && `seconds: ${signed(seconds)}`,
      reap && 'reap',
      hitcount && `hit_count: ${signed(hitcount)}`,
      rttl && 'TTL-Match',
      `name: ${name} side: ${rdest ? 'dest' : 'source'} mask: ${mask}`,
    ]; // prettier-ignore
    return words.filter(Boolean).join(' ');
  },
});
