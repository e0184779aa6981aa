/** What the addon's failures mean where only libiptc, its lock and its modules explain them, and what to do: tried. */
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { alternatives, nearest } from '../../errors';
import { TABLES } from '../../rule/tables';
import type { BackendFailure, Cause, Family } from '../backend';
import { unopened } from '../reasons';

const { EACCES, EAGAIN, ECANCELED, EISDIR, ENOENT, ENOPROTOOPT, ENOTDIR, EPERM, ETIMEDOUT } = constants.errno;

/** What was opened, and what of it was asked for. */
export interface Situation {
  readonly family: Family;
  readonly table?: string | undefined;
  readonly lockFile?: string | undefined;
  readonly namespace?: string | number | undefined;
  /** Why it isn't nf_tables that were opened, where that could have been. */
  readonly withoutNft?: string | undefined;
}
type Fault = Pick<BackendFailure, 'stage' | 'errno' | 'reason'>;

export function explain(fault: Fault, situation: Situation): Cause | undefined {
  const { stage, errno, reason } = fault;
  if (errno === EPERM && ['namespace', 'open', 'read', 'commit'].includes(stage))
    return {
      code: 'ERR_PERMISSION',
      why: 'permission denied',
      hint: 'Run as root, or with CAP_NET_ADMIN and CAP_NET_RAW (in a user namespace: unshare -Urnm).',
    };
  switch (stage) {
    case 'lock':
      return notLocked(fault, situation.lockFile);
    case 'read':
      return unread(fault, situation);
    case 'commit':
      if (errno !== EAGAIN) return undefined;
      return {
        code: 'ERR_CONFLICT',
        why: 'another program changed the table meanwhile',
        hint: 'Make sure that every program takes the xtables lock.',
      };
    case 'counters':
      return {
        code: 'ERR_KERNEL',
        why: `the rules are in the kernel, but counters could not be put back (${reason})`,
        hint: 'Do not repeat it. What rules and policies had counted is lost.',
      };
    default:
      return unopened(stage, reason, situation.namespace);
  }
}

function notLocked({ errno, reason }: Fault, file = '/run/xtables.lock'): Cause {
  if (errno === ETIMEDOUT)
    return {
      code: 'ERR_LOCK_TIMEOUT',
      why: 'another program holds the xtables lock',
      hint: `Wait longer (lock.wait, or wait of the call), or find out who holds it: fuser -v ${file}.`,
    };
  if (errno === ECANCELED) return { code: 'ERR_ABORTED', why: 'waiting for the xtables lock was given up' };
  return {
    code: errno === EPERM || errno === EACCES ? 'ERR_PERMISSION' : 'ERR_LOCK',
    why: `the xtables lock file ${file} can't be used (${reason})`,
    hint: lockRemedy(errno, file),
  };
}

function unread({ errno }: Fault, { family, table = '', withoutNft }: Situation): Cause | undefined {
  const six = family === 'ipv6' ? '6' : '';
  if (errno === ENOPROTOOPT)
    return {
      code: 'ERR_NO_SUPPORT',
      why: `this kernel has no legacy ip${six}tables support loaded${withoutNft === undefined ? '' : `, and ${withoutNft}`}`,
      hint: `Load it with modprobe ip${six}_tables${withoutNft === undefined ? '' : ', or the other with modprobe nft_compat'}; if there is no such module, the kernel was built without CONFIG_IP${six}_NF_IPTABLES_LEGACY${withoutNft === undefined ? '' : ' and CONFIG_NFT_COMPAT'}.`,
    };
  if (errno === ENOENT)
    return { code: 'ERR_NO_TABLE', why: 'the kernel has no such table', hint: tableRemedy(table, family) };
  return undefined;
}

function lockRemedy(errno: number, path: string): string {
  switch (errno) {
    case EISDIR:
      return `${path} is a folder. Give the path of a file: lock.path, or XTABLES_LOCKFILE.`;
    case ENOENT:
    case ENOTDIR:
      return `Make its folder (mkdir -p ${dirname(path)}), or give another file: lock.path, or XTABLES_LOCKFILE.`;
    case EACCES:
    case EPERM:
      return 'An ordinary user in a user namespace needs a lock file of his own: lock.path, or XTABLES_LOCKFILE.';
    default:
      return 'Give a file that can be locked, and that the other programs lock too: lock.path, or XTABLES_LOCKFILE.';
  }
}

function tableRemedy(name: string, family: Family): string {
  if (TABLES.includes(name))
    return `Load it with modprobe ${family === 'ipv4' ? 'iptable' : 'ip6table'}_${name}; if there is no such module, the kernel was built without it.`;
  const near = nearest(name, TABLES);
  return `${near === undefined ? '' : `Was ${near} meant? `}The tables are ${alternatives(TABLES).replace(' or ', ' and ')}.`;
}
