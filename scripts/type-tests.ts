/** test/types/extensions.ts, from the definitions. Run by scripts/generate-docs. */
import type { AnyExtension } from '../lib/codec/extension';
import { matches, targets } from '../lib/extensions/registry';

const lines = [
  '// Written by scripts/generate-docs.',
  '// biome-ignore-all format: generated',
  "import type { Family, MatchSettings, TargetSettings } from '../../lib';",
  '',
  'declare function match<F extends Family>(family: F): <N extends keyof MatchSettings<F>>(name: N, settings: MatchSettings<F>[N]) => void;',
  'declare function target<F extends Family>(family: F): <N extends keyof TargetSettings<F>>(name: N, settings: TargetSettings<F>[N]) => void;',
  '',
];
const seen = new Set<string>();
for (const extension of [...matches, ...targets] as readonly unknown[] as readonly AnyExtension[]) {
  const { kind, name, families, definition, words } = extension;
  for (const family of families) {
    // Of two definitions of one name (NOTRACK is also a mark of CT), the one that is written has the types.
    if (seen.has(`${kind} ${family} ${name}`)) continue;
    seen.add(`${kind} ${family} ${name}`);
    const call = (settings: string) => `${kind}('${family}')('${name}', ${settings});`;
    lines.push(call(JSON.stringify(definition.example ?? {})));
    lines.push(
      '// @ts-expect-error: no such option',
      call(`{ ...${JSON.stringify(definition.example ?? {})}, noSuchOption: 1 }`),
    );
    for (const key of new Set([...words.values()].map((word) => word.key))) {
      lines.push(
        `// @ts-expect-error: not a value of ${key}`,
        call(`{ ...${JSON.stringify(definition.example ?? {})}, ${key}: null }`),
      );
    }
    const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
    if (
      families.length === 1 &&
      ![...matches, ...targets].some(
        (e) => e.name === name && e.kind === kind && (e.families as readonly string[]).includes(other),
      )
    )
      lines.push(`// @ts-expect-error: not in ${other}`, `${kind}('${other}')('${name}', {});`);
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
