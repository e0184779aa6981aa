/** One chain of a table: what can be done to its rules. */

import { optionsOf } from '../arguments';
import type { ChainCounters, ToldRecord } from '../backend/told';
import type { TableName } from '../codec/extension';
import { type Call, called, placedAt } from '../commit/call';
import {
  type LookOptions,
  lookingOf,
  type ReadOptions,
  type WaitOptions,
  waitingAs,
  waitingOf,
} from '../commit/waiting';
import { IptcError } from '../errors';
import type { WideRule } from '../rule/expand';
import type { AnyName, Counters, Family, ListedRule, Named, Rule } from '../rule/rule';
import { finish, sliced } from '../slice';
import type { TableEdits } from './edits';
import { type EnsureOptions, ensureOptions, ensuring, removing } from './ensure';
import type { Policy } from './names';
import { unhurried } from './printed';
import type { ChainState, TableState } from './state';
import { ChainWrites, expecting } from './writes';

/** A rule as data, or as the text that iptables-save prints behind `-A CHAIN`. */
export type RuleInput<F extends Family, T extends Named = AnyName> = Rule<F, T> | RuleText;
/** The same, or a rule that stands for several: of several addresses, or of more than 15 ports. */
export type WideRuleInput<F extends Family, T extends Named = AnyName> = WideRule<F, T> | RuleText;
/** Any text: a rule is one if it begins with a dash or an exclamation mark. */
export type RuleText = `-${string}` | `!${string}` | '';

/** What an edit by number may expect at its position: rejected with ERR_CONFLICT if another rule is there. */
export interface ExpectOptions<F extends Family> extends WaitOptions {
  readonly expect?: RuleInput<F>;
}

/** A chain of a table: where rules are added, looked for and deleted. It needn't be there yet. */
export class Chain<F extends Family = Family, T extends TableName = TableName> {
  private readonly writes: ChainWrites<F>;

  /** @internal */
  constructor(
    /** @internal */ protected readonly table: TableEdits<F, T>,
    readonly name: string,
  ) {
    this.writes = new ChainWrites(table, name);
  }

  /**
   * Adds a rule at the end (`-A`). Rejects with ERR_BAD_RULE, ERR_NO_CHAIN, ERR_UNSUPPORTED_BY_KERNEL …
   *
   * @example await input.append({ protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' })
   *   // -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
   */
  append<N extends Named = never>(rule: RuleInput<F, N>, options?: WaitOptions): Promise<void> {
    return this.table.queue.push(
      this.call('append a rule to', this.append, options),
      this.writes.append(rule as RuleInput<F>),
    );
  }
  appendSync<N extends Named = never>(rule: RuleInput<F, N>, options?: WaitOptions): void {
    this.table.queue.runSync(
      this.call('append a rule to', this.appendSync, options),
      this.writes.append(rule as RuleInput<F>),
    );
  }
  /**
   * Adds several rules at the end, all or none; an error tells the index of the rule. A long list is read bit by bit, so
   * that the event loop isn't held up: it must stay as it is until then. One that stands for several (WideRule) is several.
   */
  appendAll<N extends Named = never>(rules: Iterable<WideRuleInput<F, N>>, options?: WaitOptions): Promise<void> {
    const parts = this.writes.appendAll(rules as Iterable<WideRuleInput<F>>);
    return this.table.queue.pushEach(this.call('append rules to', this.appendAll, options), parts);
  }
  appendAllSync<N extends Named = never>(rules: Iterable<WideRuleInput<F, N>>, options?: WaitOptions): void {
    const parts = this.writes.appendAll(rules as Iterable<WideRuleInput<F>>);
    this.table.queue.runEachSync(this.call('append rules to', this.appendAllSync, options), parts);
  }

  /** Adds a rule before the one at a 1-based position (`-I CHAIN 1`), or at the end if it is one more than there are. */
  insert<N extends Named = never>(rule: RuleInput<F, N>, position = 1, options?: WaitOptions): Promise<void> {
    return this.table.queue.push(
      this.call('insert a rule into', this.insert, options),
      this.writes.insert(rule as RuleInput<F>, position),
    );
  }
  insertSync<N extends Named = never>(rule: RuleInput<F, N>, position = 1, options?: WaitOptions): void {
    this.table.queue.runSync(
      this.call('insert a rule into', this.insertSync, options),
      this.writes.insert(rule as RuleInput<F>, position),
    );
  }

