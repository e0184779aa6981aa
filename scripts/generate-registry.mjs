#!/usr/bin/env node
// Writes lib/extensions/all.ts: every extension that a file in matches/ or targets/ exports.
// With --check, says whether it is current instead.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'lib', 'extensions');
const lines = [];
const lists = [];
for (const [kind, call] of [
  ['matches', 'match'],
  ['targets', 'target'],
]) {
  const all = [];
  for (const file of readdirSync(join(folder, kind)).sort()) {
    const text = readFileSync(join(folder, kind, file), 'utf8');
    const names = [...text.matchAll(new RegExp(`^export const (\\w+)(?:: AnyExtension)? = ${call}\\(`, 'gm'))]
      .map((m) => m[1])
      .sort();
    if (names.length === 0) throw new Error(`${kind}/${file} defines no extension`);
    lines.push(`import { ${names.join(', ')} } from './${kind}/${file.replace(/\.ts$/, '')}';`);
    all.push(...names);
  }
  lists.push(`export const ${kind} = [${all.join(', ')}] as const;`);
}
const text = `// Written by scripts/generate-registry.mjs.\n// biome-ignore-all format: generated\n${lines.join('\n')}\n\n${lists.join('\n')}\n`;
const path = join(folder, 'all.ts');
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error('lib/extensions/all.ts is not current: run scripts/generate-registry.mjs');
  process.exitCode = 1;
}
