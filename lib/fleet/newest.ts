/** Which number a group's next policy has. */
import type { IptcError } from '../errors';
import { type Head, type PolicyPayload, payloadIn } from './payload';
import { hostsIn, seqOf } from './report';
import type { StoreState } from './store/store';

/** By so many numbers a store may have fallen behind its hosts. */
const AHEAD = 10_000;

export function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as IptcError).code === 'ERR_SIGNATURE') return undefined;
    throw error;
  }
}

/** The highest number that a group has had: hosts may know of more than a store that was restored. */
export function newestOf(
  group: string,
  head: Head | undefined,
  history: readonly Pick<PolicyPayload, 'seq'>[],
  { items }: StoreState,
): number {
  const known = [head?.policy, head?.back].flatMap((each) => (each ? [payloadIn(each)] : []));
  const newest = Math.max(0, ...[...known, ...history].map(({ seq }) => seq));
  // A host that says anything it likes isn't to use up the numbers.
  const said = hostsIn(items).map((host) => seqOf(host, group) ?? 0);
  return Math.max(newest, ...said.filter((seq) => Number.isSafeInteger(seq) && seq < newest + AHEAD));
}
