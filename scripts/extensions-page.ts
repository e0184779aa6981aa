/** docs/extensions.md, from the definitions. Run by scripts/generate-docs. */
import type { AnyExtension, Family, Word } from '../lib/codec/extension';
import { matches, targets } from '../lib/extensions/registry';
import { protocolName } from '../lib/net/databases';
import type { Rule } from '../lib/rule/rule';
import { formatRule } from '../lib/text/rule';

const code = (text: string) => `\`${text.replace(/\|/g, '\\|')}\``;
const cell = (text: string) => text.replace(/\|/g, '\\|');

/** As one would type it: keys bare, strings in single quotes. */
function data(value: unknown): string {
  if (typeof value === 'string') return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`;
  if (Array.isArray(value)) return `[${value.map(data).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([key, v]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : data(key)}: ${data(v)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

const optionsOf = (extension: AnyExtension): Word[] => [
  ...new Map([...extension.words.values()].map((word) => [word.name, word])).values(),
];

/** The other spellings of an option. */
const aliases = (extension: AnyExtension, word: Word): string[] =>
  [...extension.words].filter(([spelling, w]) => w === word && spelling !== word.name).map(([spelling]) => spelling);

function type(word: Word): string {
  const inner = word.operand.type;
  if (!word.negatable) return code(inner);
  return `${code(inner)} or ${code('{ not: … }')}`;
}

function optionRow(extension: AnyExtension, word: Word): string {
  const required = extension.revisions[0].options[word.name]?.required === true;
  const others = aliases(extension, word);
  const spelled = `${word.negatable ? '[!] ' : ''}--${word.name}${word.operand.metavar === '' ? '' : ` ${word.operand.metavar}`}`;
  const notes = [
    word.description,
    required && !extension.definition.synonyms ? 'Required.' : '',
    word.repeatable ? 'May be given several times: as data, a list.' : '',
    word.expand ? 'For input only.' : '',
    others.length > 0 ? `Also ${others.map((o) => `--${o}`).join(', ')}.` : '',
  ].filter(Boolean);
  return `| ${code(word.key)} | ${type(word)} | ${code(spelled)} | ${cell(notes.join(' '))} |`;
}

function whereLines({ definition, families }: AnyExtension): string[] {
  const { where, aliases: names } = definition;
  const lines: string[] = [];
  if (names?.length) lines.push(`Also written ${names.map(code).join(', ')}.`);
  if (families.length === 1) lines.push(`${families[0] === 'ipv4' ? 'IPv4' : 'IPv6'} only.`);
  if (where?.protocols)
    lines.push(`Needs protocol ${where.protocols.map((p) => code(protocolName(p) ?? String(p))).join(' or ')}.`);
  if (where?.tables) lines.push(`Tables: ${where.tables.map(code).join(', ')}.`);
  if (where?.hooks) lines.push(`Chains: ${where.hooks.map(code).join(', ')}, and those called from there.`);
  return lines;
}

function example(extension: AnyExtension): string[] {
  const settings = extension.definition.example;
  if (settings === undefined) return [];
  const family = extension.families[0] as Family;
  const element = { [extension.name]: settings };
  const protocols = (extension.definition.where?.protocols ?? [0]).map((p) =>
    p === 0 ? {} : { protocol: protocolName(p) ?? p },
  );
  // Some need more around them, which only a check knows of.
  const frames = [...protocols, { protocol: 'tcp' }, { protocol: 'tcp', match: [{ tcp: { syn: true } }] }];
  let failure: unknown;
  for (const frame of frames) {
    const rule = (extension.kind === 'match' ? { ...frame, match: [element] } : { ...frame, target: element }) as Rule<
      typeof family
    >;
    try {
      return ['```ts', data(rule), `// ${formatRule(rule, { family })}`, '```', ''];
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function section(extension: AnyExtension): string {
  const both = extension.families.length === 2;
  const title = both ? extension.name : `${extension.name} (${extension.families[0] === 'ipv4' ? 'IPv4' : 'IPv6'})`;
  const options = optionsOf(extension);
  const where = whereLines(extension);
  return [
    `### ${title}`,
    '',
    [extension.definition.doc, ...where].join(' '),
    '',
    ...(options.length === 0
      ? ['No options: `{}`.', '']
      : [
          '| key | value | on a command line | |',
          '|---|---|---|---|',
          ...options.map((word) => optionRow(extension, word)),
          '',
        ]),
    ...example(extension),
  ].join('\n');
}

const byName = (a: AnyExtension, b: AnyExtension) =>
  a.name.toLowerCase().localeCompare(b.name.toLowerCase()) || a.families.length - b.families.length;
const list = (extensions: readonly AnyExtension[]) => [...extensions].sort(byName).map(section).join('\n');

process.stdout.write(`# Extensions

Every match and target, with its options: the key and the value in a rule's data, and the words on a command line. Written from the definitions in \`lib/extensions\` by \`scripts/generate-docs\`.

A range is a number or \`[low, high]\`; a value under a mask is a number or \`{ value, mask }\`; flags are lists of names; an option without argument is \`true\`; what may be negated takes \`{ not: … }\`.

## Matches

${list(matches as readonly unknown[] as AnyExtension[])}
## Targets

The verdicts \`ACCEPT\`, \`DROP\`, \`QUEUE\` and \`RETURN\`, and the names of chains, are plain strings; \`{ goto: 'chain' }\` goes there without coming back.

${list(targets as readonly unknown[] as AnyExtension[])}`);
