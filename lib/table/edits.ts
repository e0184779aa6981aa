/** What can be done to a table, by itself or in a transaction. */

import { optionsOf } from '../arguments';
import type { ChainCounters } from '../backend/told';
import type { TableName } from '../codec/extension';
import { type Call, called } from '../commit/call';
import type { Attempt } from '../commit/failure';
import type { Edits, Write } from '../commit/queue';
import { type LookOptions, lookingOf, type WaitOptions, waitingAs, waitingOf } from '../commit/waiting';
import { IptcError, show } from '../errors';
import type { EntryCodec } from '../rule/entry';
import { expanded } from '../rule/expand';
import type { Pattern } from '../rule/pattern';
import type { Family, Place, Rule } from '../rule/rule';
import { finish, sliced } from '../slice';
import { parseLine } from '../text/parse';
import { BuiltinChain, Chain, type RuleInput, type WideRuleInput } from './chain';
import { dropping, type EnsureChainOptions, ensureChainOptions, ensuringChain } from './ensure';
import {
  type BuiltinChainName,
  type ChainNameIn,
  checkChainName,
  checkNewChainName,
  isBuiltinChain,
  type Policy,
} from './names';
import type { TableState } from './state';
import type { Work } from './steps';

export abstract class TableEdits<F extends Family, T extends TableName> {
  /** @internal */ abstract readonly queue: Edits;

  /** @internal */
  protected constructor(
    readonly family: F,
    readonly name: T,
    /** @internal */ readonly codec: EntryCodec,
  ) {}

  /** @internal */ abstract read(call: Call): Promise<TableState<F>>;
  /** @internal */ abstract readSync(call: Call): TableState<F>;
  /** @internal Makes something so that may be so already. */
  abstract take<R>(call: Call, work: Work<F, T, R>): Promise<R>;

  /** The whole table at one moment: chains, policies, counters, rules. What was issued before is in it. */
  state(options?: LookOptions): Promise<TableState<F>> {
    const call = { ...this.call('read', this.state), waiting: lookingOf(this.state, options) };
    return called(() => this.read(call));
  }
  stateSync(): TableState<F> {
    return this.readSync(this.call('read', this.stateSync));
  }

  /** A chain by name; whether it's there is found out when something is done to it. */
  chain<N extends BuiltinChainName<T>>(name: N): BuiltinChain<F, T>;
  chain<N extends string>(name: N & ChainNameIn<T, N>): Chain<F, T>;
  chain(name: string): Chain<F, T> {
    checkChainName(this.where(), 'chain', name);
    return isBuiltinChain(this.name, name) ? new BuiltinChain<F, T>(this, name) : new Chain<F, T>(this, name);
  }

  /** Makes an empty chain (`-N`). ERR_CHAIN_EXISTS; ERR_BAD_CHAIN for a name that iptables or the kernel can't hold. */
  createChain(name: string, options?: WaitOptions): Promise<void> {
    return this.queue.push(this.call('create', this.createChain, name, options), this.creating(name));
  }
  createChainSync(name: string, options?: WaitOptions): void {
    this.queue.runSync(this.call('create', this.createChainSync, name, options), this.creating(name));
  }
  /** Gives a chain of the user's another name (`-E`); jumps follow. */
  renameChain(name: string, to: string, options?: WaitOptions): Promise<void> {
    return this.queue.push(this.call('rename', this.renameChain, name, options), this.renaming(name, to));
  }
  renameChainSync(name: string, to: string, options?: WaitOptions): void {
    this.queue.runSync(this.call('rename', this.renameChainSync, name, options), this.renaming(name, to));
  }
  /**
   * Makes a chain unless it is there, and a rule that leads to it, its hook, unless there is one. Resolves to whether
   * something changed. Any number of programs may do it at once.
   *
   * @example await filter.ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })
   *   // -N bans
   *   // -I INPUT 1 -j bans
   */
  ensureChain(name: string, options?: EnsureChainOptions<F>): Promise<boolean> {
    return called(async () => {
      const given = optionsOf('ensureChain', options, ensureChainOptions) as EnsureChainOptions<F>;
      const call = { ...this.call('ensure', this.ensureChain, name), ...waitingAs(given) };
      return this.take(call, ensuringChain(this, call, name, given));
    });
  }
  /**
   * Deletes a chain of the user's with its rules, and all rules that lead to it. Resolves to whether it was there. Any
   * number of programs may do it at once.
   *
   * @example await filter.dropChain('bans')
   *   // -D INPUT -j bans
   *   // -F bans
   *   // -X bans
   */
  dropChain(name: string, options?: WaitOptions): Promise<boolean> {
    return called(async () => {
      const call = this.call('drop', this.dropChain, name, options);
      return this.take(call, dropping(this, call, name));
    });
  }
  /** Deletes an empty chain of the user's that no rule jumps to (`-X CHAIN`). ERR_CHAIN_IN_USE. */
  deleteChain(name: string, options?: WaitOptions): Promise<void> {
    return this.queue.push(this.call('delete', this.deleteChain, name, options), this.deleting(name));
  }
  deleteChainSync(name: string, options?: WaitOptions): void {
    this.queue.runSync(this.call('delete', this.deleteChainSync, name, options), this.deleting(name));
  }
  /** Deletes all chains of the user's (`-X`); none if one of them is in use. */
  deleteChains(options?: WaitOptions): Promise<void> {
    return this.queue.push(this.call('delete the chains of', this.deleteChains, undefined, options), (program) =>
      program.deleteChains(),
    );
  }
  deleteChainsSync(options?: WaitOptions): void {
    this.queue.runSync(this.call('delete the chains of', this.deleteChainsSync, undefined, options), (program) =>
      program.deleteChains(),
    );
  }

