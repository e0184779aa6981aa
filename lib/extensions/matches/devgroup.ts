import { atLeastOne, match, OptionMismatch, revision } from '../../codec/extension';
import { negatable } from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { namedMask } from '../namedmask';

// <linux/netfilter/xt_devgroup.h>
const s = struct('xt_devgroup_info', { flags: u32, src_group: u32, src_mask: u32, dst_group: u32, dst_mask: u32 });
const groups = namedMask('/etc/iproute2/group');

/** Matches by the group of the network device. */
export const devgroup = match({
  name: 'devgroup',
  doc: 'Matches by the group of the network device.',
  revisions: [
    revision(0, s, {
      'src-group': optional(bit(s.flags, 0), negatable(bit(s.flags, 1), groups.operand(s.src_group, s.src_mask))).doc(
        'The group of the device that the packet comes in by, by number or by its name in /etc/iproute2/group.',
      ),
      'dst-group': optional(bit(s.flags, 2), negatable(bit(s.flags, 3), groups.operand(s.dst_group, s.dst_mask))).doc(
        'The group of the device that it goes out by.',
      ),
    }),
  ],
  constraints: [atLeastOne('src-group', 'dst-group')],
  check({ srcGroup, dstGroup }, { chain = '' }) {
    if (srcGroup !== undefined && /^(OUTPUT|POSTROUTING)$/.test(chain))
      throw new OptionMismatch('src-group', new Mismatch('chain PREROUTING, INPUT or FORWARD, or a chain called from there,', chain));
    if (dstGroup !== undefined && /^(PREROUTING|INPUT)$/.test(chain))
      throw new OptionMismatch('dst-group', new Mismatch('chain FORWARD, OUTPUT or POSTROUTING, or a chain called from there,', chain));
  },
  example: { srcGroup: 2 },
  list: ({ srcGroup, dstGroup }, { numeric }) =>
    [srcGroup === undefined ? [] : groups.list('src-group', srcGroup, numeric), dstGroup === undefined ? [] : groups.list('dst-group', dstGroup, numeric)].flat().join(' '),
});
