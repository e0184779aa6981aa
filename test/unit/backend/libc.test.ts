/** Which of the prebuilt addons is meant: that for the C library of the program that runs. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';

const ADDON = join(__dirname, '../../../dist/backend/addon.js');
const folder = temporaryFolder('libc');

function why(loader: string, env: Record<string, string> = {}): string {
  const program = join(folder, 'node');
  writeFileSync(program, `\x7fELF${'\0'.repeat(600)}${loader}\0`);
  // An addon that was built here would come first.
  const code = `
    process.execPath = ${JSON.stringify(program)};
    Object.assign(require('fs'), { existsSync: () => false, readdirSync: () => [] });
    try { require(${JSON.stringify(ADDON)}).loadAddon(); }
    catch (error) { process.stdout.write(error.cause.message + ' ' + process.env.LIBC); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    encoding: 'utf8',
    env: { ...process.env, PREBUILDS_ONLY: '1', ...env },
  });
  return `${stdout}${stderr}`;
}

test('it is told by the loader that the program names', () => {
  expect(why('/lib64/ld-linux-x86-64.so.2')).toMatch(/libc=glibc .*undefined$/s);
  expect(why('/lib/ld-musl-x86_64.so.1')).toMatch(/libc=musl .*undefined$/s);
  expect(why('/lib/ld-musl-x86_64.so.1', { LIBC: 'glibc' })).toMatch(/libc=glibc .*glibc$/s);
});
