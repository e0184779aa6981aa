import { atLeastOne, excludes, givenProtocol, revision, target, wrong } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, bits, type Place, struct, u8, union } from '../../codec/struct';

// <linux/netfilter_ipv4/ipt_ECN.h>; the TCP header's two flags are a bit field there
const s = struct('ipt_ECN_info', { operation: u8, ip_ect: u8, proto: union({ tcp: u8 }) });
const IPT_ECN_OP_SET_IP = 0x01;
const IPT_ECN_OP_SET_ECE = 0x10;
const IPT_ECN_OP_SET_CWR = 0x20;

const tcp = { ece: 1 << 0, cwr: 1 << 1 };
const [ece, cwr] = [bits(s.proto.tcp, tcp.ece), bits(s.proto.tcp, tcp.cwr)];
const [setsEce, setsCwr] = [bit(s.operation, IPT_ECN_OP_SET_ECE), bit(s.operation, IPT_ECN_OP_SET_CWR)];

/** Both flags cleared, and nothing else changed, is one option; otherwise each flag has its own. */
const remove: Place<boolean> = {
  read: (m) => s.operation.read(m) === (IPT_ECN_OP_SET_ECE | IPT_ECN_OP_SET_CWR) && s.proto.tcp.read(m) === 0,
  write: (m) => {
    setsEce.write(m, true);
    setsCwr.write(m, true);
  },
};
const unlessRemoved = (set: Place<boolean>): Place<boolean> => ({
  read: (m) => set.read(m) && !remove.read(m),
  write: set.write,
});

/** Clears or sets the bits of explicit congestion notification. */
export const ECN = target({
  name: 'ECN',
  families: ['ipv4'],
  doc: 'Clears or sets the bits of explicit congestion notification.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(0, s, {
      'ecn-tcp-remove': flagged(remove).doc('Clears both flags of the TCP header.'),
      'ecn-tcp-ece': optional(unlessRemoved(setsEce), integer(ece, 0, 1)).doc(
        "Sets the TCP header's ECE flag to 0 or 1.",
      ),
      'ecn-tcp-cwr': optional(unlessRemoved(setsCwr), integer(cwr, 0, 1)).doc(
        "Sets the TCP header's CWR flag to 0 or 1.",
      ),
      'ecn-ip-ect': optional(bit(s.operation, IPT_ECN_OP_SET_IP), integer(s.ip_ect, 0, 3)).doc(
        "Sets the IP header's code point, 0 to 3.",
      ),
    }),
  ],
  constraints: [
    atLeastOne('ecn-tcp-remove', 'ecn-tcp-ece', 'ecn-tcp-cwr', 'ecn-ip-ect'),
    excludes('ecn-tcp-remove', 'ecn-tcp-ece', 'ecn-tcp-cwr'),
  ],
  kernelCheck(settings, facts) {
    if (Object.keys(settings).every((key) => key === 'ecnIpEct') || (facts.protocol === 6 && !facts.protocolNegated))
      return;
    throw wrong('ecn-tcp-remove', 'a rule with protocol tcp', givenProtocol(facts));
  },
  example: { ecnTcpRemove: true },
  list: ({ ecnTcpRemove, ecnTcpEce: e, ecnTcpCwr: c, ecnIpEct: ect }) =>
    `ECN${ecnTcpRemove ? ' TCP remove' : ''}${e === undefined ? '' : ` ECE=${e}`}${c === undefined ? '' : ` CWR=${c}`}${
      ect === undefined ? '' : ` ECT codepoint=${ect}`
    }`,
});
