/** Every place in lib/ where an error, a hint, a warning, a finding or a help text is made, held against its form. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from '../harness';

const LIB = join(__dirname, '../../lib');

interface Made {
  readonly place: string;
  readonly node: ts.Node;
  /** Each sentence that it can have, with `…` for what is known only then. */
  readonly sentences: readonly string[];
}

/** What a text may be, as far as it is written there; undefined, where it comes from elsewhere. */
function textsOf(node: ts.Expression): string[] | undefined {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    let texts = [node.head.text];
    for (const { expression, literal } of node.templateSpans) {
      const inner = textsOf(expression) ?? ['…'];
      texts = texts.flatMap((text) => inner.map((each) => `${text}${each}${literal.text}`));
    }
    return texts;
  }
  if (ts.isConditionalExpression(node)) {
    const [yes, no] = [textsOf(node.whenTrue), textsOf(node.whenFalse)];
    return yes && no && [...yes, ...no];
  }
  if (ts.isParenthesizedExpression(node)) return textsOf(node.expression);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const [left, right] = [textsOf(node.left) ?? ['…'], textsOf(node.right) ?? ['…']];
    return left.flatMap((l) => right.map((r) => l + r));
  }
  return undefined;
}

/** What all files of lib/ say by one kind of expression: those whose text is written there, and how many have it from elsewhere. */
function said(textIn: (node: ts.Node) => ts.Expression | undefined): { made: Made[]; elsewhere: number } {
  const made: Made[] = [];
  let elsewhere = 0;
  for (const source of sources) {
    const visit = (node: ts.Node): void => {
      const text = textIn(node);
      if (text !== undefined) {
        const sentences = textsOf(text);
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        if (sentences === undefined) elsewhere++;
        else made.push({ place: `${source.fileName}:${line + 1}`, node, sentences });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { made, elsewhere };
}
/** Those that haven't the form, with where they are. */
const without = (form: RegExp, made: readonly Made[]): string[] =>
  made.flatMap(({ place, sentences }) =>
    sentences.filter((text) => !form.test(text)).map((text) => `${place}: ${text}`),
  );

const sources = (readdirSync(LIB, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ts.createSourceFile(file, readFileSync(join(LIB, file), 'utf8'), ts.ScriptTarget.Latest, true));
const calls = (node: ts.Node, ...names: string[]): node is ts.CallExpression =>
  ts.isCallExpression(node) && names.includes(node.expression.getText());

const errors = said((node) =>
  ts.isNewExpression(node) && node.expression.getText() === 'IptcError' ? node.arguments?.[1] : undefined,
);

test('errors say what was expected and what was received, or what cannot be done and why', () => {
  expect(errors.made.length).toBeGreaterThan(80);
  // What `cannot()`, Mismatch and the like say is made of parts, each of which has its place; no more than these.
  expect(errors.elsewhere).toBeLessThan(20);
  const form = /^(Expected \S.* but \S.*|Cannot \S.*: \S.*|…(; changed already: …)?)$/s;
  expect(without(form, errors.made)).toEqual([]);
});

test('sentences end without a full stop, since a hint may follow', () => {
  expect(without(/[^.!]$/, errors.made)).toEqual([]);
});

/** What somebody can type stands at the end as it is: a full stop would be part of it. */
const COMMAND = '(?:^|: |…)(?:echo|iptc|journalctl|modprobe|npm|systemctl) .*';

test('hints are sentences, or end with a command', () => {
  const hints = said((node) =>
    ts.isPropertyAssignment(node) && node.name.getText() === 'hint' ? node.initializer : undefined,
  );
  expect(hints.made.length).toBeGreaterThan(120);
  const form = new RegExp(`^(?:[A-Z…]|[a-z\\x60]\\S+ ).*(?:[^.][.?]|…)$|${COMMAND}$|^……?$`);
  expect(without(form, hints.made)).toEqual([]);
});

test('what the doctor finds is a sentence, and says what to do where something would bite', () => {
  const findings = said((node) => (calls(node, 'say') && node.arguments.length > 2 ? node.arguments[2] : undefined));
  expect(findings.made.length).toBeGreaterThan(25);
  expect(without(/^(?:[A-Z…]|(?:firewalld|iptables-nft|nftables|systemd|ufw) ).*[^.]\.$/, findings.made)).toEqual([]);
  const helpless = findings.made.filter(({ node }) => {
    const [, level, , more] = (node as ts.CallExpression).arguments;
    return /error|warning/.test(level!.getText()) && !/\bhint\b/.test(more?.getText() ?? '');
  });
  expect(helpless.map(({ place }) => place)).toEqual([]);
});

/** Sentences of iptables' own, which scripts may look for. */
const THEIRS = [
  '-b/--binary option is not implemented',
  "…: goto '…' is not a chain",
  '…: line … failed',
  'line …: …',
  '# Warning: …-legacy tables present, use …-legacy to see them',
  '… is NOT in set ….',
];

test('warnings begin with who says it or as a sentence, and are one line', () => {
  const warnings = said((node) => (calls(node, 'complain', 'process.emitWarning') ? node.arguments[0] : undefined));
  expect(warnings.made.length).toBeGreaterThan(40);
  const wrong = without(
    /^(?:\S+(?: v…| [a-z]+| …)?: )?(?:[A-Z]\S+ .*[^!]|…+|… .*[^.]\.|there .*\.)$|^Usage: |^…(?:\. |\n)…$/,
    warnings.made,
  );
  expect(wrong.filter((each) => !THEIRS.some((theirs) => each.endsWith(`: ${theirs}`)))).toEqual([]);
});

test('help names every option that a command takes', () => {
  let options = 0;
  const untold = sources.flatMap((source) => {
    const flags = source.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => declarationList.declarations)
      .find(({ name }) => /^(?:\w+_)?FLAGS$/.test(name.getText()));
    if (!source.fileName.startsWith('cli/') || flags === undefined) return [];
    const rest = source.text.replace(flags.getText(), '');
    if (!rest.includes('Usage: ')) return []; // iptables-save has no help
    const names = [...flags.getText().matchAll(/name: '([\w-]+)'(?:, letter: '(\w)')?/g)];
    options += names.length;
    return names
      .filter(([, name, letter]) => !new RegExp(`--${name}(?![\\w-])${letter ? `|-${letter}(?!\\w)` : ''}`).test(rest))
      .map(([, name]) => `${source.fileName}: --${name}`);
  });
  expect(options).toBeGreaterThan(60);
  expect(untold).toEqual([]);
});
