/** Both families as one: a rule goes to the family of its addresses, or to both. */
import { argument, named } from '../../arguments';
import type { TableName } from '../../codec/extension';
import { awaited, called } from '../../commit/call';
import type { WaitOptions } from '../../commit/waiting';
import { Mismatch } from '../../errors';
import { addressFamily } from '../../net/address';
import type { WideRule } from '../../rule/expand';
import type { AnyName, Family, Named, PlainRule, Rule } from '../../rule/rule';
import type { BuiltinChain, Chain, RuleText, WideRuleInput } from '../chain';
import type { TableEdits } from '../edits';
import type { EnsureChainOptions, EnsureOptions } from '../ensure';
import type { Firewall } from '../firewall';
import { type FirewallTransaction, transactOn } from '../firewall-transaction';
import type { Policy } from '../names';
import { type FirewallTransactionOptions, rulePosition } from '../options';
import { areOne } from '../transact';
import { type Split, split } from './split';

/** A rule for both families, or for that of its addresses; its sources may be of both. */
export type BothRule<T extends Named = AnyName> = WideRule<'ipv4', T> | WideRule<'ipv6', T> | RuleText;

const FAMILIES = ['ipv4', 'ipv6'] as const;

/** Does something to both; rejects with the first error when both have been tried. */
async function each<R>(work: (family: Family) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(FAMILIES.map((family) => work(family)));
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
const some = async (work: (family: Family) => Promise<boolean>): Promise<boolean> => (await each(work)).includes(true);

// biome-ignore lint/suspicious/noExplicitAny: of whatever table
type AnyTable = TableEdits<any, any>;

/** A chain of both families. */
export class BothChain {
  /** @internal */
  constructor(
    private readonly table: BothTable,
    readonly name: string,
  ) {}

  /**
   * Adds a rule at the end, of one family or both. Each is checked before anything is begun.
   *
   * @example await both.both.table('filter').chain('INPUT').append('-p icmp -j ACCEPT')
   */
  append<T extends Named = never>(rule: BothRule<T>, options?: WaitOptions): Promise<void> {
    return this.done((chain, rules) => chain.appendAll(rules, options), rule as BothRule);
  }
  /**
   * Adds several rules at the end, all or none in each family.
   *
   * @example await both.both.table('filter').chain('INPUT').appendAll(['-s 192.0.2.1 -j DROP', '-s 2001:db8::1 -j DROP'])
   */
  appendAll<T extends Named = never>(rules: Iterable<BothRule<T>>, options?: WaitOptions): Promise<void> {
    return this.done(
      (chain, given) => chain.appendAll(given, options),
      ...argument('appendAll', 'rules', rules, list<BothRule>),
    );
  }
  /**
   * Adds a rule before the one at a 1-based position, which is that of each family.
   *
   * @example await both.both.table('filter').chain('INPUT').insert('-i lo -j ACCEPT', 1)
   */
  insert<T extends Named = never>(rule: BothRule<T>, position = 1, options?: WaitOptions): Promise<void> {
    const at = argument('insert', 'position', position, rulePosition);
    return this.done(async (chain, rules) => {
      await Promise.all(rules.map((each, i) => chain.insert(each, at + i, options)));
    }, rule as BothRule);
  }
  /**
   * Adds a rule unless it is there (`Chain.ensure`).
   *
   * @example await both.both.table('filter').chain('INPUT').ensure({ source: ['192.0.2.1', '2001:db8::1'], target: 'DROP' })
   */
  ensure<T extends Named = never>(rule: BothRule<T>, options?: EnsureOptions): Promise<boolean> {
    return this.changed((chain, each) => chain.ensure(each, options), rule as BothRule);
  }
  /**
   * Deletes all rules that equal this one (`Chain.remove`).
   *
   * @example await both.both.table('filter').chain('INPUT').remove('-s 192.0.2.1 -j DROP')
   */
  remove<T extends Named = never>(rule: BothRule<T>, options?: WaitOptions): Promise<boolean> {
    return this.changed((chain, each) => chain.remove(each, options), rule as BothRule);
  }
  /**
   * Deletes all rules.
   *
   * @example await both.both.table('filter').chain('INPUT').flush()
   */
  flush(options?: WaitOptions): Promise<void> {
    return awaited(each((family) => this.of(family).flush(options)).then(() => {}));
  }
  /**
   * Sets the policy of a built-in chain.
   *
   * @example await both.both.table('filter').chain('INPUT').setPolicy('DROP')
   */
  setPolicy(policy: Policy, options?: WaitOptions): Promise<void> {
    return awaited(each((family) => (this.of(family) as BuiltinChain).setPolicy(policy, options)).then(() => {}));
  }

  private of(family: Family): Chain {
    return this.table.of(family).chain(this.name as 'OUTPUT');
  }
  private done(
    edit: (chain: Chain, rules: readonly Rule[]) => Promise<void>,
    ...rules: readonly BothRule[]
  ): Promise<void> {
    return awaited(
      (async () => {
        const parts = this.checked(rules);
        await each(async (family) => {
          if (parts[family].length > 0) await edit(this.of(family), parts[family]);
        });
      })(),
    );
  }
  private changed(
    step: (chain: Chain, rule: WideRuleInput<Family>) => Promise<boolean>,
    rule: BothRule,
  ): Promise<boolean> {
    return awaited(
      (async () => {
        const parts = this.checked([rule]);
        return some(async (family) => {
          const chain = this.of(family);
          return (await Promise.all(parts[family].map((each) => step(chain, each)))).includes(true);
        });
      })(),
    );
  }
  private checked(rules: readonly BothRule[]): Split {
    const parts = rules.map((rule) => split(rule as WideRule | string));
    const all = { ipv4: parts.flatMap(({ ipv4 }) => ipv4), ipv6: parts.flatMap(({ ipv6 }) => ipv6) };
    for (const family of FAMILIES)
      for (const rule of all[family]) this.table.of(family).encode(rule as PlainRule, this.name);
    return all;
  }
}

/** A table of both families. */
export class BothTable {
  /** @internal */
  constructor(
    private readonly tables: (family: Family) => AnyTable,
    readonly name: TableName,
  ) {}

  /**
   * A chain of both families.
   *
   * @example both.both.table('filter').chain('web')
   */
  chain(name: string): BothChain {
    this.of('ipv4').chain(name as 'OUTPUT'); // is it a name?
    return new BothChain(this, name);
  }
  /**
   * Makes a chain and its hook unless they are there (`Table.ensureChain`).
   *
   * @example await both.both.table('filter').ensureChain('bans', { hook: { chain: 'INPUT', position: 1 } })
   */
  ensureChain(name: string, options?: EnsureChainOptions): Promise<boolean> {
    return awaited(some((family) => this.of(family).ensureChain(name, options)));
  }
  /**
   * Deletes a chain, its rules, and all rules that lead to it (`Table.dropChain`).
   *
   * @example await both.both.table('filter').dropChain('bans')
   */
  dropChain(name: string, options?: WaitOptions): Promise<boolean> {
    return awaited(some((family) => this.of(family).dropChain(name, options)));
  }
  /**
   * Makes an empty chain.
   *
   * @example await both.both.table('filter').createChain('shop')
   */
  createChain(name: string, options?: WaitOptions): Promise<void> {
    return awaited(each((family) => this.of(family).createChain(name, options)).then(() => {}));
  }

  /** @internal */
  of(family: Family): AnyTable {
    return this.tables(family);
  }
}

/** The tables of both families in one network namespace. */
export class BothFamilies {
  /** Edits of both. */
  readonly both = { table: (name: TableName): BothTable => this.table(name) };

  /** @internal */
  constructor(
    readonly ipv4: Firewall<'ipv4'>,
    readonly ipv6: Firewall<'ipv6'>,
  ) {}

  /**
   * The firewall of an address's family.
   *
   * @example await both.of('2001:db8::1').table('filter').chain('INPUT').append('-s 2001:db8::1 -j DROP')
   */
  of(address: string): Firewall<Family> {
    const family = argument('of', 'address', address, (value) => {
      const found = addressFamily(named('an address')(value).replace(/\/.*$/, ''));
      if (!found) throw new Mismatch('an address', value);
      return found;
    });
    return this[family] as Firewall<Family>;
  }
  private table(name: TableName): BothTable {
    this.ipv4.table(name); // is there one?
    return new BothTable((family) => this[family].table(name), name);
  }

  /**
   * Makes edits of several tables of both families together, as Firewall.transaction does: all or none where `atomic` is
   * `all`, as on nf_tables; each table by itself where it is `table`.
   *
   * @example
   * await both.transaction(async (tx) => {
   *   await tx.both.table('filter').chain('INPUT').append('-i lo -j ACCEPT');
   *   await tx.ipv4.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');
   * });
   */
  transaction<R>(work: (tx: BothTransaction) => R | Promise<R>, options?: FirewallTransactionOptions): Promise<R> {
    return called(async () =>
      transactOn([this.ipv4, this.ipv6], this.transaction, work, options, (ipv4, ipv6) => {
        return new BothTransaction(ipv4 as FirewallTransaction<'ipv4'>, ipv6 as FirewallTransaction<'ipv6'>);
      }),
    );
  }
  /**
   * How far a transaction is one: `all` tables of both families, or each `table` by itself (legacy).
   *
   * @example console.log(both.atomic)
   */
  get atomic(): 'all' | 'table' {
    return areOne([this.ipv4.store, this.ipv6.store]) ? 'all' : 'table';
  }

  /**
   * Settles when all that was issued before has been tried.
   *
   * @example await both.drain()
   */
  drain(): Promise<void> {
    return awaited(each((family) => this[family].drain()).then(() => {}));
  }
  close(): Promise<void> {
    return awaited(each((family) => this[family].close()).then(() => {}));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What a transaction on both families edits. */
export class BothTransaction {
  /** Edits of both. */
  readonly both = {
    table: (name: TableName): BothTable => {
      const tables = { ipv4: this.ipv4.table(name), ipv6: this.ipv6.table(name) };
      return new BothTable((family) => tables[family], name);
    },
  };

  /** @internal */
  constructor(
    readonly ipv4: FirewallTransaction<'ipv4'>,
    readonly ipv6: FirewallTransaction<'ipv6'>,
  ) {}
}

function list<T>(value: unknown): readonly T[] {
  if (typeof value === 'string' || typeof (value as Iterable<T> | null)?.[Symbol.iterator] !== 'function')
    throw new Mismatch('a list of rules', value);
  return [...(value as Iterable<T>)];
}
