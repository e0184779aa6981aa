import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { formatIpv6, parseIpv6 } from '../../../lib/net/address';
import { expect, test } from '../../harness';

test.each([
  ['0:0:0:0:0:0:0:0', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'], // of two that are as long the first
  ['1:0:0:2:0:0:0:4', '1:0:0:2::4'], // the longest
  ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'], // one alone stays
  ['1:0:2:0:4:0:6:0', '1:0:2:0:4:0:6:0'],
  ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
  ['0:0:0:0:0:ffff:102:304', '::ffff:1.2.3.4'],
  ['0:0:0:0:0:0:102:304', '::1.2.3.4'],
])('%s is written %s', (long, short) => {
  expect(formatIpv6(parseIpv6(long)!)).toBe(short);
});

test('whatever is written is read as it was', () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Uint8Array.from(groups.flatMap((each) => [each >> 8, each & 255]));
      const text = formatIpv6(bytes);
      expect(isIPv6(text)).toBe(true);
      expect(parseIpv6(text)).toEqual(bytes);
    }),
  );
});
