import { spawnSync } from 'node:child_process';
import type { AnyExtension } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { structs } from '../../lib/rule/layout';
import { describe, expect, test } from '../harness';
import { compile, lacksCompiler } from '../oracle/programs';
import { PREAMBLE, type Source, sourceOf } from './headers';

/**
 * Every struct that bytes are laid over, against the C compiler: its size, and the offset of every member. A struct is
 * looked for by its name in the kernel's headers; then, for what they have dropped, in iptables' own copies of older
 * ones, and in the C files of its extensions. Older and newer headers can't be had at once, so each source is a program.
 */
/** Structs that no C source has, and why. */
const NOWHERE: Readonly<Record<string, string>> = {
  '': 'no data at all',
};

/** Members that are named more shortly here: their way in C. */
const PATHS: Readonly<Record<string, string>> = {
  'xt_entry_match.match_size': 'u.user.match_size',
  'xt_entry_match.name': 'u.user.name',
  'xt_entry_match.revision': 'u.user.revision',
};

interface Layout {
  readonly $name: string;
  readonly $size: number;
  readonly $offsets: ReadonlyMap<string, number>;
}

const layouts = new Map<string, Layout[]>();
for (const layout of [
  ...structs,
  ...([...matches, ...targets] as readonly AnyExtension[]).flatMap((e) => e.revisions.map((r) => r.layout)),
]) {
  const same = layouts.get(layout.$name) ?? [];
  if (!same.includes(layout)) layouts.set(layout.$name, [...same, layout]);
}

/** The sizes and offsets that gcc gives, or its complaint. */
function askCompiler(all: readonly Layout[], source: Source): Map<string, number> | string {
  const lines = all.flatMap((layout) => [
    `  printf("${layout.$name} %zu\\n", sizeof(struct ${layout.$name}));`,
    ...[...layout.$offsets.keys()].map(
      (path) =>
        `  printf("${layout.$name}.${path} %zu\\n", offsetof(struct ${layout.$name}, ${PATHS[`${layout.$name}.${path}`] ?? path}));`,
    ),
  ]);
  const includes = [...PREAMBLE, ...new Set(source.include)].map((header) => `#include <${header}>`);
  const program = [...includes, source.text, 'int main(void)', '{', ...lines, '  return 0;', '}', ''].join('\n');
  try {
    const { stdout } = spawnSync(compile('structs', program, ['-w', ...source.flags]), { encoding: 'utf8' });
    return new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  } catch (error) {
    return (error as Error).message;
  }
}

const lacking = lacksCompiler();
(lacking ? describe.skip : describe)(`the compiler${lacking ? ` [skipped: ${lacking}]` : ''}`, () => {
  const found = new Map<Layout, Source | string>();
  for (const same of layouts.values())
    for (const layout of same) if (NOWHERE[layout.$name] === undefined) found.set(layout, sourceOf(layout.$name));

  // What stands in the kernel's headers is asked by one program; if that doesn't compile, each by its own.
  const inHeaders = [...found].filter(
    ([, source]) => typeof source !== 'string' && source.flags.length === 0 && source.text === '',
  ) as [Layout, Source][];
  const together = askCompiler(
    inHeaders.map(([layout]) => layout),
    { include: inHeaders.flatMap(([, s]) => s.include), text: '', flags: [] },
  );
  const answer = (layout: Layout, source: Source) =>
    typeof together !== 'string' && inHeaders.some(([l]) => l === layout) ? together : askCompiler([layout], source);

  for (const [layout, source] of [...found].sort(([a], [b]) => (a.$name < b.$name ? -1 : 1))) {
    if (typeof source === 'string' && source.startsWith('not in')) {
      test.skip(`struct ${layout.$name} [skipped: ${source}]`, () => {});
      continue;
    }
    test(`struct ${layout.$name}`, () => {
      if (typeof source === 'string')
        throw new Error(`struct ${layout.$name} is ${source}: if it has to be so, say why in NOWHERE`);
      const said = answer(layout, source);
      if (typeof said === 'string') throw new Error(said);
      const mine = new Map([
        [layout.$name, layout.$size],
        ...[...layout.$offsets].map(([path, offset]) => [`${layout.$name}.${path}`, offset] as const),
      ]);
      const theirs = new Map([...said].filter(([key]) => mine.has(key)));
      expect(Object.fromEntries(mine)).toEqual(Object.fromEntries(theirs));
    });
  }
});
