/** What options of an extension have to do with each other, and how a wrong one is told. */
import { alternatives, Mismatch } from '../../errors';
import type { Hook, RuleFacts } from './definition';

/** A wrong combination of options: the option to blame, and what was expected of it. */
export type Complaint = { readonly option?: string; readonly expected: string } | undefined;
/** Looks at the options given (by their names on the command line). */
export type Constraint = (given: ReadonlySet<string>, negated: ReadonlySet<string>) => Complaint;

const dashed = (names: readonly string[]) => names.map((n) => `--${n}`);
export const exactlyOne =
  (...names: readonly string[]): Constraint =>
  (given) => {
    const found = names.filter((n) => given.has(n));
    if (found.length === 1) return undefined;
    return found.length > 1
      ? { option: found[1]!, expected: `only one of ${alternatives(dashed(names))}` }
      : { expected: names.length === 1 ? `--${names[0]}` : `one of ${alternatives(dashed(names))}` };
  };
export const atMostOne =
  (...names: readonly string[]): Constraint =>
  (given) => {
    const found = names.filter((n) => given.has(n));
    return found.length > 1
      ? { option: found[1]!, expected: `at most one of ${alternatives(dashed(names))}` }
      : undefined;
  };
export const atLeastOne =
  (...names: readonly string[]): Constraint =>
  (given) =>
    names.some((n) => given.has(n)) ? undefined : { expected: `at least one of ${alternatives(dashed(names))}` };
/** `name` may only be given along with all of `others`. */
export const needs =
  (name: string, ...others: readonly string[]): Constraint =>
  (given) =>
    given.has(name) && !others.every((o) => given.has(o))
      ? { option: name, expected: `${dashed(others).join(' and ')} with --${name}` }
      : undefined;
/** `name` may not be given along with any of `others`. */
export const excludes =
  (name: string, ...others: readonly string[]): Constraint =>
  (given) =>
    given.has(name) && others.some((o) => given.has(o))
      ? { option: name, expected: `--${name} without ${alternatives(dashed(others))}` }
      : undefined;

/** A Mismatch with the option that it is about. */
export class OptionMismatch extends Error {
  constructor(
    readonly option: string | undefined,
    readonly mismatch: Mismatch,
    /** What iptables says; nothing if it leaves it to the kernel. */
    readonly iptables = mismatch.iptables,
  ) {
    super(mismatch.message);
  }
}
/** What a check throws: this was expected of the option. */
export const wrong = (option: string, expected: string, received: unknown): OptionMismatch =>
  new OptionMismatch(option, new Mismatch(expected, received));
/** Checks that the option, if it is given, is given where it can be: in these built-in chains, or in those called from them. */
export function onlyIn(hooks: readonly Hook[], option: string, value: unknown, { chain = '' }: RuleFacts): void {
  if (value !== undefined && HOOKS.has(chain) && !hooks.includes(chain as Hook))
    throw wrong(option, `chain ${alternatives(hooks)}, or a chain called from there,`, chain);
}
const HOOKS: ReadonlySet<string> = new Set<Hook>(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
