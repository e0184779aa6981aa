import { parseRuleset } from '../../../lib';
import { parsePacket, simulate } from '../../../lib/analysis';
import { pathSvg } from '../../../lib/analysis/svg';
import { formatPacket } from '../../../lib/analysis/words';
import { expect, test } from '../../harness';

test("what follows from that a connection begins isn't said of its packet", () => {
  const packet = {
    protocol: 'udp',
    inInterface: 'eth0',
    ctstate: 'NEW',
    ctdir: 'ORIGINAL',
    ctstatus: [],
    connmark: 0,
  } as const;
  expect(formatPacket(packet)).toBe('udp * -> * in eth0 state NEW');
  expect(formatPacket({ ...packet, ctstate: 'ESTABLISHED' })).toContain('ctdir ORIGINAL');
});

test('a packet can be said in words', () => {
  expect(parsePacket('tcp 203.0.113.5 -> :22 in eth0')).toEqual({
    protocol: 'tcp',
    source: '203.0.113.5',
    dport: 22,
    inInterface: 'eth0',
    ctstate: 'NEW',
    tcpFlags: ['SYN'],
  });
  expect(parsePacket('udp [2001:db8::1]:53 -> 2001:db8::2 out eth1 state established length 60 mark 0x10')).toEqual({
    protocol: 'udp',
    source: '2001:db8::1',
    sport: 53,
    destination: '2001:db8::2',
    outInterface: 'eth1',
    ctstate: 'ESTABLISHED',
    length: 60,
    mark: 16,
  });
  expect(parsePacket('icmp * -> 192.0.2.1 in eth0 out eth1 type echo-request')).toMatchObject({
    protocol: 'icmp',
    icmpType: 'echo-request',
  });
  expect(formatPacket(parsePacket('tcp 1.2.3.4:5 -> 6.7.8.9:80 in eth0'))).toBe(
    'tcp 1.2.3.4:5 -> 6.7.8.9:80 in eth0 state NEW flags SYN',
  );
});

test("what can't be a packet is refused", () => {
  for (const words of ['tcp 1.2.3.4 -> [zz]:80 in eth0', 'tcp 1.2.3.4 -> :80 in'])
    expect(() => parsePacket(words)).toThrow(/^Expected /);
});

test('a path is drawn, and no name or comment gets out of it', () => {
  const rules = parseRuleset(`*filter\n-A INPUT -m comment --comment "<script>&'" -j DROP\nCOMMIT\n`);
  const packet = parsePacket('tcp 1.2.3.4 -> :22 in eth0');
  const svg = pathSvg(packet, simulate(rules, packet), 'ipv4');
  expect(svg).toContain('filter:INPUT:rule:1');
  expect(svg).toContain('&lt;script&gt;');
  expect(svg).not.toContain('<script>');
});
