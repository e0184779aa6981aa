import { expect, test } from '../harness';
import { fuzz } from './fuzz';

// Ten million of them are scripts/fuzz's matter.
test('what nobody would write is refused in a sentence or read as it stands', async () => {
  const { inputs, refused } = await fuzz(1, 5000);
  expect(inputs).toBe(5000);
  expect(refused).toBeLessThan(4000);
});

test('a seed makes the same inputs again, and each input by itself', async () => {
  const seeds: number[] = [];
  await fuzz(7, 20, (seed) => seeds.push(seed));
  const again: number[] = [];
  for (const seed of seeds) await fuzz(seed, 1, (own) => again.push(own));
  expect(again).toEqual(seeds);
});
