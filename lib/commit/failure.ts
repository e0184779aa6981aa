/** What a backend reports -> an IptcError: which operation on which object, why, and what to do. */
import { constants } from 'node:os';
import type { Cause as BackendCause, BackendFailure, Stage } from '../backend/backend';
import { isRefusal } from '../backend/blame';
import { type ErrorCode, type ErrorDetails, IptcError, show } from '../errors';
import { FAMILY } from '../net/family';
import { builtinChains } from '../rule/tables';
import { refusal } from './refusal';
import * as remedy from './remedy';

// Where two names share a number, the first is the one that man pages use: EAGAIN, not EWOULDBLOCK.
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);
const { E2BIG, ECANCELED, EEXIST, EINVAL, EMLINK, ENOENT, ENOTEMPTY, ESRCH, ESTALE } = constants.errno;

export const isBackendFailure = (error: unknown): error is BackendFailure =>
  error instanceof Error && typeof (error as Partial<BackendFailure>).stage === 'string';

/** Whether a signal ended the wait for the lock. */
export const isGivenUp = (error: unknown): boolean =>
  isBackendFailure(error) && error.stage === 'lock' && error.errno === ECANCELED;

const SYSCALLS: { readonly [stage in Stage]?: string } = {
  read: 'getsockopt',
  commit: 'setsockopt',
  counters: 'setsockopt',
};

/** Whether the edits are in the kernel all the same. */
const APPLIED: { readonly [stage in Stage]?: 'yes' | 'unknown' } = { counters: 'yes', unknown: 'unknown' };

/** Told after "Cannot": `append a rule to`, and whether the chain or a rule in it was looked for. */
export interface Attempt {
  readonly operation: string;
  readonly table?: string | undefined;
  readonly chain?: string | undefined;
  readonly family: 'ipv4' | 'ipv6';
  /** It is about the other family, too. */
  readonly both?: boolean | undefined;
  readonly index?: number | undefined;
  /** What was to be the chain's policy. */
  readonly policy?: string | undefined;
  /** Which of the many rules that it is about, as text. */
  readonly rule?: string | undefined;
}

export interface Cause extends BackendCause {
  readonly option?: string | undefined;
  readonly path?: string | undefined;
}

function causeOf(failure: BackendFailure, attempt: Attempt): Cause {
  const { stage, errno, reason, refused } = failure;
  if (failure.because) return failure.because;
  switch (stage) {
    case 'edit':
      if (attempt.policy !== undefined && (errno === EINVAL || errno === ENOENT))
        return badPolicy(attempt.policy, attempt);
      if (errno === EEXIST) return { code: 'ERR_CHAIN_EXISTS', why: reason || 'a chain of that name exists' };
      if (errno === ENOTEMPTY)
        return { code: 'ERR_CHAIN_IN_USE', why: 'the chain is not empty', hint: 'Flush it first.' };
      if (errno === EMLINK)
        return { code: 'ERR_CHAIN_IN_USE', why: 'rules still jump to the chain', hint: 'Delete them first.' };
      if (errno === ESTALE)
        return {
          code: 'ERR_CONFLICT',
          why: 'another rule than the expected one is at that position',
          hint: 'List the chain again.',
        };
      if (errno === E2BIG)
        return { code: 'ERR_NO_RULE', why: 'the chain has no rule of that number', hint: 'List the chain.' };
      if (errno === ESRCH)
        return {
          code: 'ERR_NO_RULE',
          why: 'no such rule is there',
          hint: 'List the chain: a rule is found if all but its counters is the same, its matches in the same order.',
        };
      if (errno === ENOENT) return noChain(refused[0]?.missing ?? '', attempt);
      // libiptc has no words of its own for what built-in chains don't allow.
      if (errno === EINVAL)
        return {
          code: 'ERR_BAD_CHAIN',
          why:
            reason && reason !== 'Invalid argument'
              ? reason
              : 'a built-in chain can be neither deleted nor renamed nor jumped to',
        };
      break;
    case 'rule':
      return { code: 'ERR_BAD_RULE', why: reason };
    case 'commit': {
      const cause = refusal(failure, attempt);
      if (cause) return cause;
      break;
    }
    case 'unknown':
      return {
        code: 'ERR_KERNEL',
        why: `whether the kernel has taken the edits can't be told (${reason})`,
        hint: 'Read the table to see whether it has changed.',
      };
    case 'idle':
      return { code: 'ERR_ABORTED', why: 'nothing came for too long, and the lock was let go' };
    case 'busy':
      return {
        code: 'ERR_BUSY',
        why: 'a program is being streamed',
        hint: 'Use the asynchronous form, which waits for its turn.',
      };
    case 'closed':
      return { code: 'ERR_CLOSED', why: 'the firewall is closed', hint: 'Open another one.' };
  }
  return { code: 'ERR_KERNEL', why: reason || `errno ${errno}` };
}

