import { describe, expect, test } from '../../harness';
import { again, targetOf } from './targets';

const destination = (word: string, family: 'ipv4' | 'ipv6' = 'ipv4') =>
  targetOf(`-p tcp -j DNAT --to-destination ${word}`, family);

describe('where DNAT goes to', () => {
  test.each([
    ['1.1.1.1', '1.1.1.1'],
    ['1.1.1.1-1.1.1.1', '1.1.1.1'],
    ['1.1.1.9-1.1.1.1:80-90', '1.1.1.9-1.1.1.1:80-90'],
    ['1.1.1.1:ssh', '1.1.1.1:22'],
    [':0x50', ':80'],
    [':512-512', ':512'],
    ['1.1.1.1:10-20/ftp', '1.1.1.1:10-20/21'],
  ])('%s', (word, toDestination) => {
    expect(destination(word)).toEqual({ DNAT: { toDestination } });
  });

  test.each([
    ['dead::beef', 'dead::beef'],
    ['[dead::beef]', 'dead::beef'],
    ['[dead::1-dead::5]:80', '[dead::1-dead::5]:80'],
    ['[]:80', ':80'],
    [':80', ':80'],
  ])('%s', (word, toDestination) => {
    expect(destination(word, 'ipv6')).toEqual({ DNAT: { toDestination } });
  });

  test.each([
    ['01.1.1.1', 'an IPv4 address'],
    ['1.1.1', 'an IPv4 address'],
    ['1.1.1.1-', 'an IPv4 address'],
    ['1.1.1.1:', 'a port'],
    ['1.1.1.1:90-80', 'a range low-high'],
    ['1.1.1.1:10-ssh', 'a range low-high'],
    ['1.1.1.1:10-20/0', 'a port'],
  ])('%s is refused', (word, reason) => {
    expect(() => destination(word)).toThrow(reason);
  });

  test('ports need a protocol that has them', () => {
    expect(() => again('-j DNAT --to-destination :80')).toThrow(
      'a rule with protocol tcp, udp, sctp, dccp or icmp for ports',
    );
    expect(() => again('-j REDIRECT --to-ports 80')).toThrow('--to-ports of target REDIRECT but received nothing');
    expect(() => again('-p esp -j REDIRECT --to-ports 80')).toThrow('but received "esp"');
    expect(again('-j DNAT --to-destination ::1', 'ipv6')).toBe('-j DNAT --to-destination ::1');
  });
});

test('NETMAP keeps what a mask leaves', () => {
  expect(again('-j NETMAP --to 10.1.2.3/255.255.0.0')).toBe('-j NETMAP --to 10.1.0.0/16');
  expect(again('-j NETMAP --to 10.1.2.3')).toBe('-j NETMAP --to 10.1.2.3/32');
});
