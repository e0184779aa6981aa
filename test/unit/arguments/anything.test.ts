import fc from 'fast-check';
import { IptcError } from '../../../lib/index';
import { afterAll, beforeAll, expect, test } from '../../harness';
import { Bench, TAKEN } from './calls';
import { publicFunctions } from './surface';

/** What a program may get hold of: plain values, and those whose every use is a surprise. */
const boom = () => {
  throw new Error('boom');
};
const surprising = fc.constantFrom<() => unknown>(
  () => new Proxy({}, { get: boom }),
  () => new Proxy({}, { ownKeys: boom, getPrototypeOf: boom, has: boom, get: boom }),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => Object.defineProperty({}, 'family', { get: boom, enumerable: true }),
  () => ({ toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom }),
  () => ({ [Symbol.iterator]: boom }),
  () => ({ [Symbol.iterator]: () => ({ next: boom }) }),
  () => ({ [Symbol.asyncIterator]: () => ({ next: boom }) }),
  () => [Object.create(null)],
  () => Object.create(null),
  () => new (class Given {})(),
  () => Symbol('s'),
  () => Promise.resolve(),
  () => new Error('an error'),
  () => new WeakMap(),
  () => new SharedArrayBuffer(8),
  () => new DataView(new ArrayBuffer(8)),
  () => new Uint8Array(8),
  () => Buffer.from('*filter\n-A INPUT\n'),
  () => /x/g,
  () => globalThis,
);
const same = <T>(arbitrary: fc.Arbitrary<T>) => arbitrary.map((value) => () => value);
/** Made when it is given: fast-check looks at what it makes. */
const anything: fc.Arbitrary<() => unknown> = fc.oneof(
  surprising,
  same(
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      key: fc.oneof(
        fc.string(),
        fc.constantFrom('family', 'tables', 'match', 'target', 'source', 'not', 'goto', 'path', 'entry'),
      ),
    }),
  ),
  same(fc.string()),
  same(fc.constantFrom('INPUT', 'filter', '-j DROP', '-A', '*filter', '\0', '', '10.0.0.1', 'ACCEPT')),
);

/** These act on the machine if they are given nothing at all, or nothing that they know. */
const OUTSIDE = new Set(['save', 'load', 'doctor', 'setUpBasicServer', 'installBootUnit', 'uninstallBootUnit']);
const isNothing = (value: unknown): boolean => {
  try {
    if (typeof value !== 'object' || value === null) return value === undefined;
    for (const _ in value) return false;
    return Object.prototype.toString.call(value) === '[object Object]';
  } catch {
    return false;
  }
};

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.set();
});
afterAll(() => bench.clear());

for (const { name, parameters } of publicFunctions())
  test(`${name} refuses what it can't use in a way that says so, and does nothing then`, async () => {
    const given = fc.tuple(fc.nat(parameters.length - 1), anything);
    await fc.assert(
      fc.asyncProperty(given, async ([index, make]) => {
        const value = make();
        if (OUTSIDE.has(name) && isNothing(value)) return;
        const { arguments: right, run } = bench.calls[name]!;
        const before = await bench.saved();
        try {
          const result = (await run(...Object.assign([...right], { [index]: value }))) as { close?: () => unknown };
          if (name.startsWith('Firewall.open')) await result.close?.();
        } catch (error) {
          if (error === TAKEN) return;
          if (!(error instanceof IptcError)) throw error;
          expect(await bench.saved()).toBe(before);
          return;
        }
        if ((await bench.saved()) === before) return;
        await bench.firewall.close();
        await bench.clear();
        bench = await Bench.set();
      }),
      { numRuns: 60 },
    );
  });
