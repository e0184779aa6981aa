import { revision, target } from '../../codec/extension';
import { Unknown } from '../../codec/meaning';
import { integer, type Operand } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, struct, u8, u16 } from '../../codec/struct';

// <linux/netfilter/nf_synproxy.h>
const s = struct('nf_synproxy_info', { options: u8, wscale: u8, mss: u16 });
const NF_SYNPROXY_OPT_MSS = 0x01;
const NF_SYNPROXY_OPT_WSCALE = 0x02;
const NF_SYNPROXY_OPT_SACK_PERM = 0x04;
const NF_SYNPROXY_OPT_TIMESTAMP = 0x08;
const NF_SYNPROXY_OPT_ECN = 0x10;

const flag = (bits: number) => flagged(bit(s.options, bits));
const valued = (bits: number, o: Operand<number>) => optional(bit(s.options, bits), o);

/** Answers requests for TCP connections in place of a server until the client has proved its address. */
export const SYNPROXY = target({
  name: 'SYNPROXY',
  doc: 'Answers requests for TCP connections in place of the server until the client has proved its address.',
  where: { hooks: ['INPUT', 'FORWARD'], protocols: [6] },
  revisions: [
    revision(0, s, {
      'sack-perm': flag(NF_SYNPROXY_OPT_SACK_PERM).doc('Selective acknowledgements are offered, as the server does.'),
      timestamp: flag(NF_SYNPROXY_OPT_TIMESTAMP).doc(
        'Timestamps are offered, as the server does; sack-perm and wscale need them.',
      ),
      wscale: valued(NF_SYNPROXY_OPT_WSCALE, integer(s.wscale)).doc("The server's window scale."),
      mss: valued(NF_SYNPROXY_OPT_MSS, integer(s.mss)).doc("The server's maximum segment size."),
      ecn: flag(NF_SYNPROXY_OPT_ECN).doc('ECN is offered, as the server does.'),
    }),
  ],
  effect:
    () =>
    ({ tcpFlags }) => {
      if (tcpFlags === undefined)
        return { unknown: new Unknown('tcpFlags'), yes: () => 'SYNPROXY', no: () => undefined };
      // A request is answered, and what confirms it taken.
      const opening = tcpFlags & 0x17;
      return opening === 0x02 || opening === 0x10 ? 'SYNPROXY' : undefined;
    },
  example: { sackPerm: true, timestamp: true, wscale: 7, mss: 1460 },
  list: ({ sackPerm, timestamp, wscale, mss, ecn }) =>
    `SYNPROXY ${sackPerm ? 'sack-perm ' : ''}${timestamp ? 'timestamp ' : ''}${wscale === undefined ? '' : `wscale ${wscale} `}${
      mss === undefined ? '' : `mss ${mss} `
    }${ecn ? 'ecn ' : ''}`,
});
