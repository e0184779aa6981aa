import { revision, target } from '../../codec/extension';
import { fromBig, integer, mapped } from '../../codec/operand';
import { defaulted } from '../../codec/option';
import { chars, struct, u32, ulong } from '../../codec/struct';
import { checkPrefix, prefix } from '../shared/log';

// <linux/netfilter_ipv4/ipt_ULOG.h>
const s = struct('ipt_ulog_info', { nl_group: u32, copy_range: ulong, qthreshold: ulong, prefix: chars(32) });
/** iptables shows the lower half of a size_t. */
const lower = (place: typeof s.copy_range) => mapped(place, (n) => Number(n & 0xffffffffn), fromBig);
const group = mapped(
  s.nl_group,
  (bits) => 32 - Math.clz32(bits & -bits),
  (n) => 2 ** (n - 1),
);

/** The forerunner of NFLOG, in kernels before 3.17. */
export const ULOG = target({
  name: 'ULOG',
  families: ['ipv4'],
  doc: "Hands the packet to a logging program over netlink (kernels before 3.17; today it's NFLOG); it goes on to the next rule.",
  revisions: [
    revision(0, s, {
      'ulog-prefix': prefix(32, s.prefix).doc('What the log message begins with, up to 31 bytes.'),
      'ulog-nlgroup': defaulted(1, integer(group, 1, 32)).doc('The netlink group, 1 to 32.'),
      'ulog-cprange': defaulted(0, integer(lower(s.copy_range))).doc(
        'How many bytes of the packet are handed over; 0 means all.',
      ),
      'ulog-qthreshold': defaulted(1, integer(lower(s.qthreshold), 1, 50)).doc(
        'How many packets the kernel collects before it sends them.',
      ),
    }),
  ],
  check: ({ ulogPrefix }) => checkPrefix('ulog-prefix', ulogPrefix),
  example: { ulogNlgroup: 2 },
  list: ({ ulogPrefix, ulogNlgroup = 1, ulogCprange = 0, ulogQthreshold = 1 }) =>
    `ULOG copy_range ${ulogCprange} nlgroup ${ulogNlgroup}${ulogPrefix === undefined ? '' : ` prefix "${ulogPrefix}"`} queue_threshold ${ulogQthreshold}`,
});
