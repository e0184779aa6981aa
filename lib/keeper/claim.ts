/**
 * One keeper at a time for a family's tables in a network namespace: what the first puts back would undo what the second
 * keeps. A file says who it is; where none can be written nobody is kept from anything.
 */
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout } from '../clock';
import { IptcError } from '../errors';
import type { Keeping } from '../services/snapshot';

type Family = NonNullable<Keeping['families']>[number];

const FOLDER = '/run';
/** Milliseconds that one who is about to end is waited for. */
const PATIENCE = 500;
const INTERVAL = 50;

/** Gives what lets go of it. Rejects with ERR_BUSY. */
export async function claim(namespace: string | undefined, family: Family): Promise<() => void> {
  const { ino } = statSync(namespace ?? '/proc/self/ns/net');
  const path = `${FOLDER}/libiptc-keeper-${ino}-${family}`;
  const own = `${path}.${process.pid}`;
  try {
    writeFileSync(own, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    return () => {};
  }
  try {
    for (let waited = 0; ; waited += INTERVAL) {
      if (linked(own, path)) return () => rmSync(path, { force: true });
      const holder = keeperIn(path);
      if (holder === undefined) rmSync(path, { force: true });
      else if (waited >= PATIENCE) throw busy(holder, family);
      else await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who has it; undefined if that one was killed. */
function keeperIn(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'latin1'), 10);
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('keeper/process.js') ? pid : undefined;
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
