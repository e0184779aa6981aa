import { parseCommand, wordsOf } from '../../../lib/sets/command';
import { compareElements } from '../../../lib/sets/sorted';
import { TYPES } from '../../../lib/sets/types';
import { describe, expect, test } from '../../harness';

describe("ipset's language", () => {
  test('has words between blanks, and quotes around some', () => {
    expect(wordsOf('add  x 10.0.0.1\tcomment "two words" \r')).toEqual([
      'add',
      'x',
      '10.0.0.1',
      'comment',
      'two words',
    ]);
    expect(wordsOf('a"b c"d')).toEqual(['ab cd']);
    expect(wordsOf('a "b')).toBeUndefined();
    expect(wordsOf('')).toEqual([]);
  });

  test('has commands by how they begin, and options anywhere', () => {
    for (const [line, name] of [
      ['c x hash:ip', 'create'],
      ['-N x hash:ip', 'create'],
      ['--create x hash:ip', 'create'],
      ['x', 'destroy'],
      ['-X x', 'destroy'],
      ['l', 'list'],
      ['e a b', 'rename'],
      ['w a b', 'swap'],
      ['f', 'flush'],
      ['t a 1', 'test'],
      ['d a 1', 'delete'],
    ] as const)
      expect([line, parseCommand(line.split(' ')).name]).toEqual([line, name]);
    expect(parseCommand(['-exist', 'add', '-q', 'x', '10.0.0.1', 'timeout', '5', '--file', 'f'])).toEqual({
      name: 'add',
      set: 'x',
      second: '10.0.0.1',
      words: ['timeout', '5'],
      options: { exist: true, quiet: true, file: 'f' },
    });
  });

  test('sorts elements by their numbers', () => {
    const sorted = ['10.0.0.10', '10.0.0.9', '9.0.0.1', '10.0.0.9/24', '10.0.0.9,tcp:80', '10.0.0.9,udp:9'].sort(
      compareElements,
    );
    expect(sorted.indexOf('9.0.0.1')).toBeLessThan(sorted.indexOf('10.0.0.9'));
    expect(sorted.indexOf('10.0.0.9')).toBeLessThan(sorted.indexOf('10.0.0.10'));
    expect(sorted.indexOf('10.0.0.9,tcp:80')).toBeLessThan(sorted.indexOf('10.0.0.9,udp:9'));
  });
});

describe('the types of sets', () => {
  /** As `ipset help` of 7.17 tells them. */
  test('are known up to their newest revision', () => {
    expect(Object.fromEntries([...TYPES].map(([name, { last }]) => [name, last]))).toEqual({
      'bitmap:ip': 3,
      'bitmap:ip,mac': 3,
      'bitmap:port': 3,
      'hash:ip': 6,
      'hash:ip,mac': 1,
      'hash:ip,mark': 3,
      'hash:ip,port': 7,
      'hash:ip,port,ip': 6,
      'hash:ip,port,net': 8,
      'hash:mac': 1,
      'hash:net': 7,
      'hash:net,iface': 8,
      'hash:net,net': 4,
      'hash:net,port': 8,
      'hash:net,port,net': 3,
      'list:set': 3,
    }); // prettier-ignore
  });
});
