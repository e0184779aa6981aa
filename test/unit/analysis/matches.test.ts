/** What each match that rulesets in the wild use says of packets: of one that it matches, and of one that it doesn't. */
import { parseRuleset } from '../../../lib';
import { type Packet, type SimulateOptions, simulate } from '../../../lib/analysis';
import { describe, expect, test } from '../../harness';

const TCP: Packet = {
  protocol: 'tcp',
  source: '10.0.0.1',
  destination: '10.0.0.2',
  sport: 1024,
  dport: 22,
  tcpFlags: ['SYN'],
  tcpOptions: [2],
  mss: 1460,
  ctstate: 'NEW',
  inInterface: 'eth0',
  length: 60,
  ttl: 64,
  tos: 0,
  mac: '02:00:00:00:00:01',
  pktType: 'unicast',
  data: '45000028',
};
const OUT: Packet = { ...TCP, outInterface: 'eth1', owner: { uid: 0, gid: 0 } };
const six = { source: 'fd00::1', destination: 'fd00::2' } as const;

function verdict(match: string, packet: Packet, options?: SimulateOptions): string {
  const isOut = packet.inInterface === undefined;
  const family = packet.source?.includes(':') ? 'ipv6' : 'ipv4';
  const table = match.includes('rpfilter') || match.includes('-m socket') ? 'mangle' : 'filter';
  const chain = isOut ? 'OUTPUT' : table === 'mangle' ? 'PREROUTING' : 'INPUT';
  const text = `*${table}\n:${chain} ACCEPT [0:0]\n-A ${chain} ${match} -j DROP\nCOMMIT\n`;
  return simulate(parseRuleset(text, { family }), packet, options).verdict;
}
const out = (packet: Packet): Packet => {
  const { inInterface: _, ...rest } = packet;
  return rest;
};

describe('a match', () => {
  test.each<readonly [match: string, packet: Packet, unlike: Partial<Packet>]>([
    ['-p tcp -m tcp --dport 22', TCP, { dport: 23 }],
    ['-p udp -m udp --sport 53', { ...TCP, protocol: 'udp', sport: 53 }, { sport: 54 }],
    ['-m conntrack --ctstate NEW', TCP, { ctstate: 'ESTABLISHED' }],
    ['-m state --state NEW,RELATED', TCP, { ctstate: 'INVALID' }],
    ['-p icmp -m icmp --icmp-type 8', { ...TCP, protocol: 'icmp', icmpType: 8 }, { icmpType: 0 }],
    ['-p icmpv6 -m icmp6 --icmpv6-type 128', { ...TCP, ...six, protocol: 'icmpv6', icmpType: 128 }, { icmpType: 1 }],
    ['-p tcp -m multiport --dports 22,80', TCP, { dport: 443 }],
    ['-m addrtype --dst-type LOCAL', { ...TCP, dstType: 'LOCAL' }, { dstType: 'UNICAST' }],
    ['-m owner --uid-owner 0', out(OUT), { owner: { uid: 1 } }],
    ['-m mark --mark 7', { ...TCP, mark: 7 }, { mark: 8 }],
    ['-m connmark --mark 7', { ...TCP, connmark: 7 }, { connmark: 8 }],
    ['-m connlimit --connlimit-above 3', { ...TCP, connections: 9 }, { connections: 2 }],
    ['-m mac --mac-source 02:00:00:00:00:01', TCP, { mac: '02:00:00:00:00:02' }],
    [
      '-m string --string iptc --algo bm',
      { ...TCP, data: `45${'00'.repeat(19)}69707463` },
      { data: `45${'00'.repeat(25)}` },
    ],
    ['-m hl --hl-eq 64', { ...TCP, ...six }, { ttl: 3 }],
    ['-m length --length 40:80', TCP, { length: 90 }],
    ['-m iprange --src-range 10.0.0.0-10.0.0.5', TCP, { source: '10.0.1.1' }],
    ['-m physdev --physdev-in eth0', { ...TCP, physdevIn: 'eth0' }, { physdevIn: '' }],
    ['-m pkttype --pkt-type unicast', TCP, { pktType: 'broadcast' }],
    ['-p tcp -m tcpmss --mss 1400:1500', TCP, { mss: 536 }],
    ['-m dscp --dscp 4', { ...TCP, tos: 16 }, { tos: 0 }],
    ['-m rpfilter', { ...TCP, rpfilter: true }, { rpfilter: false }],
    ['-p sctp -m sctp --dport 22', { ...TCP, protocol: 'sctp' }, { dport: 23 }],
    ['-m u32 --u32 "0>>24&0xff=0x45"', TCP, { data: '46000028' }],
    ['-m cgroup --path a/b', { ...out(OUT), cgroup: 'a/b' }, { cgroup: 'c' }],
    ['-m helper --helper ftp', { ...TCP, helper: 'ftp' }, { helper: '' }],
    ['-m policy --dir in --pol ipsec', { ...TCP, ipsec: true }, { ipsec: false }],
    ['-p dccp -m dccp --dport 22', { ...TCP, protocol: 'dccp' }, { dport: 23 }],
    ['-p tcp -m ecn --ecn-tcp-ece', { ...TCP, tcpFlags: ['SYN', 'ECE'] }, { tcpFlags: ['SYN'] }],
    ['-p mobility-header -m mh --mh-type 5', { ...TCP, ...six, protocol: 135, mhType: 5 }, { mhType: 6 }],
    ['-m realm --realm 3', { ...TCP, realm: 3 }, { realm: 4 }],
    ['-m socket', { ...TCP, socket: true }, { socket: false }],
    ['-m tos --tos 0x10', { ...TCP, tos: 16 }, { tos: 0 }],
    ['-m ttl --ttl-eq 64', TCP, { ttl: 3 }],
  ])('%s', (match, packet, unlike) => {
    expect([verdict(match, packet), verdict(match, { ...packet, ...unlike })]).toEqual(['DROP', 'ACCEPT']);
  });
  test.each([
    ['-m limit --limit 1/s'],
    ['-m recent --rcheck --name x'],
    ['-m hashlimit --hashlimit-upto 5/sec --hashlimit-name x'],
    ['-m connbytes --connbytes 9: --connbytes-dir both --connbytes-mode packets'],
    ['-m quota --quota 9'],
    ['-m statistic --mode random --probability 0.5'],
    ['-m statistic --mode nth --every 3 --packet 0'],
    ['-m time --timestart 01:00'],
    ['-m set --match-set x src'],
  ])('that no packet tells of is asked for: %s', (match) => {
    expect(verdict(match, TCP)).toBe('UNKNOWN');
    expect([verdict(match, TCP, { holds: () => true }), verdict(match, TCP, { holds: () => false })]).toEqual([
      'DROP',
      'ACCEPT',
    ]);
  });
  test('may be told by what is given besides', () => {
    const random = '-m statistic --mode random --probability 0.5';
    expect([0.4, 0.6].map((draw) => verdict(random, TCP, { random: () => draw }))).toEqual(['DROP', 'ACCEPT']);
    const time = '-m time --timestart 01:00 --timestop 02:00';
    const at = (hour: string) => ({ time: new Date(`2026-01-01T${hour}:30:00Z`) });
    expect([verdict(time, TCP, at('01')), verdict(time, TCP, at('03'))]).toEqual(['DROP', 'ACCEPT']);
    const set = '-m set --match-set x src';
    expect(['10.0.0.1', '10.0.0.9'].map((one) => verdict(set, TCP, { sets: { x: [one] } }))).toEqual([
      'DROP',
      'ACCEPT',
    ]);
  });
});
