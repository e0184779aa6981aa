/**
 * The one place that writes files: each is replaced as a whole, or stays as it was, whatever fails and whoever is killed.
 *
 * As iptables-services does: where the path is a link, the link is replaced, and what it points to isn't touched; the old
 * file's copy is a file of its own, so that other names of the old one keep their content and their mode. Nothing but
 * regular files is read or replaced.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IptcError } from '../errors';
import { encodeText } from '../net/text';
import type { System } from './system';
import { removeAbandoned, temporaryBeside } from './temporary';

/** Texts are written together up to this many characters. */
const PIECE = 64 << 10;

/** Lines, without their newlines; or bytes as they are. */
export type Contents = AsyncIterable<string> | readonly string[] | Uint8Array;

export interface Replacing {
  /** 0600 unless told. */
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Looks at the new file before it becomes the one; what it throws leaves the old one. */
  readonly check?: (path: string) => Promise<void>;
  /** The old file is copied under this ending. */
  readonly keep?: string;
}

/** Writes to a file beside it, makes sure that it is on the disk, and renames it. Rejects with ERR_IO. */
export async function replaceFile(
  system: System,
  path: string,
  contents: Contents,
  { mode = 0o600, owner, check, keep }: Replacing = {},
): Promise<void> {
  const write = async (file: FileHandle) => {
    if (owner) await file.chown(owner.uid, owner.gid);
    // Whatever the umask; Node's permission model has no chmod.
    if (((await file.stat()).mode & 0o7777) !== mode) await file.chmod(mode);
    await writeContents(file, contents);
  };
  await replacing(path, async (temporary) => {
    await writeNew(temporary, write);
    await check?.(temporary);
    if (keep !== undefined) await keepOld(system, path, `${path}${keep}`);
  });
  await relabel(system, path);
}

/** Makes the path a link. */
export const replaceByLink = (path: string, target: string): Promise<void> =>
  replacing(path, (temporary) => symlink(target, temporary));

/** Takes a file, or a link, away. */
export async function removeFile(path: string): Promise<void> {
  try {
    if (!(await lstat(path).catch(absent))) return;
    await rm(path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw failure(path, error);
  }
}

/** Whether something is at the path that could be replaced. Rejects with ERR_IO where it is no regular file. */
export async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch(absent);
  // A link may lead nowhere.
  const meant = found?.isSymbolicLink() ? await stat(path).catch(absent) : found;
  if (meant) requireFile(path, meant);
  return found !== undefined;
}

/** A file's bytes, in pieces: a device or a pipe might never end. */
export async function* readPieces(path: string): AsyncGenerator<Buffer> {
  // Before it is opened: to open some devices does something.
  await isThere(path);
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requireFile(path, await file.stat());
    yield* file.createReadStream({ autoClose: false, highWaterMark: 256 << 10 });
  } finally {
    await file.close();
  }
}

/** Where a link leads to; undefined if the path is none. */
export const linkOf = (path: string): Promise<string | undefined> => readlink(path).catch(() => undefined);

async function replacing(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    if (!(await stat(dirname(path)).catch(absent))) await makeFolder(dirname(path));
    await isThere(path);
    await removeAbandoned(path);
    await make(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw failure(path, error);
  }
}

async function writeNew(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeContents(file: FileHandle, contents: Contents): Promise<void> {
  if (contents instanceof Uint8Array) return file.writeFile(contents);
  let text = '';
  for await (const line of contents) {
    text += `${line}\n`;
    if (text.length < PIECE) continue;
    await file.writeFile(encodeText(text));
    text = '';
  }
  await file.writeFile(encodeText(text));
}

/** A copy of the old file, if there is one: there is no moment without it. */
async function keepOld(system: System, path: string, kept: string): Promise<void> {
  if (!(await stat(path).catch(absent))) return;
  await replacing(kept, (temporary) =>
    writeNew(temporary, async (file) => {
      for await (const piece of readPieces(path)) await file.writeFile(piece);
    }),
  );
  await relabel(system, kept);
}

/**
 * Makes a folder and those that it is in, where they aren't there, for their owner alone. Not by Node's own way, which
 * never ends where none can be made (/proc).
 */
export async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path, 0o700);
  try {
    await make().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
      await makeFolder(dirname(path));
      await make();
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
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

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

function requireFile(path: string, found: Stats): void {
  if (found.isFile()) return;
  const kind = found.isDirectory() ? 'folder' : found.isFIFO() ? 'pipe' : found.isSocket() ? 'socket' : 'device';
  throw new IptcError('ERR_IO', `Cannot use ${path}: it is a ${kind}, no file`, {
    file: path,
    hint: 'Give the path of a file.',
  });
}

function failure(path: string, error: unknown): IptcError {
  if (error instanceof IptcError) return error;
  const { message, errno, syscall, code } = error as NodeJS.ErrnoException;
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Make room on that file system; the old file is as it was.'
      : code === 'EROFS'
        ? 'Mount that file system read-write (mount -o remount,rw); the old file is as it was.'
        : undefined;
  return new IptcError('ERR_IO', `Cannot write ${path}: ${message}`, {
    file: path,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    hint,
    cause: error,
  });
}
