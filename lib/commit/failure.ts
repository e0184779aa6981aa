/** What a backend reports -> an IptcError: which operation on which object, why, and what to do. */
import { constants } from 'node:os';
import type { BackendFailure, Stage } from '../backend/backend';
import { isRefusal } from '../backend/blame';
import { type ErrorCode, type ErrorDetails, IptcError, show } from '../errors';
import { decodeText } from '../net/text';
import { builtinChains } from '../rule/tables';
import { refusal } from './refusal';
import * as remedy from './remedy';

// Where two names share a number, the first is the one that man pages use: EAGAIN, not EWOULDBLOCK.
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([name, number]) => [number, name]),
);
const {
  EAGAIN,
  E2BIG,
  ECANCELED,
  EEXIST,
  EINVAL,
  EMLINK,
  ENOENT,
  ENOPROTOOPT,
  ENOTEMPTY,
  EPERM,
  ESRCH,
  ESTALE,
  ETIMEDOUT,
  EACCES,
} = constants.errno;

export const isBackendFailure = (error: unknown): error is BackendFailure =>
  error instanceof Error && typeof (error as Partial<BackendFailure>).stage === 'string';

const SYSCALLS: { readonly [stage in Stage]?: string } = {
  read: 'getsockopt',
  commit: 'setsockopt',
  counters: 'setsockopt',
  unknown: 'setsockopt',
};

/** Told after "Cannot": `append a rule to`, and whether the chain or a rule in it was looked for. */
export interface Attempt {
  readonly operation: string;
  readonly table?: string | undefined;
  readonly chain?: string | undefined;
  readonly family: 'ipv4' | 'ipv6';
  readonly index?: number | undefined;
  /** What was to be entered. */
  readonly namespace?: string | number | undefined;
  /** What was locked, or should have been. */
  readonly lockFile?: string | undefined;
  /** What was to be the chain's policy. */
  readonly policy?: string | undefined;
  /** Which of the many rules that it is about, as text. */
  readonly rule?: string | undefined;
}

const PERMISSION = 'Run as root, or with CAP_NET_ADMIN and CAP_NET_RAW (in a user namespace: unshare -Urnm).';

export interface Cause {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string | undefined;
  readonly option?: string | undefined;
  readonly path?: string | undefined;
  readonly applied?: 'no' | 'yes' | 'unknown';
}

function causeOf(failure: BackendFailure, attempt: Attempt): Cause {
  const { stage, errno, reason, missing = '' } = failure;
  if (failure.because) return failure.because;
  const { family, table = '', lockFile = '/run/xtables.lock' } = attempt;
  const tool = family === 'ipv4' ? 'iptables' : 'ip6tables';
  const modules = family === 'ipv4' ? 'ip_tables' : 'ip6_tables';
  if (errno === EPERM && !['edit', 'lock', 'counters', 'unknown'].includes(stage))
    return { code: 'ERR_PERMISSION', why: 'permission denied', hint: PERMISSION };
  switch (stage) {
    case 'namespace':
      return {
        code: 'ERR_NAMESPACE',
        why: `the network namespace can't be entered (${reason})`,
        hint: remedy.namespace(attempt.namespace),
      };
    case 'open':
      return {
        code: 'ERR_KERNEL',
        why: reason,
        hint: 'Let it have more open files (ulimit -n), or close some: a firewall has up to four.',
      };
    case 'lock':
      if (errno === ETIMEDOUT)
        return {
          code: 'ERR_LOCK_TIMEOUT',
          why: 'another program holds the xtables lock',
          hint: `Wait longer (lock.wait), or find out who holds it: fuser -v ${lockFile}.`,
        };
      if (errno === ECANCELED) return { code: 'ERR_ABORTED', why: 'waiting for the xtables lock was given up' };
      return {
        code: errno === EPERM || errno === EACCES ? 'ERR_PERMISSION' : 'ERR_LOCK',
        why: `the xtables lock file ${lockFile} can't be used (${reason})`,
        hint: remedy.lockFile(errno, lockFile),
      };
    case 'read':
      if (errno === ENOPROTOOPT)
        return {
          code: 'ERR_NO_SUPPORT',
          why: `this kernel has no legacy ${tool} support loaded`,
          hint: `Load it with modprobe ${modules}; if there is no such module, the kernel was built without CONFIG_IP${family === 'ipv6' ? '6' : ''}_NF_IPTABLES_LEGACY.`,
        };
      if (errno === ENOENT)
        return {
          code: 'ERR_NO_TABLE',
          why: `the kernel has no such table`,
          hint: remedy.table(table, family),
        };
      break;
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
      if (errno === ENOENT) return noChain(decodeText(Buffer.from(missing, 'latin1')), attempt);
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
      if (errno === EAGAIN)
        return {
          code: 'ERR_CONFLICT',
          why: 'another program changed the table meanwhile',
          hint: 'Make sure that every program takes the xtables lock.',
        };
      break;
    }
    case 'counters':
      return {
        code: 'ERR_KERNEL',
        why: `the rules are in the kernel, but counters could not be put back (${reason})`,
        hint: 'Do not repeat it. What rules and policies had counted is lost.',
        applied: 'yes',
      };
    case 'unknown':
      return {
        code: errno === EPERM ? 'ERR_PERMISSION' : 'ERR_KERNEL',
        why: `the kernel refused the rules or only their counters (${reason}), and can't be asked which`,
        hint: 'Read the table to see whether it has changed.',
        applied: 'unknown',
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
export const operationOf = ({ stage, operation, refused }: BackendFailure): number | undefined =>
  stage === 'edit' || stage === 'rule' ? operation : refused?.operation;

export function toIptcError(failure: BackendFailure, attempt: Attempt): IptcError {
  const { code, why, hint, applied, option, path } = causeOf(failure, attempt);
  const errno = failure.errno === 0 ? '' : ` (${NAMES.get(failure.errno) ?? `errno ${failure.errno}`})`;
  return cannot(code, attempt, `${why}${errno}${attempt.rule === undefined ? '' : `: ${attempt.rule}`}`, {
    chain: attempt.chain ?? failure.refused?.chain,
    errno: failure.errno === 0 ? undefined : failure.errno,
    syscall: SYSCALLS[failure.stage],
    option,
    path,
    hint,
    applied: applied ?? 'no',
    cause: failure,
  });
}

/** An attempt that came to nothing. */
export function cannot(code: ErrorCode, attempt: Attempt, why: string, details: ErrorDetails = {}): IptcError {
  const { operation, table, chain, family, index } = attempt;
  const where = [
    chain === undefined ? '' : ` chain ${chain}`,
    table === undefined ? '' : `${chain === undefined ? '' : ' of'} table ${table}`,
  ].join('');
  return new IptcError(code, `Cannot ${operation}${where} (${family === 'ipv4' ? 'IPv4' : 'IPv6'}): ${why}`, {
    family,
    table,
    chain,
    index,
    ...details,
  });
}
