/**
 * The code blocks of the documentation, and what they leave out: a block that uses `firewall` needn't say each time how it
 * was opened. The site's hovers and the tests (test/docs/blocks.docs.ts) complete them alike.
 *
 * A block of `ts` is compiled and run; `ts compiled` is only compiled, since it needs more than a network namespace.
 */
'use strict';
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const ROOT = join(__dirname, '../..');

/** README, and every page that is written by hand or from the definitions. */
const pages = () => [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...['docs', 'docs/guide', 'docs/moving'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

/** @returns {{ page: string, line: number, code: string, runs: boolean }[]} */
function blocksOf(page) {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts(?: (compiled))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    code: match[2],
    runs: match[1] === undefined,
  }));
}

/** By module, what blocks may use without saying where it is from. */
const EXPORTS = {
  libiptc: 'Firewall IptcError formatRule matchOf metricsText parseRule parseRuleset rulesToJson',
  'libiptc/analysis': 'trace',
  'libiptc/bans': 'Bans',
  'libiptc/conntrack': 'Connections',
  'libiptc/fleet': 'Agent etcdStore parsePolicy Publisher',
  'libiptc/policy':
    'apply bogons connectionLimit icmpRate logDrops plan portFlood portKnocking portScan smtpOut synFlood watch',
  'libiptc/sets': 'Sets',
  'libiptc/testing': 'MemoryBackend',
  'node:path': 'join',
};

/** What blocks may use as if it was there: its type, and a value to run them with. */
const VALUES = {
  firewall: ["import('libiptc').Firewall<'ipv4'>", "await (await import('libiptc')).Firewall.open()"],
  both: ["import('libiptc').BothFamilies", "await (await import('libiptc')).Firewall.openBoth()"],
  filter: ["import('libiptc').Table<'ipv4', 'filter'>", "(await given('firewall')).table('filter')"],
  nat: ["import('libiptc').Table<'ipv4', 'nat'>", "(await given('firewall')).table('nat')"],
  input: ["import('libiptc').BuiltinChain<'ipv4', 'filter'>", "(await given('filter')).chain('INPUT')"],
  rule: ["import('libiptc').Rule<'ipv4'>", "({ source: '192.0.2.77', target: 'DROP' })"],
  rules: ["readonly import('libiptc').Rule<'ipv4'>[]", "[{ source: '192.0.2.78', target: 'DROP' }]"],
  addresses: ['readonly string[]', "['192.0.2.1', '192.0.2.2']"],
  out: ['import("node:stream").Writable', 'process.stdout'],
  sets: ["import('libiptc/sets').Sets", "await (await import('libiptc/sets')).Sets.open()"],
  bans: ["import('libiptc/bans').Bans", "await (await import('libiptc/bans')).Bans.open(await given('firewall'))"],
  desired: ["import('libiptc/policy').DesiredTables<'ipv4'>", "({ filter: { web: { rules: ['-j ACCEPT'] } } })"],
  own: ['{ chains: string }', "({ chains: 'web' })"],
  text: ['string', "'192.0.2.200\\n'"],
  ca: ['string', "''"],
  cert: ['string', "''"],
  key: ['string', "''"],
  privateKey: ['string', "''"],
  publicKey: ['string', "''"],
  yourCode: [
    "(firewall: import('libiptc').Firewall) => Promise<void>",
    "(f) => f.table('filter').chain('INPUT').append('-s 192.0.2.1 -j DROP')",
  ],
  expect: [
    '(value: unknown) => { toContain(what: string): void }',
    '(v) => ({ toContain(w) { if (!v.includes(w)) throw new Error(v) } })',
  ],
};

const uses = (code, name) => new RegExp(`(?<![\\w$.'-])${name}(?![\\w$'-]|: )`).test(code);
const declares = (code, name) =>
  new RegExp(
    `\\b(?:const|let|function|class) ${name}\\b|(?:const|let|import|for \\(const) \\{[^}]*\\b${name}\\b[^}]*\\}`,
  ).test(code);

/** What stands in front of a block, unseen, and which values it has to be given. */
function completed(code) {
  if (code.startsWith('{')) return { prelude: "const rule: import('libiptc').Rule =\n", given: [] };
  const needs = (name) => uses(code, name) && !declares(code, name);
  const imports = Object.entries(EXPORTS).flatMap(([from, names]) => {
    const needed = names.split(' ').filter(needs);
    return needed.length > 0 ? [`import { ${needed.join(', ')} } from '${from}';\n`] : [];
  });
  const given = Object.keys(VALUES).filter(needs);
  const declared = given.map((name) => `declare const ${name}: ${VALUES[name][0]};\n`);
  return { prelude: [...imports, ...declared].join('') + (imports.length === 0 ? 'export {};\n' : ''), given };
}

/** A program that makes the values when they are asked for, for the blocks of one page. */
const GIVEN = `const made = {};
const make = { ${Object.entries(VALUES)
  .map(([name, [, value]]) => `async ${name}() { return ${value}; }`)
  .join(', ')} };
export const given = async (name) => (globalThis[name] = made[name] ??= await make[name]());
`;

module.exports = { ROOT, pages, blocksOf, completed, GIVEN };
