import { type Message, read, write } from '../../../lib/fleet/etcd/wire';
import { describe, expect, test } from '../../harness';

const INNER = { name: [1, 'text'], list: [2, [{ n: [1, 'int'] }]] } as const satisfies Message;
const MESSAGE = {
  key: [1, 'bytes'],
  number: [2, 'int'],
  id: [3, 'id'],
  flag: [4, 'flag'],
  inner: [16, INNER],
} as const satisfies Message;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a message', () => {
  // What protobufjs 7.6 writes; 150 and "testing" are the examples of the encoding's documentation.
  test.each<[Parameters<typeof write<typeof MESSAGE>>[1], string]>([
    [{ number: 150 }, '109601'],
    [{ key: Buffer.from('testing') }, '0a0774657374696e67'],
    [{ number: -1 }, '10ffffffffffffffffff01'],
    [{ id: 0xfedcba9876543210n }, '1890e4d0b287d3aeeefe01'],
    [
      { flag: true, inner: { name: 'ä', list: [{ n: 1 }, { n: 0 }, {}] } },
      '200182010e0a02c3a4120208011202080012' + '00',
    ],
    [{}, ''],
  ])('is written and read as others do: %o', (value, bytes) => {
    expect(hex(write(MESSAGE, value))).toBe(bytes);
    expect(read(MESSAGE, Buffer.from(bytes, 'hex'))).toMatchObject(value);
  });
  test('may have fields that are not known, of any kind', () => {
    const unknown = `${'9a0603616263'}${'a00601'}${'a9060102030405060708'}${'b50601020304'}`;
    expect(read(MESSAGE, Buffer.from(`${unknown}1007${unknown}`, 'hex')).number).toBe(7);
  });
  test('has what it begins with where nothing is said', () => {
    expect(read(MESSAGE, Buffer.alloc(0))).toEqual({
      key: new Uint8Array(0),
      number: 0,
      id: 0n,
      flag: false,
      inner: undefined,
    });
  });
  test('that ends too early, or never, is none', () => {
    for (const wrong of ['0a', '0a05616263', '10', `10${'ff'.repeat(12)}`])
      expect(() => read(MESSAGE, Buffer.from(wrong, 'hex'))).toThrow();
  });
});
