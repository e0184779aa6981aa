/** schema/ruleset.json, the JSON Schema of rules as data, from the definitions. Run by scripts/generate-docs. */
import type { AnyExtension, Family, Word } from '../lib/codec/extension';
import { matches, targets } from '../lib/extensions/registry';

type Schema = Readonly<Record<string, unknown>>;
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const anyOf = (all: readonly Schema[]): Schema => (all.length === 1 ? all[0]! : { anyOf: all });
const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
});
const list = (items: Schema): Schema => ({ type: 'array', items });
const not = (schema: Schema): Schema => object({ not: schema }, ['not']);
const orNot = (schema: Schema): Schema => anyOf([schema, not(schema)]);

/** What an operand says of its type, as a schema: of TypeScript unions, lists, tuples with names, objects and literals. */
class TypeReader {
  private readonly tokens: string[];
  private at = 0;
  constructor(private readonly type: string) {
    this.tokens = type.match(/'[^']*'|\w+|\?:|\S/g) ?? [];
  }

  schema(): Schema {
    const schema = this.union();
    if (this.at < this.tokens.length) throw this.odd();
    return schema;
  }

  private union(): Schema {
    const parts = [this.item()];
    while (this.taken('|')) parts.push(this.item());
    const words = parts.flatMap(({ const: word }) => (typeof word === 'string' ? [word] : []));
    const others = parts.filter((part) => typeof part.const !== 'string');
    const text = others.find(({ type }) => type === 'string');
    // Any text is one of those words, too: they are said for readers.
    const named = words.length === 0 ? [] : [text ? { type: 'string', examples: words } : { enum: words }];
    return anyOf([...others.filter((part) => !(text && words.length > 0 && part === text)), ...named]);
  }
  private item(): Schema {
    let item = this.primary();
    while (this.taken('[')) {
      this.need(']');
      item = list(item);
    }
    return item;
  }
  private primary(): Schema {
    const token = this.tokens[this.at++] ?? '';
    if (token.startsWith("'")) return { const: token.slice(1, -1) };
    if (token === 'number') return { type: 'number', minimum: 0 };
    if (token === 'string') return { type: 'string' };
    if (token === 'true') return { const: true };
    if (token === '(') {
      const inner = this.union();
      this.need(')');
      return inner;
    }
    if (token === '[') return this.tuple();
    if (token === '{') return this.object();
    this.at--;
    throw this.odd();
  }
  private tuple(): Schema {
    const items: Schema[] = [];
    do {
      this.at++; // its name
      this.need(':');
      items.push(this.union());
    } while (this.taken(','));
    this.need(']');
    return { type: 'array', prefixItems: items, items: false, minItems: items.length };
  }
  private object(): Schema {
    const properties: Record<string, Schema> = {};
    const required: string[] = [];
    do {
      const key = this.tokens[this.at++]!;
      if (!this.taken('?:')) {
        this.need(':');
        required.push(key);
      }
      properties[key] = this.union();
    } while (this.taken(','));
    this.need('}');
    return object(properties, required);
  }

  private taken(token: string): boolean {
    return this.tokens[this.at] === token && ++this.at > 0;
  }
  private need(token: string): void {
    if (!this.taken(token)) throw this.odd();
  }
  private odd(): Error {
    return new Error(`Cannot read the type ${this.type} at ${this.tokens[this.at] ?? 'its end'}`);
  }
}

function option(word: Word): Schema {
  const schema = new TypeReader(word.operand.type).schema();
  return { ...(word.negatable ? orNot(schema) : schema), description: word.description };
}

function settings(extension: AnyExtension): Schema {
  const words = [...new Map([...extension.words.values()].map((word) => [word.key, word])).values()];
  const { revisions, definition } = extension;
  // A synonym stands for one that is required.
  const required = definition.synonyms
    ? []
    : words.filter(({ name }) => revisions.every(({ options }) => options[name]?.required === true));
  return {
    ...object(
      Object.fromEntries(words.map((word) => [word.key, option(word)])),
      required.map(({ key }) => key),
    ),
    description: definition.doc,
  };
}

