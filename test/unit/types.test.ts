import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from '../harness';

/**
 * The type tests are the files of test/types: they compile, and each line under `@ts-expect-error` doesn't.
 * Nothing in them is run.
 */
const ROOT = join(__dirname, '../..');
const FOLDER = join(__dirname, '../types');

function diagnose(files: readonly string[]): Map<string, string[]> {
  const config = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  })!;
  const program = ts.createProgram(files, config.options);
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [
        file,
        found.map(({ start = 0, messageText }) => {
          const line = source.getLineAndCharacterOfPosition(start).line + 1;
          return `${relative(ROOT, file)}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
        }),
      ];
    }),
  );
}

describe('the types', () => {
  const names = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.ts')) : [];
  const files = names.map((name) => join(FOLDER, name));
  let diagnostics: Map<string, string[]> | undefined;

  for (const file of files) {
    test(relative(FOLDER, file), () => {
      diagnostics ??= diagnose(files);
      expect(diagnostics.get(file)).toEqual([]);
    }, 60_000);
  }
});
