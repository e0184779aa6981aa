/** What the kernel answers -> an IptcError: which operation on which set, why, ipset's sentence, and what to do. */
import { constants } from 'node:os';
import { type ErrorDetails, IptcError, Mismatch, show } from '../errors';
import { CAUSES, type Cause, cause, NO_SETS } from './causes';
import { IPSET_ERR } from './constants';
import type { SetType } from './types';

const { EPERM, EACCES, EINVAL, EOPNOTSUPP } = constants.errno;

export type Operation = 'create' | 'destroy' | 'flush' | 'rename' | 'swap' | 'list' | 'add' | 'delete' | 'test' | 'use';
/** What was tried. */
export interface Attempt {
  readonly operation: Operation;
  readonly set?: string | undefined;
  /** The second of a rename and a swap. */
  readonly other?: string | undefined;
  readonly type?: SetType | undefined;
  readonly index?: number | undefined;
  readonly line?: number | undefined;
}

function causeOf(errno: number, { operation, type }: Attempt): Cause {
  if (errno === EACCES) return CAUSES[EPERM]!;
  // nfnetlink answers so where the subsystem is missing.
  if (errno === EOPNOTSUPP || (errno === EINVAL && operation === 'use')) return NO_SETS;
  const kind = type?.name.replace(/:.*/, '');
  const found =
    errno >= IPSET_ERR.TYPE_SPECIFIC
      ? CAUSES[`${kind ?? 'hash'} ${errno}`]
      : (CAUSES[`${operation} ${errno}`] ?? CAUSES[errno]);
  if (found) return found;
  const words = errno < 4096 ? (NAMES.get(errno) ?? `errno ${errno}`) : `error ${errno} of ip_set`;
  return cause(
    errno === EINVAL ? 'ERR_BAD_ARGUMENT' : 'ERR_KERNEL',
    `the kernel refused it (${words})`,
    `Kernel error received: ${errno < 4096 ? words : `Undecoded error ${errno} received from kernel`}`,
  );
}
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);

const said = ({ operation, set, other }: Attempt): string => {
  const name = set === undefined ? 'sets' : `set ${set}`;
  switch (operation) {
    case 'add':
      return `add to ${name}`;
    case 'delete':
      return `delete from ${name}`;
    case 'test':
      return `look into ${name}`;
    case 'rename':
      return `rename ${name} to ${other}`;
    case 'swap':
      return `swap ${name} with ${other}`;
    default:
      return `${operation} ${name}`;
  }
};

export function refused(errno: number, attempt: Attempt, details: ErrorDetails = {}): IptcError {
  const { code, why, iptables, hint } = causeOf(errno, attempt);
  const { index, line, set } = attempt;
  const which = index === undefined ? '' : ` (element ${index})`;
  return new IptcError(code, `Cannot ${said(attempt)}${which}: ${why}`, {
    errno: errno < 4096 ? errno : undefined,
    set,
    index,
    line,
    iptables,
    hint,
    ...details,
  });
}

/** A value that doesn't fit, in an element or in what a set is created with. */
export function misfit(error: unknown, attempt: Attempt): unknown {
  if (!(error instanceof Mismatch)) return error;
  const { set, index, line, operation } = attempt;
  const creating = operation === 'create';
  const object = creating ? `set ${set}` : `an element of set ${set}`;
  const part = error.at === '' ? object : `${error.at} of ${object}`;
  return new IptcError(
    creating ? 'ERR_BAD_ARGUMENT' : 'ERR_BAD_ELEMENT',
    `Expected ${error.expected} for ${part} but received ${show(error.received)}`,
    {
      set,
      index,
      line,
      path: error.at === '' ? undefined : index === undefined ? error.at : `[${index}].${error.at}`,
      iptables: error.iptables,
      hint: error.hint,
    },
  );
}
