/** test/types/examples.ts: the examples of doc comments, as functions. Run by scripts/generate-docs. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type TypeScript from 'typescript';

const ts = createRequire(join(process.cwd(), 'package.json'))('typescript') as typeof TypeScript;

/** What desired states are made of: each public function, class, method and getter there has an example. */
const SOURCES = ['lib/policy', 'lib/table/both/both.ts', 'lib/table/metrics-text.ts', 'lib/text/rule.ts'];
/** And these of others. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'lib/table/chain.ts': ['Chain.ensure', 'Chain.remove', 'Chain.delete', 'Chain.zero', 'Chain.append'],
  'lib/table/edits.ts': ['TableEdits.ensureChain', 'TableEdits.dropChain', 'TableEdits.zero'],
  'lib/table/firewall.ts': ['Firewall.openBoth', 'Firewall.on', 'Firewall.version', 'Firewall.transaction'],
};
/** What an example may use without saying where it comes from: test/harness/example.ts. */
const CONTEXT = ['firewall', 'both', 'filter', 'input', 'desired', 'changes', 'change'];

const filesOf = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesOf(join(path, name))) : [path];

interface Example {
  readonly name: string;
  readonly code: string;
}
const examples: Example[] = [];
const missing: string[] = [];

const isInternal = (node: TypeScript.Node) =>
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') ||
  ts.getJSDocCommentsAndTags(node).some((each) => each.getText().includes('@internal'));
const isHidden = (node: TypeScript.Declaration) =>
  (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;

function take(name: string, nodes: readonly TypeScript.Node[]): void {
  const found = nodes.flatMap((node) => ts.getJSDocTags(node).filter(({ tagName }) => tagName.text === 'example'));
  if (found.length === 0) missing.push(name);
  for (const tag of found) {
    const text = ts.getTextOfJSDocComment(tag.comment) ?? '';
    examples.push({ name, code: text.replace(/^import .*\n/gm, '').trim() });
  }
}

function look(file: string, only?: readonly string[]): void {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const wanted = (name: string) => only === undefined || only.includes(name);
  const functions = new Map<string, TypeScript.Node[]>();
  for (const node of source.statements) {
    const exported = (ts.getCombinedModifierFlags(node as TypeScript.Declaration) & ts.ModifierFlags.Export) !== 0;
    if (ts.isFunctionDeclaration(node) && exported && node.name && !isInternal(node))
      functions.set(node.name.text, [...(functions.get(node.name.text) ?? []), node]);
    if (!ts.isClassDeclaration(node) || !exported || !node.name) continue;
    const methods = new Map<string, TypeScript.Node[]>();
    for (const member of node.members) {
      if (!(ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) || isHidden(member) || isInternal(member))
        continue;
      if (!ts.isIdentifier(member.name) || member.name.text === 'close') continue;
      const name = `${node.name.text}.${member.name.text}`;
      methods.set(name, [...(methods.get(name) ?? []), member]);
    }
    for (const [name, nodes] of methods) if (wanted(name)) take(name, nodes);
  }
  for (const [name, nodes] of functions) if (wanted(name)) take(name, nodes);
}

/** Names that only the library's own files use. */
const PUBLIC = new Set(
  ['lib/index.ts', 'lib/policy/index.ts', 'lib/policy/ready/index.ts'].flatMap((file) =>
    [
      ...readFileSync(file, 'utf8')
        .replace(/'[^']*'/g, '')
        .matchAll(/\b[A-Za-z]+\b/g),
    ].map(([word]) => word),
  ),
);
for (const path of SOURCES) for (const file of filesOf(path)) look(file);
for (const [file, names] of Object.entries(NAMED)) look(file, names);

const isPublic = (name: string) => PUBLIC.has(name.split('.')[0]!) || name.startsWith('TableEdits');
const without = missing.filter(isPublic);
if (without.length > 0) {
  console.error(`no example in the doc comment of ${without.join(', ')}`);
  process.exit(1);
}
const shown = examples.filter(({ name }) => isPublic(name));

const used = (word: string, code: string) =>
  new RegExp(`\\b${word}\\b`).test(code) && !new RegExp(`\\b(const|let) (\\{[^}]*)?\\b${word}\\b`).test(code);
const imports = (names: readonly string[], from: string) => {
  const all = names.filter((name) => shown.some(({ code }) => used(name, code))).sort();
  return all.length > 0 ? [`import { ${all.join(', ')} } from '${from}';`] : [];
};
const exportsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/\bexport (?:async )?(?:function|class|const) (\w+)/g)].map(
    ([, name]) => name!,
  );
const policy = filesOf('lib/policy')
  .flatMap(exportsOf)
  .filter((name) => PUBLIC.has(name) && !CONTEXT.includes(name) && name !== 'own');
console.log(
  [
    '// Written by scripts/generate-docs.',
    '// biome-ignore-all format: generated',
    '// biome-ignore-all lint: generated',
    ...imports(['expandRule', 'formatRule', 'metricsText', 'parseRule'], '../../lib'),
    ...imports(
      [...new Set(policy)].filter((name) => name !== 'Plan'),
      '../../lib/policy',
    ),
    "import type { ExampleContext } from '../harness/example';",
    '',
    '/** The examples of doc comments, by the names of what they are of, and what they say comes of them. */',
    'export const examples: readonly (readonly [name: string, run: (context: ExampleContext) => Promise<unknown>, code: string])[] = [',
    ...shown.map(({ name, code }) => {
      const names = [...CONTEXT, 'Firewall'].filter((word) => used(word, code));
      const parameter = names.length > 0 ? `{ ${names.join(', ')} }` : '';
      return `  [${JSON.stringify(name)}, async (${parameter}) => {\n${code}\n  }, ${JSON.stringify(code)}],`;
    }),
    '];',
  ].join('\n'),
);
