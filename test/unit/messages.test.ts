/** Every place in lib/ where an error is made, held against the form of its sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from '../harness';

const LIB = join(__dirname, '../../lib');

interface Made {
  readonly place: string;
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

function madeIn(file: string): { made: Made[]; elsewhere: number } {
  const source = ts.createSourceFile(file, readFileSync(join(LIB, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const made: Made[] = [];
  let elsewhere = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'IptcError' && node.arguments?.[1]) {
      const sentences = textsOf(node.arguments[1]);
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (sentences === undefined) elsewhere++;
      else made.push({ place: `${file}:${line + 1}`, sentences });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { made, elsewhere };
}

const found = (readdirSync(LIB, { recursive: true }) as string[]).filter((file) => file.endsWith('.ts')).map(madeIn);
const made = found.flatMap((each) => each.made);

test('errors say what was expected and what was received, or what cannot be done and why', () => {
  expect(made.length).toBeGreaterThan(80);
  // What `cannot()`, Mismatch and the like say is made of parts, each of which has its place; no more than these.
  expect(found.reduce((sum, { elsewhere }) => sum + elsewhere, 0)).toBeLessThan(20);
  const wrong = made.flatMap(({ place, sentences }) =>
    sentences
      .filter((text) => !/^(Expected \S.* but \S.*|Cannot \S.*: \S.*|…(; changed already: …)?)$/s.test(text))
      .map((text) => `${place}: ${text}`),
  );
  expect(wrong).toEqual([]);
});

test('sentences end without a full stop, since a hint may follow', () => {
  const wrong = made.flatMap(({ place, sentences }) =>
    sentences.filter((text) => /[.!]$/.test(text)).map((text) => `${place}: ${text}`),
  );
  expect(wrong).toEqual([]);
});
