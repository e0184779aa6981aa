/** Why nf_tables can't do something, in sentences. */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { BackendFailure, Cause } from '../backend';
import { failure } from '../memory/failure';
import { unopened } from '../reasons';

const {
  EAFNOSUPPORT,
  EAGAIN,
  ECANCELED,
  EEXIST,
  EINTR,
  EINVAL,
  EMLINK,
  EMSGSIZE,
  ENOBUFS,
  EOPNOTSUPP,
  EPERM,
  ETIMEDOUT,
} = constants.errno;

const PERMISSION: Cause = {
  code: 'ERR_PERMISSION',
  why: 'permission denied',
  hint: 'Run as root, or with CAP_NET_ADMIN (in a user namespace: unshare -Urn).',
};

/** What to do where nf_tables takes no match and no target of iptables. */
export const NFT_COMPAT =
  "Load what takes matches and targets of iptables into nf_tables (modprobe nft_compat; RHEL and Fedora have it in the package kernel-modules-extra), of a container on its host; or use the legacy tables (backend: 'legacy').";

/** What the socket failed with, as a failure of a backend; and why. */
export function told(error: unknown, namespace?: string | number): unknown {
  const { stage, errno, reason } = error as { stage?: string; errno: number; reason: string };
  if (stage === undefined) return error;
  if (stage === 'send') return reasoned(failure('commit', errno, reason));
  if (stage === 'receive') return reasoned(failure('unknown', errno, reason));
  return reasoned(
    Object.assign(error as BackendFailure, { refused: (error as Partial<BackendFailure>).refused ?? [] }),
    namespace,
  );
}

/** The failure with its reason, where nf_tables has one of its own. */
function reasoned(found: BackendFailure, namespace?: string | number): BackendFailure {
  const because = causeOf(found) ?? unopened(found.stage, found.reason, namespace);
  return because ? Object.assign(found, { because }) : found;
}

function causeOf({ stage, errno, reason, because }: BackendFailure): Cause | undefined {
  if (because) return because;
  if (errno === EPERM && stage !== 'edit') return PERMISSION;
  switch (stage) {
    case 'lock':
      if (errno === ETIMEDOUT)
        return {
          code: 'ERR_LOCK_TIMEOUT',
          why: 'other programs keep changing the ruleset',
          hint: 'Wait longer (lock.wait), or find out who writes: nft monitor.',
        };
      return errno === ECANCELED ? { code: 'ERR_ABORTED', why: 'waiting for its turn was given up' } : undefined;
    case 'read':
      if ([EINVAL, EOPNOTSUPP, EAFNOSUPPORT].includes(errno))
        return {
          code: 'ERR_NO_SUPPORT',
          why: 'this kernel has no nf_tables',
          hint: "Load it with modprobe nf_tables; if there is no such module, use the legacy tables: backend: 'legacy'.",
        };
      if (errno === EINTR)
        return {
          code: 'ERR_CONFLICT',
          why: 'other programs change the ruleset as often as it is read',
          hint: 'Try it again, or find out who writes: nft monitor.',
        };
      return errno === ENOBUFS
        ? { code: 'ERR_KERNEL', why: 'the answer was larger than the socket takes', hint: 'Raise net.core.rmem_max.' }
        : undefined;
    case 'rule':
      return { code: 'ERR_BAD_RULE', why: reason };
    case 'commit':
      return refused(errno, reason);
    default:
      return undefined;
  }
}

function refused(errno: number, reason: string): Cause | undefined {
  switch (errno) {
    case EMSGSIZE:
      return {
        code: 'ERR_KERNEL',
        why: `the edits are more than may be sent in one batch in this user namespace: ${reason}`,
        hint: 'Raise net.core.wmem_max, of which a socket takes twice as much, or make fewer edits at once.',
      };
    case ENOBUFS:
      return {
        code: 'ERR_KERNEL',
        why: 'the kernel had more to say than the socket takes',
        hint: 'Raise net.core.rmem_max.',
      };
    case EAGAIN:
      return {
        code: 'ERR_CONFLICT',
        why: 'another program changed the ruleset meanwhile',
        hint: 'List the table again.',
      };
    case EMLINK:
      return {
        code: 'ERR_BAD_RULE',
        why: 'the jumps between chains lead through more than 16 of them, or back to where they began',
        hint: 'nf_tables allows 16 at most; older kernels no circle, even where no packet comes.',
      };
    case EEXIST:
      return { code: 'ERR_CHAIN_EXISTS', why: reason };
    case EOPNOTSUPP:
      return {
        code: 'ERR_UNSUPPORTED_BY_KERNEL',
        why: `nf_tables refused the rules (${getSystemErrorMap().get(-errno)?.[1]})`,
        hint: 'A match or target may not be allowed in that table or chain: see iptables-extensions(8).',
      };
    default:
      return undefined;
  }
}
