/** A file is replaced as a whole, or stays as it was: whatever fails, and whoever is killed. */
import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { IptcError } from '../errors';
import { encodeText } from '../net/text';
import type { System } from './system';

/** Texts are written together up to this many characters. */
const PIECE = 64 << 10;
/** What is left of a save that was killed is removed after this many milliseconds. */
const STALE = 3_600_000;

export interface Replacing {
  /** Looks at the new file before it becomes the one; what it throws leaves the old one. */
  readonly check?: (path: string) => Promise<void>;
  /** The old file stays under this ending. */
  readonly keep?: string;
}

/** Writes lines to a file beside it, makes sure that they are on the disk, and renames it. Rejects with ERR_IO. */
export async function replaceFile(
  system: System,
  path: string,
  lines: AsyncIterable<string>,
  { check, keep }: Replacing = {},
): Promise<void> {
  let real = path;
  try {
    await mkdir(dirname(path), { recursive: true });
    // Where the file is a link, what it points to is replaced.
    real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return path;
      throw error;
    });
  } catch (error) {
    throw failure(path, error);
  }
  const temporary = nameBeside(real);
  try {
    await removeStale(real);
    await writeNew(temporary, lines);
    await check?.(temporary);
    if (keep !== undefined) await keepOld(system, real, `${real}${keep}`);
    await rename(temporary, real);
    await syncFolder(dirname(real));
    await relabel(system, real);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw failure(path, error);
  }
}

const nameBeside = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.iptc`);

async function writeNew(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600); // whatever the umask
    let text = '';
    for await (const line of lines) {
      text += `${line}\n`;
      if (text.length < PIECE) continue;
      await file.writeFile(encodeText(text));
      text = '';
    }
    await file.writeFile(encodeText(text));
    await file.sync();
  } finally {
    await file.close();
  }
  if ((await stat(path)).size === 0) throw new IptcError('ERR_IO', 'there is nothing to save');
}

/** A second name for the old file: there is no moment without it, and it needs no space. */
async function keepOld(system: System, path: string, kept: string): Promise<void> {
  const temporary = nameBeside(kept);
  try {
    try {
      await link(path, temporary);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code === 'ENOSPC' || code === 'EROFS') throw error;
      await copyFile(path, temporary, constants.COPYFILE_EXCL); // a file system without links
    }
    const file = await open(temporary, 'r');
    try {
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, kept);
    await relabel(system, kept);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function removeStale(path: string): Promise<void> {
  const pattern = new RegExp(
    `^\\.${basename(path).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:\\.save)?\\.[0-9a-f]{12}\\.iptc$`,
  );
  for (const name of await readdir(dirname(path))) {
    if (!pattern.test(name)) continue;
    const left = join(dirname(path), name);
    const found = await stat(left).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > STALE) await rm(left, { force: true }).catch(() => {});
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems can't; the rename is in their journal.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await folder.close();
  }
}

/** SELinux labels a new file after its folder: the policy's label for this path is put back, as iptables-services does. */
async function relabel(system: System, path: string): Promise<void> {
  if (!system.exists('/sys/fs/selinux/enforce') || system.find('restorecon') === undefined) return;
  await system.run('restorecon', [path]);
}

function failure(path: string, error: unknown): IptcError {
  if (error instanceof IptcError) {
    if (error.code !== 'ERR_IO' || error.file !== undefined) return error;
    return new IptcError('ERR_IO', `Cannot save to ${path}: ${error.message}`, { file: path, cause: error });
  }
  const { message, errno, syscall, code } = error as NodeJS.ErrnoException;
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Make room on that file system; the old file is as it was.'
      : code === 'EROFS'
        ? 'Mount that file system read-write (mount -o remount,rw); the old file is as it was.'
        : undefined;
  return new IptcError('ERR_IO', `Cannot save to ${path}: ${message}`, {
    file: path,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    hint,
    cause: error,
  });
}