  /** Deletes all rules of all chains (`-F`). */
  flush(options?: WaitOptions): Promise<void> {
    return this.queue.push(this.call('flush', this.flush, undefined, options), (program) => program.flushAll());
  }
  flushSync(options?: WaitOptions): void {
    this.queue.runSync(this.call('flush', this.flushSync, undefined, options), (program) => program.flushAll());
  }
  /**
   * Sets all counters, of rules and of policies, to zero (`-Z`), and gives what they were, chain by chain (Chain.zero).
   *
   * @example for (const { chain, rules } of await filter.zero()) console.log(chain, rules)
   */
  zero(options?: WaitOptions): Promise<readonly ChainCounters[]> {
    const zeroed = this.queue.push(
      this.call('zero the counters of', this.zero, undefined, options),
      (program) => program.tell().zeroAll(),
      (told) => told,
    );
    return called(async () => sliced((await zeroed).chains()));
  }
  zeroSync(options?: WaitOptions): readonly ChainCounters[] {
    const told = this.queue.runSync(
      this.call('zero the counters of', this.zeroSync, undefined, options),
      (program) => program.tell().zeroAll(),
      (each) => each,
    );
    return finish(told.chains());
  }

  /** @internal The entry of a rule for a chain; valid until the next call. */
  encode(rule: RuleInput<F>, chain: string, index?: number): Uint8Array {
    return this.understood(rule, chain, index, (data, place) => this.codec.encode(data, place));
  }
  /** @internal What a rule of a chain has to be that equals this one. */
  pattern(rule: RuleInput<F>, chain: string): Pattern {
    return this.understood(rule, chain, undefined, (data, place) => this.codec.pattern(data, place));
  }
  /** @internal The rules that one for a chain stands for. */
  expand(rule: WideRuleInput<F>, chain: string, index?: number): readonly Rule<F>[] {
    return this.understood(rule, chain, index, expanded) as readonly Rule<F>[];
  }
  private understood<R>(
    rule: WideRuleInput<F>,
    chain: string,
    index: number | undefined,
    use: (rule: Rule, place: Place) => R,
  ): R {
    try {
      return use(typeof rule === 'string' ? this.parsed(rule, chain) : (rule as Rule), { table: this.name, chain });
    } catch (error) {
      throw error instanceof IptcError ? error.within({ ...this.where(chain), index }) : error;
    }
  }

  /** `-A CHAIN` may stand before a rule, if it is the chain that the rule is for. */
  private parsed(text: string, chain: string): Rule {
    const { rule, chain: named } = parseLine(this.family, text);
    if (named !== undefined && named !== chain)
      throw new IptcError('ERR_BAD_RULE', `Expected a rule for chain ${chain} but received -A ${named}`, {
        option: 'append',
        hint: `Give it to chain('${named}'), or leave -A ${named} out.`,
      });
    return rule;
  }

  /** @internal */
  settingPolicy(chain: string, policy: Policy): Write {
    return (program) => {
      if (!isBuiltinChain(this.name, chain))
        throw new IptcError(
          'ERR_BAD_CHAIN',
          `Cannot set the policy of chain ${chain} of table ${this.name}: only built-in chains have one`,
          {
            ...this.where(chain),
            hint: 'End the chain with a rule without matches instead.',
          },
        );
      if (policy !== 'ACCEPT' && policy !== 'DROP')
        throw new IptcError(
          'ERR_BAD_ARGUMENT',
          `Expected ACCEPT or DROP for the policy of chain ${chain} but received ${show(policy)}`,
          { ...this.where(chain), hint: 'End the chain with a rule without matches for anything else.' },
        );
      program.chain(chain).policy(policy);
    };
  }

  private creating(name: string): Write {
    return (program) => {
      checkNewChainName(this.where(), 'createChain', name);
      program.chain(name).create();
    };
  }
  private renaming(name: string, to: string): Write {
    return (program) => {
      checkChainName(this.where(), 'renameChain', name);
      checkNewChainName(this.where(), 'renameChain', to, 'to');
      program.chain(name).rename(to);
    };
  }
  private deleting(name: string): Write {
    return (program) => {
      checkChainName(this.where(), 'deleteChain', name);
      program.chain(name).deleteChain();
    };
  }

  protected where(chain?: string) {
    return { family: this.family, table: this.name, chain } as const;
  }
  protected attempt({ operation, chain }: Call, index?: number): Attempt {
    return { operation, chain, table: this.name, family: this.family, index };
  }
  protected call(operation: string, method: Call['method'], chain?: string, options?: WaitOptions): Call {
    return { operation, chain, method, waiting: waitingOf(method, options) };
  }
}
