import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '../harness';

const ROOT = join(__dirname, '../..');

/** The native sources that a build file names. */
function named(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/#.*$/gm, '');
  return [...new Set(text.match(/\bnative\/[\w/.-]+\.(?:cc|cpp|c)\b/g))].sort();
}

describe('the addon', () => {
  const sources = readdirSync(join(ROOT, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:cc|cpp|c)$/.test(name))
    .map((name) => `native/${name}`)
    .sort();

  for (const file of ['binding.gyp', 'CMakeLists.txt']) {
    test(`is built of all its sources by ${file}`, () => {
      expect(named(file)).toEqual(sources);
    });
  }
});
