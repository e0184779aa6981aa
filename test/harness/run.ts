/**
 * A run of tests leaves nothing in the temporary folder: all that it starts has one of its own there, which goes with it.
 * What runs left that were killed goes when the next begins.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '../../lib/persist/temporary';

export default function begin(): () => void {
  const all = tmpdir();
  for (const name of readdirSync(all)) {
    const [, pid, start] = /^iptc-run-(\d+)-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && startOf(Number(pid)) !== start) remove(join(all, name));
  }
  const folder = join(all, `iptc-run-${process.pid}-${startOf(process.pid)}`);
  const [folders, others] = [join(folder, 'tests'), join(folder, 'tmp')];
  for (const each of [folder, folders, others]) mkdirSync(each, { mode: 0o700 });
  process.env.IPTC_TEST_FOLDERS = folders;
  process.env.TMPDIR = others;
  process.on('exit', () => remove(folder));
  return () => {
    // What the library and its commands make there they have to take away themselves.
    const left = readdirSync(others).filter((name) => /^\.?ip6?t/.test(name));
    remove(folder);
    if (left.length === 0) return;
    console.error(`Left in the temporary folder: ${left.join(', ')}`);
    process.exitCode = 1;
  };
}

/** A file system that is mounted in it is gone with the namespace, and the folder when the next run begins. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {}
}
