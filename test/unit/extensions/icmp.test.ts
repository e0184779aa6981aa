import { describe, expect, test } from '../../harness';
import { settingsOf, textOf } from './settings';

const type = (word: string) => settingsOf(`-p icmp -m icmp --icmp-type ${word}`);

describe('the type of icmp', () => {
  test.each([
    ['echo-request', 8],
    ['PING', 8],
    ['dest', 3],
    ['host-unreachable', '3/1'],
    ['0x3/01', '3/1'],
    ['3/1:5', '3/1:5'],
    ['3/0:255', 3],
    ['any', 'any'],
    ['255', 'any'],
  ])('%s is %s', (word, icmpType) => {
    expect(type(word)).toEqual({ icmpType });
  });

  test('a beginning of several names is none of them', () => {
    expect(() => type('echo')).toThrow('echo-reply or echo-request');
    expect(() => type('ech0')).toThrow('the name of a type');
    expect(() => type('3/256')).toThrow('--icmp-type of match icmp');
  });

  test('names are data too, and all codes are said, which iptables-save cuts to the first', () => {
    expect(textOf({ icmp: { icmpType: { not: 'host-unreachable' } } }, { protocol: 'icmp' })).toBe(
      '-p icmp -m icmp ! --icmp-type 3/1',
    );
    expect(textOf({ icmp: { icmpType: '3/1:5' } }, { protocol: 'icmp' })).toBe('-p icmp -m icmp --icmp-type 3/1:5');
    expect(settingsOf('-p icmpv6 --icmpv6-type neighbour-solicitation', 'ipv6')).toEqual({ icmpv6Type: 135 });
  });
});
