/** The mutations of a source, each a change of one place: TypeScript by its syntax, C++ by its words. */
import ts from 'typescript';

const OPERATORS = new Map([
  ['<=', '<'],
  ['<', '<='],
  ['>=', '>'],
  ['>', '>='],
  ['===', '!=='],
  ['!==', '==='],
  ['==', '!='],
  ['!=', '=='],
  ['&&', '||'],
  ['||', '&&'],
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['+=', '-='],
  ['-=', '+='],
  ['??', '&&'],
  ['|', '&'],
  ['&', '|'],
]);

export function mutationsOf(file, text) {
  return file.endsWith('.ts') ? ofTypeScript(file, text) : ofCpp(text);
}

function ofTypeScript(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, by) => {
    const from = node.getStart();
    const line = source.getLineAndCharacterOfPosition(from).line + 1;
    found.push({ from, to: node.end, by, line });
  };
  const visit = (node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const by = OPERATORS.get(node.operatorToken.getText());
      if (by) add(node.operatorToken, by);
    }
    if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
      const condition = ts.isIfStatement(node) ? node.expression : node.condition;
      add(condition, '(true as boolean)');
      add(condition, '(false as boolean)');
    }
    if (ts.isNumericLiteral(node)) add(node, `(${node.text} + 1)`);
    if (ts.isExpressionStatement(node)) add(node, ';');
    if (ts.isReturnStatement(node) && node.expression) add(node, 'return undefined as never;');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function ofCpp(text) {
  const found = [];
  let offset = 0;
  text.split('\n').forEach((line, i) => {
    const code = line.replace(/\/\/.*$/, (comment) => ' '.repeat(comment.length));
    if (!/^\s*(#|template|typedef|namespace|friend|const char\* const)/.test(code)) {
      for (const { index, 0: word } of code.matchAll(/(?<= )(<=|>=|==|!=|&&|\|\||\+=|-=|<|>|\+|-)(?= )/g)) {
        const from = offset + index;
        found.push({ from, to: from + word.length, by: OPERATORS.get(word), line: i + 1 });
      }
      const statement = /^(\s*)((?:[a-z_]\w*(?:\.|->|\())[^=]*;)$/.exec(code);
      if (statement && !/^(return|throw|using|explicit|delete|if|for|while)\b/.test(statement[2])) {
        const from = offset + statement[1].length;
        found.push({ from, to: from + statement[2].length, by: ';', line: i + 1 });
      }
      const condition = /^\s*(?:} else )?if (\(.*\)) /.exec(code);
      if (condition) {
        const from = offset + code.indexOf(condition[1]);
        for (const by of ['(true)', '(false)']) found.push({ from, to: from + condition[1].length, by, line: i + 1 });
      }
    }
    offset += line.length + 1;
  });
  return found;
}
