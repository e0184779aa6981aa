/**
 * One keeper at a time for a family's tables in a network namespace: what the first puts back would undo what the second
 * keeps. A file beside the xtables lock says who it is: its name holds the process and when that began, so that no two
 * ever write the same one, and what a killed keeper has left is known by its name.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from '../clock';
import { IptcError } from '../errors';
import { lockFile } from '../net/lock-file';
import type { Keeping } from '../services/snapshot';

type Family = NonNullable<Keeping['families']>[number];

const PREFIX = 'libiptc-keeper-';
/** Milliseconds that one who is about to end is waited for. */
const PATIENCE = 500;
const INTERVAL = 50;

/** Gives what lets go of it. Rejects with ERR_BUSY where another has it, with ERR_IO where nobody could be told. */
export async function claim({ namespace, lock }: Keeping, family: Family): Promise<() => void> {
  const { ino } = statSync((namespace as string | undefined) ?? '/proc/self/ns/net');
  const folder = dirname(lockFile(lock));
  const stem = `${PREFIX}${ino}-${family}`;
  const own = `${stem}.${process.pid}.${beginningOf(process.pid)}`;
  const release = () => rmSync(join(folder, own), { force: true });
  for (let waited = 0; ; ) {
    // First told, then looked: of two at once, one sees the other at least.
    let holder: number | undefined;
    try {
      writeFileSync(join(folder, own), '', { mode: 0o600 });
      holder = holderIn(folder, stem, own);
    } catch (error) {
      release();
      throw unwritable(folder, family, error as NodeJS.ErrnoException);
    }
    if (holder === undefined) return release;
    release();
    if (waited >= PATIENCE) throw busy(holder, family);
    // Not in step with another one that waits.
    const pause = INTERVAL * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, pause));
    waited += pause;
  }
}

/** Who else has it. What those have left that were killed goes. */
function holderIn(folder: string, stem: string, own: string): number | undefined {
  let holder: number | undefined;
  for (const name of readdirSync(folder)) {
    const [of, pid, beginning] = name.split('.');
    if (!name.startsWith(PREFIX) || name === own || beginning === undefined) continue;
    if (beginningOf(Number(pid)) !== beginning) rmSync(join(folder, name), { force: true });
    else if (of === stem) holder = Number(pid);
  }
  return holder;
}

/** When a process began, in ticks since the machine did: numbers of processes are used again. */
function beginningOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

const busy = (pid: number, family: Family): IptcError =>
  new IptcError(
    'ERR_BUSY',
    `Cannot begin a change that may be taken back: another one (of process ${pid}) is not confirmed yet`,
    {
      family,
      hint: 'Confirm it first, or wait until it has been taken back: what it would put back is all of the tables.',
    },
  );

function unwritable(folder: string, family: Family, cause: NodeJS.ErrnoException): IptcError {
  const { code, errno, message, syscall } = cause;
  return new IptcError('ERR_IO', `Cannot begin a change that may be taken back: ${message}`, {
    family,
    file: folder,
    errno: errno === undefined ? undefined : Math.abs(errno),
    syscall,
    hint:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? `Make room in ${folder}.`
        : `Others have to be told of it, by a file beside the xtables lock. Give a lock file in a folder that can be written: lock.path, or XTABLES_LOCKFILE.`,
    cause,
  });
}
