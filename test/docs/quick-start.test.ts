import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

const ROOT = join(__dirname, '../..');
const LIBRARY = JSON.stringify(join(ROOT, 'dist'));
const PROGRAM = readFileSync(join(ROOT, 'examples/quick-start.mts'), 'utf8');

describe('the first example', () => {
  test('is the one that README shows', () => {
    const blocks = readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g);
    expect([...blocks][0]![1]).toBe(PROGRAM);
  });
});

describeWith(['netns', 'addon'], 'the first example', () => {
  test('leaves the rules that it says, however often it runs', async () => {
    const { outputText } = ts.transpileModule(PROGRAM, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    // Statements that await are those of a module, or of a function.
    const program = `(async () => {${outputText.replace(/require\((?:'|")libiptc(?:'|")\)/, `require(${LIBRARY})`)}})()`;
    const netns = new Netns();
    try {
      for (let round = 0; round < 2; round++)
        expect(await netns.exec(process.execPath, ['-e', program])).toMatchObject({ status: 0, stderr: '' });
      const save = `require(${LIBRARY}).Firewall.open().then(async (f) => { console.log(await f.save()); await f.close(); })`;
      const { stdout } = await netns.exec(process.execPath, ['-e', save]);
      const said = [...PROGRAM.matchAll(/^\/\/ (-A .*)$/gm)].map(([, line]) => line);
      expect(stdout.split('\n').filter((line) => line.startsWith('-A'))).toEqual(said);
    } finally {
      netns.close();
    }
  });
});
