import { revision, target } from '../../codec/extension';
import { integer, type Operand } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, struct, u8, u16 } from '../../codec/struct';

// <linux/netfilter/nf_synproxy.h>
const s = struct('nf_synproxy_info', { options: u8, wscale: u8, mss: u16 });
const flag = (index: number) => flagged(bit(s.options, index));
const valued = (index: number, o: Operand<number>) => optional(bit(s.options, index), o);

/** Answers requests for TCP connections in place of a server until the client has proved its address. */
export const SYNPROXY = target({
  name: 'SYNPROXY',
  doc: 'Answers requests for TCP connections in place of the server until the client has proved its address.',
  where: { hooks: ['INPUT', 'FORWARD'], protocols: [6] },
  revisions: [
    revision(0, s, {
      'sack-perm': flag(2).doc('Selective acknowledgements are offered, as the server does.'),
      timestamp: flag(3).doc('Timestamps are offered, as the server does; sack-perm and wscale need them.'),
      wscale: valued(1, integer(s.wscale)).doc("The server's window scale."),
      mss: valued(0, integer(s.mss)).doc("The server's maximum segment size."),
      ecn: flag(4).doc('ECN is offered, as the server does.'),
    }),
  ],
  example: { sackPerm: true, timestamp: true, wscale: 7, mss: 1460 },
  list: ({ sackPerm, timestamp, wscale, mss, ecn }) =>
    `SYNPROXY ${sackPerm ? 'sack-perm ' : ''}${timestamp ? 'timestamp ' : ''}${wscale === undefined ? '' : `wscale ${wscale} `}${
      mss === undefined ? '' : `mss ${mss} `
    }${ecn ? 'ecn ' : ''}`,
});
