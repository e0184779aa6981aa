import { atLeastOne, givenProtocol, match, revision, wrong } from '../../codec/extension';
import { all, given, fact as known } from '../../codec/meaning';
import { flag, integer, isNot, negatable, type Operand } from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, struct, u8, union } from '../../codec/struct';

// <linux/netfilter/xt_ecn.h>
const s = struct('xt_ecn_info', {
  operation: u8,
  invert: u8,
  ip_ect: u8,
  proto: union({ tcp: struct('', { ect: u8 }) }),
});
const XT_ECN_OP_MATCH_IP = 0x01;
const XT_ECN_OP_MATCH_ECE = 0x10;
const XT_ECN_OP_MATCH_CWR = 0x20;

const tested = <T>(bits: number, o: Operand<T>) => optional(bit(s.operation, bits), negatable(bit(s.invert, bits), o));
const fact = (bits: number) => tested(bits, flag(bit(s.operation, bits)));

/** Matches by the bits of explicit congestion notification in the IP and TCP headers. */
export const ecn = match({
  name: 'ecn',
  doc: 'Matches by explicit congestion notification.',
  revisions: [
    revision(0, s, {
      'ecn-tcp-ece': fact(XT_ECN_OP_MATCH_ECE).doc('The TCP flag ECE (congestion was seen) is set.'),
      'ecn-tcp-cwr': fact(XT_ECN_OP_MATCH_CWR).doc('The TCP flag CWR (the sender has slowed down) is set.'),
      'ecn-ip-ect': tested(XT_ECN_OP_MATCH_IP, integer(s.ip_ect, 0, 3)).doc(
        'The code point in the IP header: 0 none, 1 and 2 capable, 3 congested.',
      ),
    }),
  ],
  constraints: [atLeastOne('ecn-tcp-ece', 'ecn-tcp-cwr', 'ecn-ip-ect')],
  kernelCheck({ ecnTcpEce, ecnTcpCwr }, facts) {
    const option = ecnTcpEce ? 'ecn-tcp-ece' : ecnTcpCwr ? 'ecn-tcp-cwr' : undefined;
    if (option && (facts.protocol !== 6 || facts.protocolNegated))
      throw wrong(option, 'a rule with protocol tcp', givenProtocol(facts));
  },
  matches: ({ ecnTcpEce, ecnTcpCwr, ecnIpEct }) =>
    all(
      given(ecnIpEct, (point) => known('tos', (byte) => (byte & 3) === point)),
      given(ecnTcpEce, () => known('tcpFlags', (flags) => (flags & 64) !== 0)),
      given(ecnTcpCwr, () => known('tcpFlags', (flags) => (flags & 128) !== 0)),
    ),
  example: { ecnIpEct: 3 },
  list({ ecnTcpEce: ece, ecnTcpCwr: cwr, ecnIpEct: ect }) {
    const not = (value: unknown) => (isNot(value) ? ' !' : ' ');
    const point = ect === undefined ? '' : `${not(ect)}ECT=${isNot(ect) ? ect.not : ect}`;
    return `ECN match${ece ? `${not(ece)}ECE` : ''}${cwr ? `${not(cwr)}CWR` : ''}${point}`;
  },
});
