/**
 * lib/extensions/settings.ts: what the settings of each match and target are, as interfaces that an editor can tell about.
 * Run by scripts/generate-docs. The types are those that the compiler infers from the definitions.
 */
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type TypeScript from 'typescript';
import type { AnyExtension, Family, Word } from '../lib/codec/extension';
import { registry } from '../lib/extensions/registry';

const ts = createRequire(join(process.cwd(), 'package.json'))('typescript') as typeof TypeScript;

const KINDS = [
  ['match', 'Match', 'InferredMatches'],
  ['target', 'Target', 'InferredTargets'],
] as const;
const FAMILIES = ['ipv4', 'ipv6'] as const;
const REGISTRY = 'lib/extensions/registry.ts';

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
const program = ts.createProgram([REGISTRY], { ...options, noEmit: true });
const checker = program.getTypeChecker();
const file = program.getSourceFile(REGISTRY)!;
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!);
const FLAGS =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType;

/** The members of `NAME<FAMILY>`: what is inferred of each extension of that family. */
function inferred(name: string, family: Family): Map<string, TypeScript.Type> {
  const alias = exported.find((symbol) => symbol.name === `${name}${family === 'ipv4' ? '4' : '6'}`)!;
  const type = checker.getDeclaredTypeOfSymbol(alias);
  return new Map(type.getProperties().map((property) => [property.name, checker.getTypeOfSymbol(property)]));
}

const comment = (indent: string, ...lines: readonly string[]) =>
  lines.length === 1
    ? [`${indent}/** ${lines[0]} */`]
    : [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
const spelled = ({ name, negatable, operand }: Word) =>
  `\`${negatable ? '[!] ' : ''}--${name}${operand.metavar === '' ? '' : ` ${operand.metavar}`}\``;

function members(extension: AnyExtension, type: TypeScript.Type): string[] {
  const words = new Map([...extension.words.values()].map((word) => [word.key, word]));
  // The compiler's own order is not that of the definition, and another the next time.
  const order = [...words.keys()];
  const properties = [...type.getProperties()].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return properties.flatMap((property) => {
    const word = words.get(property.name)!;
    const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const of = checker.getTypeOfSymbol(property);
    const text = checker.typeToString(optional ? checker.getNonNullableType(of) : of, undefined, FLAGS);
    return [
      ...comment('  ', `${word.description} ${spelled(word)}`),
      `  readonly ${property.name}${optional ? '?' : ''}: ${imported(text)};`,
    ];
  });
}

const lines = [
  '// Written by scripts/generate-docs.',
  '// biome-ignore-all format: generated',
  '/** What each match and target takes, as its definition beside this file has it. */',
];
const tables: string[] = [];
/** The types that are named in others, by the file that exports them. */
const imports = new Map<string, Set<string>>();
function imported(text: string): string {
  for (const [name] of text.replace(/'[^']*'/g, '').matchAll(/\b[A-Z]\w+/g)) {
    const from = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.includes('/lib/'))
      .find((each) => checker.getSymbolAtLocation(each)?.exports?.has(name as TypeScript.__String));
    if (!from) throw new Error(`${name} is exported by no file`);
    const path = `./${relative('lib/extensions', relative('.', from.fileName)).replace(/\.ts$/, '')}`.replace(
      './../',
      '../',
    );
    const names = imports.get(path) ?? new Set();
    imports.set(path, names.add(name));
  }
  return text;
}
imported('Family');
for (const [kind, suffix, table] of KINDS) {
  const byFamily = FAMILIES.map((family) => [family, inferred(table, family)] as const);
  const made = new Map<string, string>();
  for (const [family, all] of byFamily) {
    tables.push(`export interface ${suffix}${family === 'ipv4' ? 4 : 6} {`);
    for (const [name, type] of [...all].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const extension = registry[kind].find(family, name)!;
      const { definition } = extension;
      const properties = members(extension, type);
      const body = properties.length === 0 ? ['  readonly [none: string]: never;'] : properties;
      const base = `${name}${suffix}`.replace(/^./, (first) => first.toUpperCase());
      const known = made.get(base);
      const text = body.join('\n');
      // Of two families with one name and different options the second has a name of its own.
      const own = known === undefined || known === text ? base : `${base}6`;
      if (made.get(own) !== text) {
        made.set(own, text);
        const example =
          definition.example === undefined
            ? []
            : [`@example { ${JSON.stringify(name)}: ${JSON.stringify(definition.example)} }`];
        lines.push('', ...comment('', definition.doc, ...example), `export interface ${own} {`, ...body, '}');
      }
      tables.push(...comment('  ', definition.doc), `  readonly ${name}: ${own};`);
    }
    tables.push('}');
  }
  tables.push(
    ...comment('', `The settings of each ${kind}, by its name.`),
    `export type ${suffix}Settings<F extends Family> = F extends 'ipv4' ? ${suffix}4 : ${suffix}6;`,
  );
}
const sorted = [...imports].sort(([a], [b]) => (a < b ? -1 : 1));
const from = ([path, names]: (typeof sorted)[number]) => `{ ${[...names].sort().join(', ')} } from '${path}';`;
const header = [
  ...sorted.map((each) => `import type ${from(each)}`),
  '',
  ...sorted.map((each) => `export type ${from(each)}`),
];
process.stdout.write(`${[...lines.slice(0, 3), ...header, ...lines.slice(3), '', ...tables].join('\n')}\n`);
