import fc from 'fast-check';
import { matchingNow } from '../../../lib/policy/lcs';
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
  test('is found in lists of many equal elements', () => {
    const a = Array.from({ length: 3000 }, (_, i) => i % 2);
    const b = Array.from({ length: 3000 }, (_, i) => ((i * 7) % 3) & 1);
    expect(matchingNow(Int32Array.from(a), Int32Array.from(b)).filter((j) => j >= 0).length).toBe(longest(a, b));
  });
});
