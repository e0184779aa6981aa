import { atLeastOne, givenProtocol, match, revision, wrong } from '../../codec/extension';
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

const tested = <T>(index: number, o: Operand<T>) =>
  optional(bit(s.operation, index), negatable(bit(s.invert, index), o));

/** Matches by the bits of explicit congestion notification in the IP and TCP headers. */
export const ecn = match({
  name: 'ecn',
  doc: 'Matches by explicit congestion notification.',
  revisions: [
    revision(0, s, {
      'ecn-tcp-ece': tested(4, flag(bit(s.operation, 4))).doc('The TCP flag ECE (congestion was seen) is set.'),
      'ecn-tcp-cwr': tested(5, flag(bit(s.operation, 5))).doc('The TCP flag CWR (the sender has slowed down) is set.'),
      'ecn-ip-ect': tested(0, integer(s.ip_ect, 0, 3)).doc(
        'The code point in the IP header: 0 none, 1 and 2 capable, 3 congested.',
      ),
    }),
  ],
  constraints: [atLeastOne('ecn-tcp-ece', 'ecn-tcp-cwr', 'ecn-ip-ect')],
  check({ ecnTcpEce, ecnTcpCwr }, facts) {
    const option = ecnTcpEce ? 'ecn-tcp-ece' : ecnTcpCwr ? 'ecn-tcp-cwr' : undefined;
    if (option && (facts.protocol !== 6 || facts.protocolNegated))
      throw wrong(option, 'a rule with protocol tcp', givenProtocol(facts));
  },
  example: { ecnIpEct: 3 },
  list({ ecnTcpEce: ece, ecnTcpCwr: cwr, ecnIpEct: ect }) {
    const not = (value: unknown) => (isNot(value) ? ' !' : ' ');
    const point = ect === undefined ? '' : `${not(ect)}ECT=${isNot(ect) ? ect.not : ect}`;
    return `ECN match${ece ? `${not(ece)}ECE` : ''}${cwr ? `${not(cwr)}CWR` : ''}${point}`;
  },
});
