/** Variables in rules: `${lan}`. What they are is one word of a rule, and can't become more. */
import { IptcError, Mismatch } from '../errors';

const NAME = /\$\{(\w+)\}/g;

export function isGiven(value: unknown): string {
  if (typeof value !== 'string' || !/^(?!-)[\w.:/,+@%-]{1,1000}$/.test(value))
    throw new Mismatch('a word of letters, digits and .:/,+@%-', value);
  return value;
}

/** The same with what is known in the place of variables. Keys stay as they are. */
export function substituted<T>(value: T, known: Readonly<Record<string, string>>): T {
  const put = (each: unknown): unknown => {
    if (typeof each === 'string')
      return each.replace(NAME, (all, name: string) => (Object.hasOwn(known, name) ? known[name]! : all));
    if (Array.isArray(each)) return each.map(put);
    if (typeof each === 'object' && each !== null)
      return Object.fromEntries(Object.entries(each).map(([key, member]) => [key, put(member)]));
    return each;
  };
  return put(value) as T;
}

/** The names of variables that are left. */
export function variablesIn(value: unknown): readonly string[] {
  const names = new Set<string>();
  JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'string') for (const [, name] of each.matchAll(NAME)) names.add(name!);
    return each;
  });
  return [...names];
}
export const isVarying = (value: unknown): boolean => variablesIn(value).length > 0;

export function requireKnown(what: string, value: unknown): void {
  const [name] = variablesIn(value);
  if (name !== undefined)
    throw new IptcError('ERR_BAD_RULE', `Cannot use ${what}: nothing says what \${${name}} is on this host`, {
      hint: `Set it for the host (iptc fleet host HOST --set ${name}=…), or give it a default in the policy.`,
    });
}
