import fc from 'fast-check';
import { matchingNow, nearMatching } from '../../../lib/policy/lcs';
import { finish } from '../../../lib/slice';
import { describe, expect, test } from '../../harness';
import { longest } from '../../harness/rulesets';

describe('what two lists have in common', () => {
  const list = (values: number) => fc.array(fc.nat(values), { maxLength: 150 });
  test.each([1, 2, 5, 1000])('is in both, in order, and as much as there can be, of %i values', (values) => {
    fc.assert(
      fc.property(list(values), list(values), (a, b) => {
        const found = [...matchingNow(Int32Array.from(a), Int32Array.from(b))];
        let last = -1;
        for (const [i, j] of found.entries()) {
          if (j < 0) continue;
          expect(b[j]).toBe(a[i]);
          expect(j).toBeGreaterThan(last);
          last = j;
        }
        expect(found.filter((j) => j >= 0).length).toBe(longest(a, b));
      }),
      { numRuns: 700 },
    );
  });
  test.each([1, 2, 5, 1000])('is the same where only pairs are compared, of %i values', (values) => {
    fc.assert(
      fc.property(list(values), list(values), fc.nat(100), (a, b, most) => {
        const found = finish(nearMatching(a.length, b.length, most, (i, j) => a[i] === b[j]));
        const common = longest(a, b);
        if (a.length + b.length - 2 * common > most) return void expect(found).toBe(undefined);
        const pairs = [...found!.entries()].filter(([, j]) => j >= 0);
        for (const [i, j] of pairs) expect(b[j]).toBe(a[i]);
        expect(pairs.map(([, j]) => j)).toEqual([...new Set(pairs.map(([, j]) => j))].sort((x, y) => x - y));
        expect(pairs.length).toBe(common);
      }),
      { numRuns: 700 },
    );
  });
  test('is found in lists of many equal elements', () => {
    const a = Array.from({ length: 3000 }, (_, i) => i % 2);
    const b = Array.from({ length: 3000 }, (_, i) => ((i * 7) % 3) & 1);
    expect(matchingNow(Int32Array.from(a), Int32Array.from(b)).filter((j) => j >= 0).length).toBe(longest(a, b));
  });
});
