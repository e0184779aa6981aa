import { revision, target } from '../../codec/extension';
import { defaulted, flagged } from '../../codec/option';
import { bit, chars, struct, u8 } from '../../codec/struct';
import { checkPrefix, levelName, prefix, syslogLevel } from '../shared/log';

// <linux/netfilter/xt_LOG.h>
const s = struct('xt_log_info', { level: u8, logflags: u8, prefix: chars(30) });
const XT_LOG_TCPSEQ = 0x01;
const XT_LOG_TCPOPT = 0x02;
const XT_LOG_IPOPT = 0x04;
const XT_LOG_UID = 0x08;
const XT_LOG_MACDECODE = 0x20;

const flag = (bits: number) => flagged(bit(s.logflags, bits));

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
      'log-tcp-sequence': flag(XT_LOG_TCPSEQ).doc('Log TCP sequence numbers.'),
      'log-tcp-options': flag(XT_LOG_TCPOPT).doc("Log the TCP header's options."),
      'log-ip-options': flag(XT_LOG_IPOPT).doc("Log the IP header's options."),
      'log-uid': flag(XT_LOG_UID).doc('Log whose process has sent the packet.'),
      'log-macdecode': flag(XT_LOG_MACDECODE).doc('Log MAC addresses and the protocol of the layer below.'),
    }),
  ],
  check: ({ logPrefix }) => checkPrefix('log-prefix', logPrefix),
  example: { logPrefix: 'dropped: ', logLevel: 'info' },
  list: ({ logPrefix, logLevel = 4, ...on }, { numeric }) => {
    const words = [
      [on.logTcpSequence, 'tcp-sequence', XT_LOG_TCPSEQ],
      [on.logTcpOptions, 'tcp-options', XT_LOG_TCPOPT],
      [on.logIpOptions, 'ip-options', XT_LOG_IPOPT],
      [on.logUid, 'uid', XT_LOG_UID],
      [on.logMacdecode, 'macdecode', XT_LOG_MACDECODE],
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
