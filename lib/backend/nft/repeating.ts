/** Work on what there is now, done again when somebody else was faster. */
import { constants } from 'node:os';
import { now } from '../../clock';
import type { ApplyOptions, LockWait } from '../backend';
import { failure } from '../memory/failure';
import type { Editing } from './editing';
import type { Work } from './jobs';
import { Stale } from './tables';

const { ECANCELED, ETIMEDOUT } = constants.errno;

/** Attempts without a pause, and the longest pause in milliseconds. */
const AT_ONCE = 3;
const LONGEST_PAUSE = 64;

export function* repeating<T>(
  options: ApplyOptions,
  editing: () => Editing[],
  work: (editings: readonly Editing[]) => Work<T>,
): Work<T> {
  const { wait, signal }: LockWait = options;
  const start = now();
  for (let attempt = 0; ; attempt++) {
    const editings = editing();
    try {
      return yield* work(editings);
    } catch (error) {
      if (!(error instanceof Stale)) {
        for (const each of editings) yield* each.abandon();
        throw error;
      }
    }
    if (signal?.aborted) throw failure('lock', ECANCELED, 'Gave up: others keep changing the ruleset');
    if (attempt > 0 && now() - start >= wait) throw failure('lock', ETIMEDOUT, 'Others keep changing the ruleset');
    if (attempt >= AT_ONCE) yield { pause: Math.random() * Math.min(2 ** (attempt - AT_ONCE), LONGEST_PAUSE) };
  }
}
