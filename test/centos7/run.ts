/**
 * Runs packed tests, each file by itself in a namespace of its own: `node run.js REPORT FOLDER...`. Prints what they
 * ran on and how many passed, writes every case and what became of it to REPORT, and fails if one failed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE_TIMEOUT = 300_000;
const ROOT = join(__dirname, '../..');
const [report = '', ...folders] = process.argv.slice(2);

const machine = process.report?.getReport() as { header: Record<string, string> } | undefined;
console.log(
  `glibc ${machine?.header.glibcVersionRuntime}, Node ${process.versions.node}, Linux ${machine?.header.osRelease}`,
);

const cases: { file: string; name: string; state: string }[] = [];
const files = folders.flatMap((folder) => {
  const path = join(ROOT, folder);
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  return names.filter((name) => name.endsWith('.test.js')).map((name) => join(folder, name));
});
const work = mkdtempSync(join(tmpdir(), 'iptc-run-'));

for (const file of files) {
  const states = join(work, 'states.json');
  rmSync(states, { force: true });
  const start = Date.now();
  const { status, stdout, stderr } = spawnSync(
    join(ROOT, 'scripts/in-namespace'),
    [process.execPath, '--no-warnings', '--expose-gc', join(ROOT, file)],
    { env: { ...process.env, TEST_REPORT: states }, timeout: FILE_TIMEOUT, encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  const found: { name: string; state: string }[] = existsSync(states) ? JSON.parse(readFileSync(states, 'utf8')) : [];
  // A file that breaks off, or a hook that throws, fails without a failed test.
  if (status !== 0 && !found.some(({ state }) => state === 'failed'))
    found.push({ name: '(the file itself)', state: 'failed' });
  for (const each of found) cases.push({ file: file.replace(/\.js$/, '.ts'), ...each });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${file.replace(/\.js$/, '.ts')} (${Date.now() - start} ms)`);
  if (status !== 0) console.log(stdout, stderr);
}
rmSync(work, { recursive: true });

const count = (state: string) => cases.filter((each) => each.state === state).length;
writeFileSync(report, JSON.stringify(cases, undefined, 1));
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
if (count('failed') > 0 || count('passed') === 0) process.exitCode = 1;