const definitions: Record<string, Schema> = {
  counter: {
    type: ['integer', 'string'],
    minimum: 0,
    pattern: '^[0-9]{1,20}$',
    description: 'A text beyond 2^53 - 1.',
  },
  counters: object({ packets: ref('counter'), bytes: ref('counter') }, ['packets', 'bytes']),
  text: orNot({ type: 'string' }),
  protocol: orNot({ type: ['string', 'integer'], minimum: 0, maximum: 65535 }),
  opaque: {
    ...object({ revision: { type: 'integer', minimum: 0, maximum: 255 }, data: ref('hex') }, ['revision', 'data']),
    description: 'What has no words: its bytes.',
  },
  hex: { type: 'string', pattern: '^([0-9a-f]{2})*$' },
  comments: list({ type: 'string' }),
  chain: object(
    {
      name: { type: 'string' },
      policy: { type: 'string' },
      counters: ref('counters'),
      references: { type: 'integer', minimum: 0 },
    },
    ['name'],
  ),
};

/** The elements of a kind in a family: objects of one key, the name; what isn't known is opaque. */
function elements(kind: 'match' | 'target', family: Family, others: Readonly<Record<string, Schema>> = {}): Schema {
  const names: Record<string, Schema> = {};
  for (const extension of [...matches, ...targets] as readonly unknown[] as readonly AnyExtension[]) {
    // Of two definitions of one name the first is the one that is written.
    if (extension.kind !== kind || !extension.families.includes(family) || names[extension.name]) continue;
    const name = `${kind}-${extension.name}${extension.families.length === 1 ? `-${family}` : ''}`;
    definitions[name] ??= anyOf([settings(extension), ref('opaque')]);
    for (const alias of [extension.name, ...(extension.definition.aliases ?? [])]) names[alias] ??= ref(name);
  }
  return {
    type: 'object',
    properties: { ...names, ...others },
    additionalProperties: ref('opaque'),
    minProperties: 1,
    maxProperties: 1,
  };
}

function rule(family: Family): Schema {
  const plain = object({
    protocol: ref('protocol'),
    source: ref('text'),
    destination: ref('text'),
    inInterface: ref('text'),
    outInterface: ref('text'),
    ...(family === 'ipv4' && { fragment: orNot({ const: true }) }),
    match: list(elements('match', family)),
    target: anyOf([{ type: 'string' }, elements('target', family, { goto: { type: 'string' } })]),
    counters: ref('counters'),
  });
  return anyOf([plain, object({ entry: ref('hex'), counters: ref('counters') }, ['entry'])]);
}

function ruleset(family: Family): Schema {
  definitions[`rule-${family}`] = rule(family);
  const chainRule = object({ chain: { type: 'string' }, rule: ref(`rule-${family}`), comments: ref('comments') }, [
    'chain',
    'rule',
  ]);
  const table = object(
    {
      name: { type: 'string' },
      chains: list(ref('chain')),
      rules: list(chainRule),
      comments: ref('comments'),
      endComments: ref('comments'),
    },
    ['name', 'chains', 'rules'],
  );
  return object({ family: { const: family }, tables: list(table), comments: ref('comments') }, ['family', 'tables']);
}

const families = [ruleset('ipv4'), ruleset('ipv6')];
const lines = (all: readonly [string, unknown][]) =>
  all.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
process.stdout.write(`{
${lines([
  ['$schema', 'https://json-schema.org/draft/2020-12/schema'],
  ['$id', 'urn:libiptc:ruleset'],
  ['title', 'A ruleset of iptables or ip6tables'],
  ['description', 'What rulesToJson() and iptc-save --json write, and rulesFromJson() and restore() take.'],
  ['oneOf', families],
])},
"$defs": {
${lines(Object.entries(definitions))}
}
}
`);
