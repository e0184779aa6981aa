import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '../harness';

const ROOT = join(__dirname, '../..');

/** The folders of native/, and what each may include besides itself: the arrows of ARCHITECTURE.md. */
const BELOW: Record<string, readonly string[]> = {
  kernel: [],
  thread: ['kernel'],
  xtables: ['thread', 'kernel'],
  node: ['xtables', 'thread', 'kernel'],
};

/** The native sources that a build file names. */
function named(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/#.*$/gm, '');
  const paths = text.match(/\b(?:native|kernel|node|thread|xtables)\/[\w/.-]+\.(?:cc|cpp|c)\b/g) ?? [];
  return [...new Set(paths.map((path) => (path.startsWith('native/') ? path : `native/${path}`)))].sort();
}

describe('the addon', () => {
  const files = readdirSync(join(ROOT, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:cc|cpp|c|h)$/.test(name))
    .sort();
  const sources = files.filter((name) => !name.endsWith('.h')).map((name) => `native/${name}`);

  for (const file of ['native/addon.gypi', 'CMakeLists.txt']) {
    test(`is built of all its sources by ${file}`, () => {
      expect(named(file)).toEqual(sources);
    });
  }

  const includes = files.flatMap((file) =>
    [...readFileSync(join(ROOT, 'native', file), 'utf8').matchAll(/^#include (?:"(.*)"|<(.*)>)$/gm)].map(
      ([, own, other]) => ({ file, folder: file.split('/')[0]!, own, other }),
    ),
  );

  test('has includes that point one way', () => {
    const wrong = includes
      .filter(({ own }) => own !== undefined)
      .filter(({ folder, own }) => ![folder, ...BELOW[folder]!].includes(own!.split('/')[0]!))
      .map(({ file, own }) => `${file} includes ${own}`);
    expect(wrong).toEqual([]);
    expect(includes.length).toBeGreaterThan(files.length);
  });

  test('knows JavaScript in native/node alone', () => {
    const wrong = includes.filter(({ folder, other }) => folder !== 'node' && other === 'napi.h');
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

test('mutations that were planted can be planted again', async () => {
  const file = '../mutants/planted.mjs';
  const { PLANTED } = (await import(file)) as { PLANTED: { file: string; from: string }[] };
  expect(PLANTED.length).toBeGreaterThan(10);
  for (const { file, from } of PLANTED) expect(readFileSync(join(ROOT, file), 'utf8')).toContain(from);
});
