/** Offsets in an entry have 16 bits: a rule that needs more is refused, in whatever form it is given. */
import { anyKernel } from '../../../lib/codec/kernel';
import { parseRule } from '../../../lib/index';
import { EntryCodec } from '../../../lib/rule/entry';
import { expect, test } from '../../harness';

const TOO_LONG = expect.objectContaining({
  code: 'ERR_BAD_RULE',
  message: 'Expected a rule of at most 65535 bytes',
  path: expect.stringMatching(/^(match\[\d+\]|target)/),
});

test.each(['ipv4', 'ipv6'] as const)('an entry of %s has at most 65,535 bytes', (family) => {
  const codec = new EntryCodec(anyKernel(family));
  const rule = (count: number) => ({ match: Array.from({ length: count }, () => ({ comment: { comment: 'x' } })) });
  // A comment has 288 bytes.
  const most = Math.floor((65_535 - (family === 'ipv4' ? 112 : 168) - 40) / 288);
  const entry = codec.encode(rule(most)).slice();
  expect(entry.length).toBeLessThanOrEqual(65_535);
  for (const count of [most + 1, most + 2, 2 * most, 600]) expect(() => codec.encode(rule(count))).toThrow(TOO_LONG);
  expect(() => codec.encode({ match: [{ name: 'x', revision: 0, data: '00'.repeat(65_500) }] } as never)).toThrow();
  // What was refused leaves nothing behind.
  expect(codec.encode(rule(most))).toEqual(entry);
});

test('as text, too', () => {
  const text = (count: number) => '-m comment --comment x '.repeat(count);
  expect(parseRule(text(226)).match).toHaveLength(226);
  expect(() => parseRule(text(240))).toThrow(TOO_LONG);
});
