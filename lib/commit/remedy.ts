/** What to do about a failure: each remedy has been tried. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { alternatives, nearest } from '../errors';
import { registry } from '../extensions/registry';
import type { Family } from '../rule/rule';
import { VERDICTS } from '../rule/rule';
import { builtinChains, TABLES } from '../rule/tables';

const { EACCES, EISDIR, ENOENT, ENOTDIR, EPERM } = constants.errno;

/** For a lock file that can't be used. */
export function lockFile(errno: number, path: string): string {
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

/** For a network namespace that can't be entered. */
export function namespace(given: string | number | undefined): string {
  if (typeof given === 'number') return 'Give the descriptor of an open network namespace, such as /run/netns/NAME.';
  const named = given !== undefined && !given.includes('/') ? `/run/netns/${given}` : undefined;
  return named !== undefined && existsSync(named)
    ? `Give the path of a network namespace: ${named}.`
    : 'Give the path of a network namespace that exists (ip netns list): /run/netns/NAME.';
}

/** For a table that the kernel doesn't have. */
export function table(name: string, family: Family): string {
  if (TABLES.includes(name))
    return `Load it with modprobe ${family === 'ipv4' ? 'iptable' : 'ip6table'}_${name}; if there is no such module, the kernel was built without it.`;
  const near = nearest(name, TABLES);
  return `${near === undefined ? '' : `Was ${near} meant? `}The tables are ${alternatives(TABLES).replace(' or ', ' and ')}.`;
}

/** For a chain that the edit was to change, and that isn't there. */
export function chain(name: string, table: string, operation: string): string {
  const elsewhere = TABLES.filter((each) => builtinChains(each).includes(name));
  if (elsewhere.length > 0)
    return `It is a built-in chain of ${elsewhere.length === 1 ? 'table' : 'tables'} ${alternatives(elsewhere).replace(' or ', ' and ')}, not of ${table}.`;
  const near = nearest(name, builtinChains(table));
  const meant = near === undefined ? '' : `Was ${near} meant? `;
  return /^(append|insert)/.test(operation)
    ? `${meant}${near === undefined ? 'Create' : 'Or create'} it first: createChain('${name}'), iptc -t ${table} -N ${name}.`
    : `${meant}iptc -t ${table} -S and table.state() show the chains that there are.`;
}

/** For a chain that a rule was to jump to, and that isn't there. */
export function target(name: string, family: Family, restoring: boolean): string {
  const create = restoring ? `Declare the chain before its rules: ":${name} - [0:0]".` : 'Create the chain first.';
  const near = nearest(name, [...VERDICTS, ...registry.target.names(family)]);
  if (near === undefined) return create;
  return `${create} Or was the target ${near} meant: -j ${near}, ${VERDICTS.has(near) ? `'${near}'` : `{ ${near}: { … } }`}?`;
}

/** For what can't be a policy. */
export function policy(name: string, chain: string | undefined, builtin: boolean, restoring: boolean): string {
  const rule = `-A ${chain ?? 'CHAIN'} -j ${name}`;
  if (builtin) return `End the chain with a rule that says so: ${rule}.`;
  return restoring
    ? `Declare it without one, ":${chain} - [0:0]", and end its rules with ${rule}.`
    : `End the chain with a rule without matches instead: ${rule}.`;
}