  /** Puts a rule in the place of the one at a 1-based position (`-R`). */
  replace<N extends Named = never>(position: number, rule: RuleInput<F, N>, options?: ExpectOptions<F>): Promise<void> {
    const given = expecting('replace', options);
    const call = { ...this.call('replace a rule of', this.replace), waiting: given };
    return this.table.queue.push(call, this.writes.replace(position, rule as RuleInput<F>, given));
  }
  replaceSync<N extends Named = never>(position: number, rule: RuleInput<F, N>, options?: ExpectOptions<F>): void {
    const given = expecting('replace', options);
    const call = { ...this.call('replace a rule of', this.replaceSync), waiting: given };
    this.table.queue.runSync(call, this.writes.replace(position, rule as RuleInput<F>, given));
  }

  /**
   * Deletes the first rule that equals this one (`-D`), or the rule at a 1-based position, and gives what it had counted in
   * the end. ERR_NO_RULE if there is none. Of edits that share a commit each gives what it would by itself: of a rule that
   * was set to zero before, what it has counted since. In a transaction it is what was counted when that began.
   *
   * @example const { packets, bytes } = await input.delete('-s 192.0.2.1 -j DROP')
   *   // -D INPUT -s 192.0.2.1/32 -j DROP
   */
  delete<N extends Named = never>(rule: RuleInput<F, N> | number, options?: ExpectOptions<F>): Promise<Counters> {
    const given = expecting('delete', options);
    const call = { ...this.call('delete a rule of', this.delete), waiting: given };
    return this.table.queue.push(call, this.writes.delete(rule as RuleInput<F> | number, given), countersIn);
  }
  deleteSync<N extends Named = never>(rule: RuleInput<F, N> | number, options?: ExpectOptions<F>): Counters {
    const given = expecting('delete', options);
    const call = { ...this.call('delete a rule of', this.deleteSync), waiting: given };
    return this.table.queue.runSync(call, this.writes.delete(rule as RuleInput<F> | number, given), countersIn);
  }

  /** Whether a rule that equals this one is there (`-C`). Edits issued before count. */
  check<N extends Named = never>(rule: RuleInput<F, N>, options?: WaitOptions): Promise<boolean> {
    return called(() =>
      present(
        this.table.queue.push(
          this.call('check a rule of', this.check, options),
          this.writes.check(rule as RuleInput<F>),
        ),
      ),
    );
  }
  checkSync<N extends Named = never>(rule: RuleInput<F, N>, options?: WaitOptions): boolean {
    return presentSync(() =>
      this.table.queue.runSync(
        this.call('check a rule of', this.checkSync, options),
        this.writes.check(rule as RuleInput<F>),
      ),
    );
  }

  /**
   * Adds a rule unless one that equals it is there: before the one at a 1-based position, or at the end. One that is there
   * stays where it is. Resolves to whether something changed. Any number of programs may do it at once.
   *
   * @example await input.ensure({ source: ['192.0.2.1', '192.0.2.2'], target: 'DROP' }, { position: 1 })
   *   // -I INPUT 1 -s 192.0.2.1/32 -j DROP
   *   // -I INPUT 2 -s 192.0.2.2/32 -j DROP
   */
  ensure<N extends Named = never>(rule: WideRuleInput<F, N>, options?: EnsureOptions): Promise<boolean> {
    return called(async () => {
      const given = optionsOf('ensure', options, ensureOptions);
      const call = { ...this.call('ensure a rule of', this.ensure), ...waitingAs(given) };
      return this.table.take(call, ensuring(this.table, call, this.name, rule as WideRuleInput<F>, given));
    });
  }
  /**
   * Deletes all rules that equal this one: none is as good. Resolves to whether something changed. Any number of programs
   * may do it at once.
   *
   * @example await input.remove('-s 192.0.2.1 -j DROP')
   *   // -D INPUT -s 192.0.2.1/32 -j DROP
   */
  remove<N extends Named = never>(rule: WideRuleInput<F, N>, options?: WaitOptions): Promise<boolean> {
    return called(async () => {
      const call = this.call('remove a rule from', this.remove, options);
      return this.table.take(call, removing(this.table, call, this.name, rule as WideRuleInput<F>));
    });
  }

  /** Deletes all rules (`-F`). */
  flush(options?: WaitOptions): Promise<void> {
    return this.table.queue.push(this.call('flush', this.flush, options), (p) => p.chain(this.name).flush());
  }
  flushSync(options?: WaitOptions): void {
    this.table.queue.runSync(this.call('flush', this.flushSync, options), (p) => p.chain(this.name).flush());
  }

