import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { BackendFailure, Stage } from '../backend';

const { E2BIG, EEXIST, EINVAL, ELOOP, EMLINK, ENOENT, ENOMEM, ENOPROTOOPT, ENOSYS, ENOTEMPTY } = constants.errno;

/** What libiptc says of an errno, whatever the call; for others it asks the C library. */
const SENTENCES: ReadonlyMap<number, string> = new Map([
  [0, 'Incompatible with this kernel'],
  [ENOPROTOOPT, 'iptables who? (do you need to insmod?)'],
  [ENOSYS, 'Will be implemented real soon.  I promise ;)'],
  [ENOMEM, 'Memory allocation problem'],
  [ENOENT, 'No chain/target/match by that name'],
  // glibc's, where Node has words of its own
  [E2BIG, 'Argument list too long'],
  [EEXIST, 'File exists'],
  [EINVAL, 'Invalid argument'],
  [ELOOP, 'Too many levels of symbolic links'],
  [EMLINK, 'Too many links'],
  [ENOTEMPTY, 'Directory not empty'],
]);

const sentence = (errno: number): string =>
  SENTENCES.get(errno) ?? getSystemErrorMap().get(-errno)?.[1] ?? `Unknown error ${errno}`;

/** The failure that the addon would report. `reason`: where libiptc has a sentence for the very call that failed. */
export function failure(stage: Stage, errno: number, reason = sentence(errno), operation?: number): BackendFailure {
  const refused = operation === undefined ? [] : [{ operation, errno }];
  return Object.assign(new Error(reason), { stage, errno, reason, refused });
}

/** The same failure, as one of several programs has it. */
export const ofPart = (part: number, failed: BackendFailure): BackendFailure =>
  Object.assign(failed, { part, refused: failed.refused.map((each) => ({ ...each, part })) });
