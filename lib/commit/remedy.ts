/** What to do about a failure: each remedy has been tried. */
import { alternatives, nearest } from '../errors';
import { registry } from '../extensions/registry';
import type { Family } from '../rule/rule';
import { VERDICTS } from '../rule/rule';
import { builtinChains, TABLES } from '../rule/tables';

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
