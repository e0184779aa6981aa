import { atLeastOne, excludes, givenProtocol, revision, target, wrong } from '../../codec/extension';
import { integer } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, bits, type Place, struct, u8, union } from '../../codec/struct';

// <linux/netfilter_ipv4/ipt_ECN.h>; the two flags are a bit field there
const s = struct('ipt_ECN_info', { operation: u8, ip_ect: u8, proto: union({ tcp: u8 }) });
const [ece, cwr] = [bits(s.proto.tcp, 0, 1), bits(s.proto.tcp, 1, 1)];
const [SET_IP, SET_ECE, SET_CWR] = [bit(s.operation, 0), bit(s.operation, 4), bit(s.operation, 5)];

/** Both flags cleared, and nothing else changed, is one option; otherwise each flag has its own. */
const remove: Place<boolean> = {
  read: (m) => s.operation.read(m) === 0x30 && s.proto.tcp.read(m) === 0,
  write: (m) => {
    SET_ECE.write(m, true);
    SET_CWR.write(m, true);
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
      'ecn-tcp-ece': optional(unlessRemoved(SET_ECE), integer(ece, 0, 1)).doc(
        "Sets the TCP header's ECE flag to 0 or 1.",
      ),
      'ecn-tcp-cwr': optional(unlessRemoved(SET_CWR), integer(cwr, 0, 1)).doc(
        "Sets the TCP header's CWR flag to 0 or 1.",
      ),
      'ecn-ip-ect': optional(SET_IP, integer(s.ip_ect, 0, 3)).doc("Sets the IP header's code point, 0 to 3."),
    }),
  ],
  constraints: [
    atLeastOne('ecn-tcp-remove', 'ecn-tcp-ece', 'ecn-tcp-cwr', 'ecn-ip-ect'),
    excludes('ecn-tcp-remove', 'ecn-tcp-ece', 'ecn-tcp-cwr'),
  ],
  check(settings, facts) {
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
