import { atLeastOne, match, onlyIn, revision } from '../../codec/extension';
import { negatable } from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, struct, u32 } from '../../codec/struct';
import { namedMask } from '../shared/namedmask';

// <linux/netfilter/xt_devgroup.h>
const s = struct('xt_devgroup_info', { flags: u32, src_group: u32, src_mask: u32, dst_group: u32, dst_mask: u32 });
const XT_DEVGROUP_MATCH_SRC = 0x1;
const XT_DEVGROUP_INVERT_SRC = 0x2;
const XT_DEVGROUP_MATCH_DST = 0x4;
const XT_DEVGROUP_INVERT_DST = 0x8;

const groups = namedMask('/etc/iproute2/group');
const src = optional(
  bit(s.flags, XT_DEVGROUP_MATCH_SRC),
  negatable(bit(s.flags, XT_DEVGROUP_INVERT_SRC), groups.operand(s.src_group, s.src_mask)),
);
const dst = optional(
  bit(s.flags, XT_DEVGROUP_MATCH_DST),
  negatable(bit(s.flags, XT_DEVGROUP_INVERT_DST), groups.operand(s.dst_group, s.dst_mask)),
);

/** Matches by the group of the network device. */
export const devgroup = match({
  name: 'devgroup',
  doc: 'Matches by the group of the network device.',
  revisions: [
    revision(0, s, {
      'src-group': src.doc('The group of the device it comes in by: a number, or a name in /etc/iproute2/group.'),
      'dst-group': dst.doc('The group of the device it goes out by.'),
    }),
  ],
  constraints: [atLeastOne('src-group', 'dst-group')],
  kernelCheck({ srcGroup, dstGroup }, rule) {
    onlyIn(['PREROUTING', 'INPUT', 'FORWARD'], 'src-group', srcGroup, rule);
    onlyIn(['FORWARD', 'OUTPUT', 'POSTROUTING'], 'dst-group', dstGroup, rule);
  },
  example: { srcGroup: 2 },
  list: ({ srcGroup, dstGroup }, { numeric }) => groups.list({ 'src-group': srcGroup, 'dst-group': dstGroup }, numeric),
});
