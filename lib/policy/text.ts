/** A plan as people read it: the lines that go and come, with those around them. */
import { isBuiltinChain } from '../table/names';
import { printName, RulePrinter } from '../text/print';
import type { Hunk, Rules } from './hunks';
import type { ChainPlan } from './maker';
import type { TablePlan } from './table';

/** Lines of `*TABLE`, then its chains, then their rules. A line begins with a space, + or -. */
export function* planLines(plan: TablePlan<never>, context: number): Generator<string> {
  if (plan.empty) return;
  const printer = new RulePrinter(plan.codec);
  const rule = (name: string, { chain, starts }: Rules, index: number) =>
    `-A ${printName(name)}${printer.print(chain.memory, starts[index]!)}`;
  yield `*${plan.name}`;
  const builtin = ({ name }: ChainPlan) => isBuiltinChain(plan.name, name);
  // As iptables-save declares them: those that are built in first.
  const sorted = [...plan.chains].sort((a, b) => Number(builtin(b)) - Number(builtin(a)) || (a.name < b.name ? -1 : 1));
  for (const { name, is, wanted, policy } of sorted) {
    if (policy) yield* [`-:${name} ${policy.was}`, `+:${name} ${policy.policy}`];
    if (!is) yield `+:${name} -`;
    if (!wanted) yield `-:${name} -`;
  }
  for (const { name, is, wanted, hunks } of sorted) {
    if (!wanted) for (let i = 0; i < is!.starts.length; i++) yield `-${rule(name, is!, i)}`;
    else
      yield* chainLines(hunks, is?.starts.length ?? 0, context, {
        kept: (i) => rule(name, is!, i),
        wanted: (i) => rule(name, wanted, i),
      });
  }
}

interface Printer {
  readonly kept: (index: number) => string;
  readonly wanted: (index: number) => string;
}

function* chainLines(hunks: readonly Hunk[], length: number, context: number, print: Printer): Generator<string> {
  /** What has been printed. */
  let done = 0;
  for (const [i, { from, deleted, first, inserted }] of hunks.entries()) {
    for (let at = Math.max(done, from - context); at < from; at++) yield ` ${print.kept(at)}`;
    for (let at = from; at < from + deleted; at++) yield `-${print.kept(at)}`;
    for (let at = first; at < first + inserted; at++) yield `+${print.wanted(at)}`;
    done = from + deleted;
    const end = Math.min(length, done + context, hunks[i + 1]?.from ?? length);
    for (; done < end; done++) yield ` ${print.kept(done)}`;
  }
}
