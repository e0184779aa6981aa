import { revision, target } from '../../codec/extension';
import { defaulted, flagged } from '../../codec/option';
import { bit, chars, struct, u8 } from '../../codec/struct';
import { checkPrefix, levelName, prefix, syslogLevel } from '../shared/log';

// <linux/netfilter/xt_LOG.h>
const s = struct('xt_log_info', { level: u8, logflags: u8, prefix: chars(30) });
const flag = (index: number) => flagged(bit(s.logflags, index));

/** Writes the packet's headers to the kernel's log, and lets the packet go on to the next rule. */
export const LOG = target({
  name: 'LOG',
  doc: "Writes the packet's headers to the kernel's log; the packet goes on to the next rule.",
  revisions: [
    revision(0, s, {
      'log-prefix': prefix(30, s.prefix).doc('What each line begins with, up to 29 bytes.'),
      'log-level': defaulted(4, syslogLevel(s.level)).doc(
        'The level to log at, by number (0 to 7) or by name (emerg to debug).',
      ),
      'log-tcp-sequence': flag(0).doc('Log TCP sequence numbers.'),
      'log-tcp-options': flag(1).doc("Log the TCP header's options."),
      'log-ip-options': flag(2).doc("Log the IP header's options."),
      'log-uid': flag(3).doc('Log whose process has sent the packet.'),
      'log-macdecode': flag(5).doc('Log MAC addresses and the protocol of the layer below.'),
    }),
  ],
  check: ({ logPrefix }) => checkPrefix('log-prefix', logPrefix),
  example: { logPrefix: 'dropped: ', logLevel: 'info' },
  list: ({ logPrefix, logLevel = 4, ...on }, { numeric }) => {
    const words = [
      [on.logTcpSequence, 'tcp-sequence', 1],
      [on.logTcpOptions, 'tcp-options', 2],
      [on.logIpOptions, 'ip-options', 4],
      [on.logUid, 'uid', 8],
      [on.logMacdecode, 'macdecode', 32],
    ] as const;
    const set = words.filter(([there]) => there);
    const flags = set.reduce((sum, [, , value]) => sum + value, 0);
    const head = numeric
      ? [`flags ${flags} level ${logLevel}`]
      : [
          levelName(logLevel) === undefined ? `UNKNOWN level ${logLevel}` : `level ${levelName(logLevel)}`,
          ...set.map(([, name]) => name),
        ];
    return ['LOG', ...head, ...(logPrefix === undefined ? [] : [`prefix "${logPrefix}"`])].join(' ');
  },
});