function noChain(missing: string, { operation, table = '', chain, family }: Attempt): Cause {
  if (missing === chain)
    return { code: 'ERR_NO_CHAIN', why: 'there is no such chain', hint: remedy.chain(missing, table, operation) };
  const restoring = operation === 'restore';
  return {
    code: 'ERR_NO_CHAIN',
    why: `there is no chain ${missing}`,
    hint: remedy.target(missing, family, restoring),
  };
}

function badPolicy(policy: string, { operation, table = '', chain }: Attempt): Cause {
  const builtin = chain !== undefined && builtinChains(table).includes(chain);
  return {
    code: 'ERR_BAD_CHAIN',
    why: builtin ? `${show(policy)} is no policy: ACCEPT and DROP are` : 'only built-in chains have a policy',
    hint: remedy.policy(policy, chain, builtin, operation === 'restore'),
  };
}

/** A rule may be to blame: trying others alone makes sense. Memory, permission, the lock and rivals never are. */
export const blamesRule = ({ stage, errno }: BackendFailure): boolean =>
  stage === 'edit' || stage === 'rule' || (stage === 'commit' && isRefusal(errno));

/** Which of a program's operations has failed, if one has. */
export const operationOf = ({ refused: [first] }: BackendFailure): number | undefined => first?.operation;

/** One for each of what was refused. */
export function severally(failure: BackendFailure): readonly BackendFailure[] {
  const { refused, errno: first, because } = failure;
  if (refused.length < 2) return [failure];
  return refused.map((each) => {
    const { part = failure.part, errno } = each;
    const own = { part, errno, because: errno === first ? because : undefined, refused: [each] };
    return Object.create(failure, Object.getOwnPropertyDescriptors(own)) as BackendFailure;
  });
}
/** The first, which tells of the others. */
export const joined = ([first, ...others]: readonly IptcError[]): IptcError =>
  others.length === 0 ? first! : first!.within({ errors: [first!, ...others] });

/** What a backend fails with as users are told of it; anything else as it is. */
export const told = (error: unknown, attempt: Attempt): unknown =>
  isBackendFailure(error) ? toIptcError(error, attempt) : error;
/** Asks a backend at once. */
export function asked<T>(attempt: Attempt, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw told(error, attempt);
  }
}

export function toIptcError(failure: BackendFailure, attempt: Attempt): IptcError {
  const { code, why, hint, iptables, file, option, path } = causeOf(failure, attempt);
  const errno = failure.errno === 0 ? '' : ` (${NAMES.get(failure.errno) ?? `errno ${failure.errno}`})`;
  return cannot(code, attempt, `${why}${errno}${attempt.rule === undefined ? '' : `: ${attempt.rule}`}`, {
    chain: attempt.chain ?? (failure.stage === 'commit' ? failure.refused[0]?.chain : undefined),
    errno: failure.errno === 0 ? undefined : failure.errno,
    syscall: SYSCALLS[failure.stage],
    option,
    path,
    hint,
    iptables,
    file,
    applied: APPLIED[failure.stage] ?? 'no',
    cause: failure,
  });
}

/** An attempt that came to nothing. */
export function cannot(code: ErrorCode, attempt: Attempt, why: string, details: ErrorDetails = {}): IptcError {
  const { operation, table, chain, family, both = false, index } = attempt;
  const where = [
    chain === undefined ? '' : ` chain ${chain}`,
    table === undefined ? '' : `${chain === undefined ? '' : ' of'} table ${table}`,
  ].join('');
  return new IptcError(code, `Cannot ${operation}${where} (${both ? 'IPv4 and IPv6' : FAMILY[family].name}): ${why}`, {
    family: both ? undefined : family,
    table,
    chain,
    index,
    ...details,
  });
}
