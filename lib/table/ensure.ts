/** What steps do that can be taken twice (steps.ts): edits that look first. */
import { fields, named } from '../arguments';
import type { TableName } from '../codec/extension';
import type { Call } from '../commit/call';
import { cannot } from '../commit/failure';
import { WAITING, type WaitOptions } from '../commit/waiting';
import { IptcError } from '../errors';
import type { Family, PlainRule, Rule } from '../rule/rule';
import { EntryView } from '../rule/view';
import { sliced } from '../slice';
import type { WideRuleInput } from './chain';
import type { TableEdits } from './edits';
import { checkChainName, checkNewChainName, isBuiltinChain } from './names';
import { ruleInput, rulePosition } from './options';
import type { TableState } from './state';
import type { Work } from './steps';
import type { Transaction } from './transaction';

export interface EnsureOptions extends WaitOptions, Positioned {}
interface Positioned {
  /** Where the rule is put if it isn't there: before the one at this 1-based position. At the end unless told. */
  readonly position?: number;
}
/** The rule that leads to a chain. */
export interface Hook<F extends Family> extends Positioned {
  /** The chain that it is in. */
  readonly chain: string;
  /** Which packets go there: a rule without a target. All of them unless told. */
  readonly rule?: WideRuleInput<F>;
}
export interface EnsureChainOptions<F extends Family = Family> extends WaitOptions {
  readonly hook?: Hook<F>;
}

// biome-ignore lint/suspicious/noExplicitAny: of whatever table
type Any<F extends Family> = TableEdits<F, any>;
type Tx<F extends Family> = Transaction<F, TableName>;

/** Rows of rules looked at between two steps. */
const STRETCH = 256;

export const ensureOptions = fields<EnsureOptions>({ ...WAITING, position: rulePosition });
export const ensureChainOptions = fields<EnsureChainOptions<Family>>({
  ...WAITING,
  hook: fields<Hook<Family>>(
    {
      position: rulePosition,
      chain: named('the name of a chain'),
      rule: ruleInput,
    },
    'chain',
  ),
});

export function ensuring<F extends Family>(
  table: Any<F>,
  call: Call,
  chain: string,
  rule: WideRuleInput<F>,
  { position }: EnsureOptions,
): Work<F, TableName, boolean> {
  const rules = checked(table, chain, rule);
  return async (tx) => ensure(tx, call, chain, rules, position);
}

export function removing<F extends Family>(
  table: Any<F>,
  call: Call,
  chain: string,
  rule: WideRuleInput<F>,
): Work<F, TableName, boolean> {
  const rules = checked(table, chain, rule);
  return async (tx) => {
    let changed = false;
    for (const each of rules) {
      const pattern = tx.pattern(each, chain);
      while (done(() => tx.queue.runSync(call, (program) => program.chain(chain).delete(pattern)), 'ERR_NO_RULE'))
        changed = true;
    }
    return changed;
  };
}

export function ensuringChain<F extends Family>(
  table: Any<F>,
  call: Call,
  name: string,
  { hook }: EnsureChainOptions<F>,
): Work<F, TableName, boolean> {
  const where = { family: table.family, table: table.name as string };
  checkChainName(where, 'ensureChain', name);
  const builtin = isBuiltinChain(table.name, name);
  if (!builtin) checkNewChainName(where, 'ensureChain', name);
  if (hook) checkChainName(where, 'ensureChain', hook.chain, 'hook.chain');
  const rules = hook && leading(table, hook, name);
  return async (tx) => {
    const made =
      !builtin && done(() => tx.queue.runSync(call, (program) => program.chain(name).create()), 'ERR_CHAIN_EXISTS');
    const hooked = hook !== undefined && ensure(tx, call, hook.chain, rules!, hook.position);
    return made || hooked;
  };
}

/** The rules that lead there. */
function leading<F extends Family>(table: Any<F>, hook: Hook<F>, name: string): readonly Rule<F>[] {
  const given = checked(table, hook.chain, hook.rule ?? {});
  const rules = given.map((rule) => {
    const { target } = rule as PlainRule<F>;
    if ('entry' in rule || (target !== undefined && target !== name && (target as { goto?: unknown }).goto !== name))
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected a rule that leads to ${name}, so one without a target, for hook.rule of ensureChain() but received another`,
        {
          path: 'hook.rule.target',
        },
      );
    return { ...rule, target: target ?? name } as Rule<F>;
  });
  for (const rule of rules) table.encode(rule, hook.chain);
  return rules;
}

export function dropping<F extends Family>(table: Any<F>, call: Call, name: string): Work<F, TableName, boolean> {
  checkChainName({ family: table.family, table: table.name }, 'dropChain', name);
  if (isBuiltinChain(table.name, name))
    throw cannot('ERR_BAD_CHAIN', { ...call, table: table.name, family: table.family }, 'it is built in', {
      chain: name,
      hint: 'Flush it instead.',
    });
  return async (tx) => {
    const state = await tx.state();
    if (!state.chain(name)) return false;
    for (const { chain, index } of await sliced(jumpsTo(tx, state, name)))
      tx.queue.runSync(call, (program) => program.chain(chain).deleteAt(index));
    tx.queue.runSync(call, (program) => program.chain(name).flush());
    tx.queue.runSync(call, (program) => program.chain(name).deleteChain());
    return true;
  };
}

/** The rules that lead to a chain, the last ones first, but for its own. */
function* jumpsTo<F extends Family>(tx: Tx<F>, state: TableState<F>, name: string) {
  const found: { readonly chain: string; readonly index: number }[] = [];
  const view = new EntryView(tx.codec.shape);
  let looked = 0;
  for (const chain of state.each()) {
    let index = 0;
    if (chain.name !== name)
      for (const at of chain.entries()) {
        if (view.on(chain.memory, at).jump === name) found.push({ chain: chain.name, index });
        index++;
        if (++looked % STRETCH === 0) yield;
      }
    if (++looked % STRETCH === 0) yield;
  }
  return found.reverse();
}

function ensure<F extends Family>(
  tx: Tx<F>,
  call: Call,
  chain: string,
  rules: readonly Rule<F>[],
  position: number | undefined,
): boolean {
  let at = position;
  let changed = false;
  for (const rule of rules) {
    const pattern = tx.pattern(rule, chain);
    if (done(() => tx.queue.runSync(call, (program) => program.chain(chain).check(pattern)), 'ERR_NO_RULE')) continue;
    const entry = tx.encode(rule, chain);
    tx.queue.runSync(call, (program) => {
      program.chain(chain);
      if (at === undefined) program.append(entry);
      else program.insert(at++ - 1, entry);
    });
    changed = true;
  }
  return changed;
}

/** The rules that one stands for, each of which can be written. */
function checked<F extends Family>(table: Any<F>, chain: string, rule: WideRuleInput<F>): readonly Rule<F>[] {
  const rules = table.expand(rule, chain);
  for (const each of rules) table.encode(each, chain);
  return rules;
}

/** Does it; false if that fails in the way that is as good. */
function done(work: () => void, otherwise: IptcError['code']): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof IptcError && error.code === otherwise) return false;
    throw error;
  }
}
