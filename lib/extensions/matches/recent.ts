import { exactlyOne, excludes, match, needs, revision, wrong } from '../../codec/extension';
import { always, unknown } from '../../codec/meaning';
import { address, cut, flag, integer, isNot, negatable, word } from '../../codec/operand';
import { flagged, implied, maskUnlessGiven, optional } from '../../codec/option';
import { bit, boolean, chars, differs, inetAddr, is, type MembersOf, struct, u8, u32 } from '../../codec/struct';
import { isFileName } from '../../net/text';

// <linux/netfilter/xt_recent.h>
// biome-ignore format: a table
const fields = { seconds: u32, hit_count: u32, check_set: u8, invert: u8, name: chars(200, false, 'DEFAULT'), side: u8 };
const v0 = struct('xt_recent_mtinfo', fields);
const v1 = struct('xt_recent_mtinfo_v1', { ...fields, mask: inetAddr });
const XT_RECENT_CHECK = 1 << 0;
const XT_RECENT_SET = 1 << 1;
const XT_RECENT_UPDATE = 1 << 2;
const XT_RECENT_REMOVE = 1 << 3;
const XT_RECENT_TTL = 1 << 4;
const XT_RECENT_REAP = 1 << 5;
const XT_RECENT_SOURCE = 0;
const XT_RECENT_DEST = 1;

type Info = MembersOf<typeof v0>;

const FULL = { ipv4: '255.255.255.255', ipv6: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' };
const mask = maskUnlessGiven(v1.mask, address(v1.mask), (family) => FULL[family]);
const operation = (s: Info, bits: number) =>
  optional(bit(s.check_set, bits), negatable(boolean(s.invert), flag(bit(s.check_set, bits))));
const options = (s: Info) => {
  const seconds = optional(differs(s.seconds, 0), integer(s.seconds, 1));
  const hitcount = optional(differs(s.hit_count, 0), integer(s.hit_count));
  return {
    set: operation(s, XT_RECENT_SET).doc('Remembers the address, or its new visit; matches always.'),
    rcheck: operation(s, XT_RECENT_CHECK).doc('Matches if the address is remembered.'),
    update: operation(s, XT_RECENT_UPDATE).doc('Matches if the address is remembered, and remembers this visit too.'),
    remove: operation(s, XT_RECENT_REMOVE).doc('Matches if the address is remembered, and forgets it.'),
    seconds: seconds.varies().doc('Only visits of the last seconds count.'),
    reap: flagged(bit(s.check_set, XT_RECENT_REAP)).doc('Forgets what is older than --seconds.'),
    hitcount: hitcount.varies((m) => s.hit_count.read(m) <= 65535).doc('Matches from that many visits on.'),
    rttl: flagged(bit(s.check_set, XT_RECENT_TTL)).doc('Only visits with the same TTL count.'),
    name: implied('DEFAULT', cut(199, word(s.name)))
      .varies((m) => isFileName(s.name.read(m)))
      .doc('The name of the list; DEFAULT if not given.'),
  };
};
const sides = (s: Info) => ({
  rsource: flagged(is(s.side, XT_RECENT_SOURCE)).doc('Looks at the source address, as it does if nothing is said.'),
  rdest: flagged(is(s.side, XT_RECENT_DEST)).doc('Looks at the destination address.'),
});

/** Remembers addresses, and matches by when and how often they came. */
export const recent = match({
  name: 'recent',
  doc: 'Remembers addresses in a list, and matches by it.',
  revisions: [
    revision(1, v1, { ...options(v1), mask: mask.doc('The part of the address that counts.'), ...sides(v1) }),
    revision(0, v0, { ...options(v0), ...sides(v0) }),
  ],
  files: ['name'],
  constraints: [
    exactlyOne('set', 'rcheck', 'update', 'remove'),
    needs('reap', 'seconds'),
    excludes('rttl', 'set', 'remove'),
    excludes('rsource', 'rdest'),
  ],
  kernelCheck({ set, remove, seconds, reap, hitcount }) {
    for (const [option, value] of Object.entries({ seconds, reap, hitcount }))
      if ((set ?? remove) !== undefined && value !== undefined)
        throw wrong(option, '--rcheck or --update', `--${set ? 'set' : 'remove'}`);
    if (hitcount !== undefined && hitcount > 65535) throw wrong('hitcount', 'an integer from 0 to 65535', hitcount);
  },
  unsaid: ({ mask }) => mask === undefined,
  matches: ({ set, name }) => (set === true ? always : unknown(`what is in the list ${name ?? 'DEFAULT'}`, true)),
  // What is put into the list matches.
  symbol: ({ set }, space) => (set === undefined ? undefined : space.given(set, () => space.all)),
  fickle: true,
  example: { name: 'SSH', update: true, seconds: 60, hitcount: 4 },
  list(settings, { kernel }) {
    const { set, rcheck, update, remove, seconds, reap, hitcount, rttl, name, mask, rdest } = settings;
    const given = Object.entries({ SET: set, CHECK: rcheck, UPDATE: update, REMOVE: remove }).filter(
      ([, value]) => value,
    );
    const words = [
      given.some(([, value]) => isNot(value)) ? '! recent:' : 'recent:',
      ...given.map(([label]) => label),
      seconds && `seconds: ${seconds}`,
      reap && 'reap',
      hitcount && `hit_count: ${hitcount}`,
      rttl && 'TTL-Match',
      `name: ${name} side: ${rdest ? 'dest' : 'source'} mask: ${mask ?? FULL[kernel.family]}`,
    ];
    return words.filter(Boolean).join(' ');
  },
});
