/**
 * The kernel tells nobody that a legacy table has changed. What it costs to be handed out 10,000 rules is 8 ms, so that is
 * done rarely; often only what costs nothing: how large a table is, and where its chains begin. Whoever writes as large a
 * rule in the place of another takes the lock: then the table is looked at at once.
 */
import { constants } from 'node:os';
import { now } from '../../clock';
import type { NativeSession } from '../addon';
import type { BackendFailure } from '../backend';
import { looking, type Observation, type Observer } from '../observe';

/** The part of the time that reading whole tables takes at most, while nobody uses the lock. */
const SHARE = 1 / 1500;

export function observeLegacy(
  session: NativeSession,
  tables: readonly string[],
  observer: Observer,
  calling: <T>(table: string, call: () => Promise<T>) => Promise<T>,
): Observation {
  let outlines: (string | undefined)[] = [];
  let digests: (bigint | undefined)[] = [];
  /** Undefined if it changes faster than it can be read. */
  const digestOf = (table: string) =>
    calling(table, () => session.digest(table)).catch((error: BackendFailure) => {
      if (error.errno !== constants.errno.EAGAIN) throw error;
      return undefined;
    });
  /** When the tables are to be read next. */
  let due = 0;
  return looking(observer, async (whole) => {
    const used = session.lockUsed();
    const seen = tables.map((table) => {
      const outline = session.outline(table);
      return typeof outline === 'number' ? `${outline}` : Buffer.from(outline).toString('latin1');
    });
    const moved = seen.some((outline, i) => outline !== outlines[i]);
    outlines = seen;
    if (!whole && !moved && !used && now() < due) return false;
    const start = now();
    const read: (bigint | undefined)[] = [];
    for (const table of tables) read.push(await digestOf(table));
    due = now() + (now() - start) / SHARE;
    const changed = moved || read.some((digest, i) => digest === undefined || digest !== digests[i]);
    digests = read;
    return changed;
  });
}
