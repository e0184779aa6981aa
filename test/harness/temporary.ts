/** Folders of tests. They go with the run, whatever becomes of the test (run.ts). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(process.env.IPTC_TEST_FOLDERS ?? tmpdir(), `iptc-${name}-`));
  made.push(folder);
  return folder;
}
