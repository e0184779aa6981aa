import fc from 'fast-check';
import { placeOf, placesOf } from '../../../lib/bans/address';
import { Book } from '../../../lib/bans/book';
import { durationText, secondsOf } from '../../../lib/bans/duration';
import { Heap } from '../../../lib/bans/heap';
import { describe, expect, test } from '../../harness';

const ipv4 = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

describe('an address', () => {
  test('has one form', () => {
    for (const [word, text] of [
      ['192.0.2.1', '192.0.2.1'],
      [' 192.0.2.1/32 ', '192.0.2.1'],
      ['192.0.2.77/24', '192.0.2.0/24'],
      ['192.0.2.77/255.255.255.0', '192.0.2.0/24'],
      ['2001:DB8::0:1', '2001:db8::1'],
      ['2001:db8::1/128', '2001:db8::1'],
      ['2001:db8::1/32', '2001:db8::/32'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['::FFFF:c000:201', '192.0.2.1'],
      ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.77/120', '192.0.2.0/24'],
      ['::fffe:c000:201', '::fffe:c000:201'],
    ] as const)
      expect([word, placeOf(word).text]).toEqual([word, text]);
    for (const word of [
      '',
      'x',
      '10',
      '10/8x',
      '0.0.0.0/0',
      '::/0',
      '1.2.3.4/33',
      '1.2.3.4/255.0.255.0',
      5,
      null,
      '1.2.3.4 '.repeat(2),
    ])
      expect(() => placeOf(word)).toThrow();
  });

  test('is in a range as often as the range has it', () => {
    fc.assert(
      fc.property(fc.nat(0xffffff), fc.nat(5000), (from, length) => {
        const [first, last] = [0x0a000000 + from, 0x0a000000 + from + length];
        let at = first;
        for (const { text, bits } of placesOf(`${ipv4(first)}-${ipv4(last)}`)) {
          expect(numberOf(text.split('/')[0]!)).toBe(at);
          at += 2 ** (32 - bits);
        }
        expect(at).toBe(last + 1);
      }),
    );
    expect(placesOf('2001:db8::-2001:db8::5').map(({ text }) => text)).toEqual(['2001:db8::/126', '2001:db8::4/127']);
    for (const range of ['10.0.0.2-10.0.0.1', '10.0.0.1-2001:db8::1', '0.0.0.0-255.255.255.255', '10.0.0.0/8-11.0.0.0'])
      expect(() => placesOf(range)).toThrow();
  });

  test('is found by what is around it, and in what is', () => {
    const book = new Book<string>();
    for (const text of ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.1', '2001:db8::/32']) book.set(placeOf(text), [text]);
    const around = (text: string) => book.around(placeOf(text));
    expect([around('10.1.1.1'), around('10.1.1.2'), around('10.2.1.1'), around('11.0.0.0')]).toEqual([
      ['10.1.1.1', '10.1.0.0/16', '10.0.0.0/8'],
      ['10.1.0.0/16', '10.0.0.0/8'],
      ['10.0.0.0/8'],
      [],
    ]);
    expect(around('10.1.0.0/24')).toEqual(['10.1.0.0/16', '10.0.0.0/8']);
    expect(around('2001:db8:1::1')).toEqual(['2001:db8::/32']);
    expect(book.inside(placeOf('10.1.0.0/12')).map(({ text }) => text)).toEqual(['10.1.0.0/16', '10.1.1.1']);
    book.set(placeOf('10.1.0.0/16'), []);
    expect(around('10.1.1.2')).toEqual(['10.0.0.0/8']);
    expect(book.size).toBe(3);
  });
});

test('a time is said in units', () => {
  for (const [word, seconds] of [
    [90, 90],
    ['90', 90],
    ['90s', 90],
    ['2h', 7200],
    ['1d12h', 129600],
    ['2w', 1209600],
    [0.2, 1],
  ] as const)
    expect([word, secondsOf(word)]).toEqual([word, seconds]);
  for (const word of ['', 'h', '2 h', '-1', '1y', 0, -5, Number.NaN, Number.POSITIVE_INFINITY, null])
    expect(() => secondsOf(word)).toThrow();
  expect([0, 59.6, 3600, 7265, 129600].map(durationText)).toEqual(['0s', '1m', '1h', '2h 1m', '1d 12h']);
});

test('what ends comes in the order of its end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (times) => {
      const heap = new Heap<number>();
      for (const at of times) heap.push(at, at);
      const found: number[] = [];
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) found.push(item);
      expect(found).toEqual([...times].sort((a, b) => a - b));
    }),
  );
});
