import { excludes, revision, target } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { defaulted, optional } from '../../codec/option';
import { bit, both, chars, differs, inverse, struct, u16, u32 } from '../../codec/struct';
import { checkPrefix, prefix } from '../shared/log';

// <linux/netfilter/xt_NFLOG.h>
const s = struct('xt_nflog_info', { len: u32, group: u16, threshold: u16, flags: u16, pad: u16, prefix: chars(64) });
const XT_NFLOG_F_COPY_LEN = 0x1;

const sized = bit(s.flags, XT_NFLOG_F_COPY_LEN);

/** Hands packets to programs that listen on a netlink group, such as ulogd, and lets them go on to the next rule. */
export const NFLOG = target({
  name: 'NFLOG',
  doc: 'Hands the packet to a logging program over netlink; it goes on to the next rule.',
  revisions: [
    revision(0, s, {
      'nflog-prefix': prefix(64, s.prefix).doc('What the log message begins with, up to 63 bytes.'),
      'nflog-group': defaulted(0, integer(s.group)).varies().doc('The netlink group, 0 to 65535.'),
      'nflog-size': optional(sized, integer(s.len)).doc('How many bytes of the packet are handed over.'),
      'nflog-range': optional(both(inverse(sized), differs(s.len, 0)), integer(s.len))
        .doc('Never had an effect: use nflog-size.')
        .remarked(
          () => 'warn: --nflog-range has never worked and is no longer supported, please use --nflog-size instead',
        ),
      'nflog-threshold': defaulted(0, integer(s.threshold))
        .varies()
        .doc('How many packets the kernel collects before it sends them.'),
    }),
  ],
  constraints: [excludes('nflog-range', 'nflog-size')],
  check: ({ nflogPrefix }) => checkPrefix('nflog-prefix', nflogPrefix),
  example: { nflogGroup: 2, nflogPrefix: 'dropped: ' },
});