  /**
   * Sets the counters of the rule at a 1-based position to zero, or of all rules and of the policy (`-Z`), and gives what
   * they were: what is counted from there on is there. A second one in the same commit gives zeros. In a transaction it is
   * what was counted when that began.
   *
   * @example const { rules: [first] } = await input.zero()
   *   // -Z INPUT
   */
  zero(position: number, options?: WaitOptions): Promise<Counters>;
  zero(position?: undefined, options?: WaitOptions): Promise<ChainCounters>;
  zero(position?: number, options?: WaitOptions): Promise<Counters | ChainCounters>;
  zero(position?: number, options?: WaitOptions): Promise<Counters | ChainCounters> {
    const call = this.call('zero the counters of', this.zero, options);
    const write = this.writes.zero(position);
    if (position !== undefined) return this.table.queue.push(call, write, countersIn);
    const zeroed = this.table.queue.push(call, write, (told) => told);
    return called(async () => (await sliced((await zeroed).chains()))[0]!);
  }
  zeroSync(position: number, options?: WaitOptions): Counters;
  zeroSync(position?: undefined, options?: WaitOptions): ChainCounters;
  zeroSync(position?: number, options?: WaitOptions): Counters | ChainCounters;
  zeroSync(position?: number, options?: WaitOptions): Counters | ChainCounters {
    const call = this.call('zero the counters of', this.zeroSync, options);
    const write = this.writes.zero(position);
    if (position !== undefined) return this.table.queue.runSync(call, write, countersIn);
    return finish(this.table.queue.runSync(call, write, (told) => told).chains())[0]!;
  }

  /**
   * The rules, with their counters. ERR_NO_CHAIN if the chain isn't there.
   *
   * @example await input.list({ counters: false }) // again what it was, if nothing has changed
   */
  list(options?: LookOptions): Promise<readonly ListedRule<F>[]> {
    return called(async () => sliced((await this.read(this.reading(this.list, options))).decoding()));
  }
  listSync(): readonly ListedRule<F>[] {
    return this.readSync(this.listSync).rules;
  }

  /**
   * The same one after the other, each decoded when its turn comes: of many, all of them at once take long to be made.
   *
   * @example for await (const rule of input.rules()) console.log(rule.counters.packets)
   */
  rules(options?: LookOptions): AsyncGenerator<ListedRule<F>, void> {
    const call = this.reading(this.rules, options);
    call.waiting?.(); // looked at before it is iterated over
    return unhurried(() => this.read(call));
  }

  /** Rules, policy, counters and references at one moment, decoded where they're looked at. */
  state(options?: LookOptions): Promise<ChainState<F>> {
    return called(() => this.read(this.reading(this.state, options)));
  }

  protected async read(call: Call): Promise<ChainState<F>> {
    return this.found(await this.table.read(call));
  }
  protected reading(method: Call['method'], options: LookOptions | undefined): Call {
    return { operation: 'read', method, waiting: lookingOf(method, options) };
  }
  private readSync(method: Call['method']): ChainState<F> {
    try {
      return this.found(this.table.readSync({ operation: 'read', method }));
    } catch (error) {
      throw placedAt(error, method);
    }
  }

  private found(table: TableState<F>): ChainState<F> {
    const chain = table.chain(this.name);
    if (chain) return chain;
    throw new IptcError(
      'ERR_NO_CHAIN',
      `Cannot list chain ${this.name} of table ${this.table.name}: there is no such chain`,
      this.where(),
    );
  }

  protected call(operation: string, method: Call['method'], options?: WaitOptions): Call {
    return { operation, chain: this.name, method, waiting: waitingOf(method, options) };
  }

  private where() {
    return { family: this.table.family, table: this.table.name, chain: this.name } as const;
  }
}

/** A chain that packets enter by themselves: it has a policy. */
export class BuiltinChain<F extends Family = Family, T extends TableName = TableName> extends Chain<F, T> {
  /** What happens to packets that no rule decides about. */
  policy(options?: ReadOptions): Promise<Policy> {
    return called(async () => (await this.read(this.reading(this.policy, options))).policy as Policy);
  }
  /** Sets the policy (`-P`); its counters begin at zero. */
  setPolicy(policy: Policy, options?: WaitOptions): Promise<void> {
    return this.table.queue.push(
      this.call('set the policy of', this.setPolicy, options),
      this.table.settingPolicy(this.name, policy),
    );
  }
  setPolicySync(policy: Policy, options?: WaitOptions): void {
    this.table.queue.runSync(
      this.call('set the policy of', this.setPolicySync, options),
      this.table.settingPolicy(this.name, policy),
    );
  }
}

const countersIn = (told: ToldRecord): Counters => told.counters;

async function present(checked: Promise<void>): Promise<boolean> {
  try {
    await checked;
    return true;
  } catch (error) {
    return absent(error);
  }
}
function presentSync(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    return absent(error);
  }
}
function absent(error: unknown): false {
  if (error instanceof IptcError && error.code === 'ERR_NO_RULE') return false;
  throw error;
}
