/**
 * Names of files that aren't finished yet. They say which process writes them: what a killed one left is removed by the
 * next that writes the same file, and what a living one is writing stays.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Of a process that can't be looked for, files are removed after so many milliseconds. */
const STALE = 3_600_000;

/** A new name beside a file: `.FILE.WHERE-PID-START-RANDOM.iptc` */
export function temporaryBeside(path: string): string {
  const writer = `${whereabouts()}-${process.pid}-${ownStart()}`;
  return join(dirname(path), `.${basename(path)}.${writer}-${randomBytes(6).toString('hex')}.iptc`);
}

/** Removes what killed processes left of a file; never fails. */
export async function removeAbandoned(path: string): Promise<void> {
  const start = `.${basename(path)}.`;
  for (const name of await readdir(dirname(path)).catch(() => [] as string[])) {
    const found =
      name.startsWith(start) && /^([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{12}\.iptc$/.exec(name.slice(start.length));
    if (!found) continue;
    const [, where, pid, begun] = found;
    const left = join(dirname(path), name);
    const gone = where === whereabouts() ? startOf(Number(pid)) !== begun : await isStale(left);
    if (gone) await rm(left, { force: true }).catch(() => {});
  }
}

async function isStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE;
}

let here: string | undefined;
/** Where process numbers mean the same: one boot of one machine, one namespace of processes. */
function whereabouts(): string {
  here ??= createHash('sha256')
    .update(readFileSync('/proc/sys/kernel/random/boot_id'))
    .update(readlinkSync('/proc/self/ns/pid'))
    .digest('hex')
    .slice(0, 8);
  return here;
}

let own: string | undefined;
/** It doesn't change. */
function ownStart(): string | undefined {
  own ??= startOf(process.pid);
  return own;
}

/** When a process began, in the kernel's ticks since the boot; undefined if there is none of that number. */
export function startOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the command's name, which may hold anything, the 20th.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
