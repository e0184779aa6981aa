import { atLeastOne, type Constraint, needs, OptionMismatch, revision, target } from '../../codec/extension';
import { forget } from '../../codec/meaning';
import { integer } from '../../codec/operand';
import { defaulted, flagged } from '../../codec/option';
import { bit, type MembersOf, struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { aSet, type SetInfo, setInfo, setInfo0, setOption, setOption0 } from '../shared/ipset';

// <linux/netfilter/xt_set.h> and <linux/netfilter/ipset/ip_set.h>
const v0 = struct('xt_set_info_target_v0', { add_set: setInfo0, del_set: setInfo0 });
const sets = { add_set: setInfo, del_set: setInfo };
const v1 = struct('xt_set_info_target_v1', sets);
const v2 = struct('xt_set_info_target_v2', { ...sets, flags: u32, timeout: u32 });
const v3 = struct('xt_set_info_target_v3', { ...sets, map_set: setInfo, flags: u32, timeout: u32 });
const IPSET_FLAG_EXIST = 1 << 0;
const IPSET_FLAG_MAP_SKBMARK = 1 << 8;
const IPSET_FLAG_MAP_SKBPRIO = 1 << 9;
const IPSET_FLAG_MAP_SKBQUEUE = 1 << 10;

const add = (s: { readonly add_set: SetInfo }) => ({
  'add-set': setOption(s.add_set).doc('The set to add to, and which addresses and ports make its element.'),
});
const del = (s: { readonly del_set: SetInfo }) => ({
  'del-set': setOption(s.del_set).doc('The set to delete from, and which addresses and ports make its element.'),
});
const how = ({ flags, timeout }: Pick<MembersOf<typeof v2>, 'flags' | 'timeout'>) => ({
  exist: flagged(bit(flags, IPSET_FLAG_EXIST)).doc('Renew the timeout of an element that is there already.'),
  timeout: defaulted(0xffffffff, integer(timeout)).doc("The new element's timeout in seconds, instead of the set's."),
});

const mapped = ['map-mark', 'map-prio', 'map-queue'] as const;
const mapsSomething: Constraint = (given) =>
  given.has('map-set') && !mapped.some((name) => given.has(name))
    ? { option: 'map-set', expected: '--map-mark, --map-prio or --map-queue with --map-set' }
    : undefined;

/** Adds packets' addresses to an ip_set or deletes them there, or gives packets the marks that a set holds. */
export const SET = target({
  name: 'SET',
  refersTo: { 'add-set': aSet, 'del-set': aSet, 'map-set': aSet },
  doc: 'Adds to or deletes from an ip_set, or gives the packet what the set holds for it.',
  volatile: true,
  revisions: [
    revision(3, v3, {
      ...add(v3),
      ...how(v3),
      ...del(v3),
      'map-set': setOption(v3.map_set).doc('The set (with skbinfo) to look up.'),
      'map-mark': flagged(bit(v3.flags, IPSET_FLAG_MAP_SKBMARK)).doc('Give the packet the mark found there.'),
      'map-prio': flagged(bit(v3.flags, IPSET_FLAG_MAP_SKBPRIO)).doc(
        'Give the packet the class of traffic shaping found there.',
      ),
      'map-queue': flagged(bit(v3.flags, IPSET_FLAG_MAP_SKBQUEUE)).doc(
        'Give the packet the queue of the network card found there.',
      ),
    }),
    revision(2, v2, { ...add(v2), ...how(v2), ...del(v2) }),
    revision(1, v1, { ...add(v1), ...del(v1) }),
    revision(0, v0, { 'add-set': setOption0(v0.add_set), 'del-set': setOption0(v0.del_set) }),
  ],
  constraints: [
    atLeastOne('add-set', 'del-set', 'map-set'),
    needs('exist', 'add-set'),
    needs('timeout', 'add-set'),
    ...mapped.map((name) => needs(name, 'map-set')),
    mapsSomething,
  ],
  check({ mapPrio, mapQueue, timeout }, { chain }) {
    if (timeout === 0xffffffff)
      throw new OptionMismatch('timeout', new Mismatch('an integer from 0 to 4294967294', timeout));
    if ((mapPrio || mapQueue) && (chain === 'PREROUTING' || chain === 'INPUT'))
      throw new OptionMismatch(
        mapPrio ? 'map-prio' : 'map-queue',
        new Mismatch('chain FORWARD, OUTPUT or POSTROUTING, or a chain called from there', chain),
      );
  },
  effect: ({ addSet, delSet, mapMark }) => {
    const changed = [addSet, delSet].flatMap((set) => (set ? [set.setname] : []));
    return (facts, at) => {
      facts.changedSets = [...(facts.changedSets ?? []), ...changed];
      return mapMark ? forget('mark')(facts, at) : undefined;
    };
  },
  example: { addSet: { setname: 'seen', flags: ['src'] }, exist: true },
});
