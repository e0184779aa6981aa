import { formatRule, parseRule, type Rule } from '../../../lib';
import { describe, expect, test } from '../../harness';
import { again } from './settings';

/** As files in the wild have them, and iptables takes them. */
describe('values that iptables takes', () => {
  test.each([
    ['-m state --state ESTABLISH', '-m state --state ESTABLISHED'],
    ['-m state --state RELA,est', '-m state --state RELATED,ESTABLISHED'],
    ['-m conntrack --ctstate s,E', '-m conntrack --ctstate ESTABLISHED,SNAT'],
    ['-m conntrack --ctstatus exp,SEEN', '-m conntrack --ctstatus EXPECTED,SEEN_REPLY'],
    ['-m conntrack --ctstatus N', '-m conntrack --ctstatus NONE'],
    [
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 15/sec --hashlimit-name a',
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 15 --hashlimit-name a',
    ],
    [
      '-m hashlimit --hashlimit-upto 5kb/s --hashlimit-burst 15kb/s --hashlimit-name a',
      '-m hashlimit --hashlimit-upto 5kb/s --hashlimit-burst 15kb --hashlimit-name a',
    ],
    [
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-rate-interval 10 --hashlimit-name a',
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a',
    ],
    [
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-mode ,srcip,,dstport| --hashlimit-name a',
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-mode srcip,dstport --hashlimit-name a',
    ],
    [
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-mode "" --hashlimit-name a',
      '-m hashlimit --hashlimit-upto 5/sec --hashlimit-burst 5 --hashlimit-name a',
    ],
    ['-m policy --dir in --pol none --proto esp --reqid 1', '-m policy --dir in --pol none'],
    ['-m recent --rcheck --seconds 4294967295', '-m recent --rcheck --seconds 4294967295 --name DEFAULT'],
  ])('%s', (text, saved) => {
    expect(again(text).replace(' --mask 255.255.255.255 --rsource', '')).toBe(saved);
  });

  test.each([
    ['-m state --state NEW,', 'INVALID, NEW'],
    ['-m state --state ,NEW', 'INVALID, NEW'],
    ['-m policy --dir in --pol none --strict', 'ipsec'],
    ['-m hashlimit --hashlimit-upto 5/sec --hashlimit-mode srcip,x --hashlimit-name a', 'srcip'],
    ['-m length --length 5:4', 'in that order'],
    ['-m conntrack --ctproto 0', 'a protocol other than all'],
    ['-m srh --srh-hdr-len-eq 3 --srh-hdr-len-gt 4', 'there is but one'],
  ])('%s is none of them', (text, expected) => {
    expect(() => parseRule(text, { family: text.includes('srh') ? 'ipv6' : 'ipv4' })).toThrow(expected);
  });

  test.each<[Rule, string]>([
    [{ protocol: 'AH' }, '-p ah'],
    [{ protocol: { not: 'Udp' } }, '! -p udp'],
    [{ target: { REJECT: { rejectWith: 'port-unreach' } } }, '-j REJECT --reject-with icmp-port-unreachable'],
    [{ target: { REJECT: { rejectWith: 'ICMP-HOST-PROHIB' } } }, '-j REJECT --reject-with icmp-host-prohibited'],
    [{ match: [{ conntrack: { ctstate: ['new', 'ESTABLISH'] } }] }, '-m conntrack --ctstate NEW,ESTABLISHED'],
    [{ match: [{ state: { state: { not: ['rela'] } } }] }, '-m state ! --state RELATED'],
    [{ match: [{ addrtype: { dstType: ['local'] } }] }, '-m addrtype --dst-type LOCAL'],
    [{ match: [{ pkttype: { pktType: 'Unicast' } }] }, '-m pkttype --pkt-type unicast'],
    [{ match: [{ dscp: { dscpClass: 'ef' } }] }, '-m dscp --dscp 0x2e'],
    [
      { protocol: 'tcp', match: [{ tcp: { tcpFlags: { mask: ['syn'], comp: ['Syn'] } } }] },
      '-p tcp -m tcp --tcp-flags SYN SYN',
    ],
    [
      { match: [{ policy: { dir: 'IN', pol: 'IPSEC', mode: 'TUNNEL', tunnelSrc: '10.0.0.1' } }] },
      '-m policy --dir in --pol ipsec --mode tunnel --tunnel-src 10.0.0.1',
    ],
  ] as never)('as data too: %j', (rule, saved) => {
    expect(formatRule(rule)).toBe(saved);
  });
  test('data are checked as what they mean', () => {
    expect(() => formatRule({ target: { REJECT: { rejectWith: 'TCP-RST' } } } as never)).toThrow('protocol tcp');
    expect(() => formatRule({ match: [{ policy: { dir: 'in', pol: 'NONE', strict: true } }] } as never)).toThrow(
      'ipsec',
    );
  });

  test('a name that is part of others is a hint', () => {
    expect(() => parseRule('-m time --days Mon')).toThrow(
      expect.objectContaining({ hint: 'Did you mean --monthdays or --weekdays?' }),
    );
  });
});
