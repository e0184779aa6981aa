import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../../harness';

const SCRIPT = join(__dirname, '../../../scripts/new-extension');
const begin = (...words: string[]) => spawnSync(process.execPath, [SCRIPT, ...words], { encoding: 'utf8' });
const HEADER = '/usr/include/linux/netfilter/xt_quota.h';

test.skipIf(!existsSync(HEADER))('an extension is begun with the struct and the constants of its header', () => {
  const { stdout, status } = begin('match', 'quota', '--print');
  expect(status).toBe(0);
  for (const line of [
    "const s = struct('xt_quota_info', {",
    '  flags: u32,',
    '  quota: u64,',
    'export const quota = match({',
  ])
    expect(stdout).toContain(`${line}\n`);
  expect(stdout).toMatch(/^const XT_QUOTA_INVERT = 0x1;$/m);
});

test('one that is there stays, and what makes no sense is said', () => {
  expect(begin('match', 'ttl').stderr).toBe('new-extension: lib/extensions/matches/ttl.ts is there already\n');
  expect(begin('match', 'no_such_thing').stderr).toContain("is not among the kernel's headers");
  expect(begin('chain', 'x').stderr).toContain('usage: scripts/new-extension match|target NAME');
});
