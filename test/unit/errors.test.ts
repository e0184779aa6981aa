import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from '../harness';

const ROOT = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The members of the type ErrorCode. */
function codes(): string[] {
  const source = ts.createSourceFile('errors.ts', read('lib/errors.ts'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  source.forEachChild((node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== 'ErrorCode' || !ts.isUnionTypeNode(node.type)) return;
    for (const member of node.type.types)
      if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)) found.push(member.literal.text);
  });
  return found;
}
/** The fields of the interface ErrorDetails. */
function fields(): string[] {
  const source = ts.createSourceFile('errors.ts', read('lib/errors.ts'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === 'ErrorDetails')
      for (const member of node.members) if (member.name && ts.isIdentifier(member.name)) found.push(member.name.text);
  });
  return found;
}

describe('docs/errors.md', () => {
  const page = read('docs/errors.md');
  const rows = [...page.matchAll(/^\| `(ERR_\w+)` \|(.*)\|(.*)\|$/gm)].map(([, code, cause, remedy]) => ({
    code: code!,
    cause: cause!.trim(),
    remedy: remedy!.trim(),
  }));

  test('tells the cause and the remedy of every code, once', () => {
    expect(codes().length).toBeGreaterThan(20);
    expect(rows.map(({ code }) => code).sort()).toEqual(codes().sort());
    for (const { code, cause, remedy } of rows) expect([code, cause !== '', remedy !== '']).toEqual([code, true, true]);
  });
  test('names every field', () => {
    for (const field of fields().filter((name) => name !== 'hint')) expect(page).toContain(`\`${field}\``);
  });
  test('names no other code, here and in the other pages', () => {
    for (const file of ['README.md', 'docs/errors.md', 'docs/installing.md', 'docs/reboot.md'])
      for (const [code] of read(file).matchAll(/\bERR_[A-Z_]+\b/g))
        expect([file, codes().includes(code)]).toEqual([file, true]);
  });
  test('links to pages that are there', () => {
    for (const [, link] of page.matchAll(/\]\(([^)#]+)\)/g))
      expect([link, existsSync(join(dirname(join(ROOT, 'docs/errors.md')), link!))]).toEqual([link, true]);
    expect(read('README.md')).toContain('(docs/errors.md)');
  });
});

test('every code is used', () => {
  const used = new Set<string>();
  const look = (folder: string): void => {
    for (const name of ts.sys.readDirectory(folder, ['.ts']))
      if (!name.endsWith('lib/errors.ts'))
        for (const [, code] of readFileSync(name, 'utf8').matchAll(/'(ERR_[A-Z_]+)'/g)) used.add(code!);
  };
  look(join(ROOT, 'lib'));
  expect(codes().filter((code) => !used.has(code))).toEqual([]);
});
