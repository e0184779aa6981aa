/// <reference lib="esnext.disposable" preserve="true" />
/** The tables of one family in one network namespace. */
import { argument, optionsOf } from '../arguments';
import type { Backend, BackendKind, ForeignChain } from '../backend/backend';
import type { Observation, Observer } from '../backend/observe';
import type { TableName } from '../codec/extension';
import { type Call, called } from '../commit/call';
import type { Waiting } from '../commit/committer';
import { Events, type FirewallEventName, type Listener } from '../commit/events';
import { asked, told } from '../commit/failure';
import type { Metrics } from '../commit/metrics';
import type { CommitQueue } from '../commit/queue';
import { type ReadOptions, readingOf } from '../commit/waiting';
import { IptcError } from '../errors';
import { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { Slice } from '../slice';
import type { BothFamilies } from './both/both';
import { openedBoth } from './both/open';
import { type FirewallTransaction, transactOn } from './firewall-transaction';
import { BackendKernel } from './kernel';
import { isTableName, noTable } from './names';
import { lostPath, observed } from './observe';
import { applyOptions, openStore, openTable } from './open';
import {
  type FirewallOptions,
  type FirewallTransactionOptions,
  firewallOptions,
  type OpenBothOptions,
  openingBoth,
  type Restored,
  type RestoreInput,
  type RestoreOptions,
  restorable,
  restoring,
  type SaveOptions,
  saving,
} from './options';
import { joinedText } from './printed';
import { restoreInto } from './restore/firewall';
import type { RestoreHooks } from './restore/table';
import type { TableState } from './state';
import type { Table } from './table';
import { areOne } from './transact';
import { aVersion, versionOf } from './version';

/**
 * The tables of one family in one network namespace: `Firewall.open()` opens them, `table()` gives one, `close()` lets go
 * of the thread and whatever else it holds.
 */
export class Firewall<F extends Family = Family> {
  readonly family: F;
  /** What has been done so far. */
  readonly metrics: Metrics;
  private readonly events: Events;
  private readonly kernel: BackendKernel;
  private readonly codec: EntryCodec;
  private readonly tables = new Map<TableName, Table<F>>();

  private constructor(
    /** @internal */ readonly store: Backend,
    private readonly options: FirewallOptions<F>,
  ) {
    this.family = store.family as F;
    this.events = new Events(store);
    this.metrics = this.events.metrics;
    this.kernel = new BackendKernel(store);
    this.codec = new EntryCodec(this.kernel);
  }

  /**
   * Opens the tables of a family. Nothing is read or locked yet.
   * Rejects with ERR_NAMESPACE or ERR_NO_ADDON; the first use of a table says if the kernel or a right is missing.
   *
   * @typeParam F The family that the options name.
   * @typeParam G The same: what the firewall is given to has no say in it.
   * @example const firewall = await Firewall.open({ family: 'ipv4' })
   */
  static async open<F extends Family = 'ipv4', G extends F = F>(options?: FirewallOptions<F>): Promise<Firewall<G>> {
    return Firewall.openSync<F, G>(options);
  }
  static openSync<F extends Family = 'ipv4', G extends F = F>(options?: FirewallOptions<F>): Firewall<G> {
    const given = firewallOptions<F>(options);
    return new Firewall<G>(openStore(given), given as FirewallOptions<G>);
  }

  /** What the tables live in: `legacy`, `nft` or `memory`. */
  get backend(): BackendKind {
    return this.store.kind;
  }

  /**
   * Opens the tables of both families. Edits of `both` go to the family of the rule's addresses, or to both of them:
   * REJECT's answers, ICMP types, `ttl` and the like are said as each family says them.
   *
   * @example
   * const firewall = await Firewall.openBoth();
   * await firewall.both.table('filter').chain('INPUT').append('-p icmp --icmp-type echo-request -j ACCEPT');
   * // iptables -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
   * // ip6tables -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
   */
  static async openBoth(options?: OpenBothOptions): Promise<BothFamilies> {
    return openedBoth(optionsOf('openBoth', options, openingBoth), (given) => Firewall.openSync(given));
  }

  /** A path to the network namespace that the tables belong to, while the firewall is open. */
  get namespace(): string {
    return this.store.namespace;
  }

  /** @internal Where its tables are, for another process; undefined if only this one has them. */
  get place() {
    const { namespace, kind: backend } = this.store;
    const { lock } = this.options;
    return backend === 'memory' ? undefined : ({ namespace, backend, ...(lock !== undefined && { lock }) } as const);
  }

  /**
   * Calls a function at each commit, conflict, split batch or warning of refills, whatever of this firewall has made it.
   * The channels `libiptc:commit` and so on of node:diagnostics_channel tell the same of all firewalls of the process.
   *
   * @example firewall.on('commit', ({ table, edits, timing }) => console.log(table, edits, timing.commit))
   */
  on<N extends FirewallEventName>(event: N, listener: Listener<N>): this {
    this.events.on(event, listener);
    return this;
  }
  /** Calls it no more. */
  off<N extends FirewallEventName>(event: N, listener: Listener<N>): this {
    this.events.off(event, listener);
    return this;
  }

  /** @internal Tells of changes of these tables, whoever makes them. */
  observe(tables: readonly TableName[], observer: Observer): Observation {
    return observed(this.store, tables, observer);
  }
  /** @internal The path by which it was opened, if that isn't any more the path of its namespace. */
  get lostPath(): string | undefined {
    return lostPath(this.options.namespace, this.namespace);
  }

  /** One of the tables raw, mangle, nat, filter and security. */
  table<T extends TableName>(name: T): Table<F, T> {
    if (!isTableName(name) && !(this.options.manner && typeof name === 'string'))
      throw new IptcError(typeof name === 'string' ? 'ERR_NO_TABLE' : 'ERR_BAD_ARGUMENT', noTable(name), {
        family: this.family,
      });
    let table = this.tables.get(name);
    if (!table) {
      const { store, codec, events, options } = this;
      const applying = (how?: Waiting) => applyOptions(options, how);
      table = openTable<F>({ store, codec, events, queue: options.queue, applying }, name);
      this.tables.set(name, table);
    }
    return table as unknown as Table<F, T>;
  }

  /** The tables that the kernel has loaded, in iptables-save's order. */
  loadedTables(): string[] {
    return asked(this.attempt('list the tables'), () => [...this.store.tables()]);
  }

  /**
   * Chains of nft's own in tables that iptables-nft has, too: of other hooks, or of longer names. Nothing that is done
   * to the tables touches them. None in legacy tables.
   */
  foreignChains(): ForeignChain[] {
    return asked(this.attempt('list foreign chains'), () => [...(this.store.foreignChains?.() ?? [])]);
  }
  private attempt(operation: string) {
    return { operation, family: this.family };
  }

  /**
   * A text that is another one once something has changed in a table, but for counters (`Table.version`).
   *
   * @example
   * const version = await firewall.version();
   * if (await firewall.changed(version)) await firewall.save();
   */
  version(options?: ReadOptions): Promise<string> {
    const operation = 'read the tables';
    const call = { operation, everywhere: true, method: this.version, waiting: readingOf(this.version, options) };
    return called(async () => {
      await Promise.all(this.queues.filter((queue) => !queue.isOwn()).map((queue) => queue.drain(call)));
      return versionOf(this.store, this.codec).catch((error: unknown) => {
        throw told(error, this.attempt(operation));
      });
    });
  }
  /** Whether something may have changed since it had that version. */
  changed(since: string, options?: ReadOptions): Promise<boolean> {
    return called(async () => argument('changed', 'since', since, aVersion) !== (await this.version(options)));
  }

  /**
   * The tables as iptables-save prints them, in its order, without its comments: those that the kernel has loaded, or
   * the ones named. encodeText() makes a file's bytes of it, also where names and comments aren't UTF-8.
   *
   * @example await firewall.save({ counters: true })
   */
  save(options?: SaveOptions): Promise<string> {
    return called(async () => {
      const { counters = false, tables, ...given } = optionsOf('save', options, saving);
      let text = '';
      for (const state of this.states(tables, this.save, given))
        text += await joinedText((await state).saveTexts({ counters }));
      return text;
    });
  }
  /** The same, line by line without newlines: a large ruleset need not be one text. */
  saveLines(options?: SaveOptions): AsyncGenerator<string> {
    return this.lines(optionsOf('saveLines', options, saving));
  }
  private async *lines({ counters = false, tables, ...given }: SaveOptions): AsyncGenerator<string> {
    const slice = new Slice();
    for (const state of this.states(tables, this.saveLines, given))
      for (const line of (await state).saveLines({ counters })) {
        yield line;
        if (slice.over) await slice.next();
      }
  }
  /** All of them as they are now, whatever is issued while the first is printed. */
  private states(
    tables: readonly TableName[] | undefined,
    method: Call['method'],
    given: ReadOptions,
  ): Promise<TableState<F>>[] {
    const busy = () => [...this.tables.values()].filter(({ queue }) => !queue.idle).map(({ name }) => name);
    const names = new Set<string>(tables ?? [...this.loadedTables(), ...busy()]);
    return Array.from(names, (name) => {
      const state = this.table(name as TableName).read({ operation: 'read', method, waiting: () => given });
      state.catch(() => {}); // told when it is its turn
      return state;
    });
  }

  /**
   * Makes tables what a file of iptables-save says, as iptables-restore does: text, bytes, a list of lines or a stream
   * (Pieces says what of each may be cut where), or data as parseRuleset gives it. Each table is changed as a whole or not
   * at all, one after the other; tables that aren't named stay as they are. Edits that were issued before come before.
   * Rejects with line and column, or the index of the rule; nothing of that table is done then, while tables before it stay
   * changed. Resolves with what it found in the input.
   *
   * @example await firewall.restore(createReadStream('/etc/iptables/rules.v4'), { counters: true })
   */
  restore(input: RestoreInput<F>, options?: RestoreOptions): Promise<Restored> {
    return this.restoreAloud(input, options, {});
  }
  /** @internal The same, with what iptables-restore says and shows. */
  restoreAloud(input: RestoreInput<F>, options: RestoreOptions | undefined, hooks: RestoreHooks): Promise<Restored> {
    return called(async () => {
      const given = optionsOf('restore', options, restoring);
      const source = argument('restore', 'input', input, restorable);
      return restoreInto(
        {
          store: this.store,
          codec: this.codec,
          metrics: this.metrics,
          manner: this.options.manner,
          apply: applyOptions(this.options, given),
          table: (name) => this.table(name) as unknown as Table,
        },
        source,
        given,
        { operation: 'restore', everywhere: true, method: this.restore, waiting: () => given },
        hooks,
      );
    });
  }

  /**
   * Makes edits of several tables together. `work` gets each of them by `tx.table()`, edits and reads it as in
   * Table.transaction, and runs again if somebody else changed one that it used. The tables that it may use have no other
   * edits of this firewall's meanwhile. Where `atomic` is `all` either all of it comes into force, or nothing; where it is
   * `table`, on legacy tables, the kernel checks all of it beforehand, and then takes one table after the other.
   * Rejects with what `work` throws, with ERR_CONFLICT, or with what was refused: its `errors` are all of that.
   *
   * @example
   * await firewall.transaction(async (tx) => {
   *   await tx.table('nat').chain('POSTROUTING').append('-o eth0 -j MASQUERADE');
   *   await tx.table('filter').chain('FORWARD').append('-o eth0 -j ACCEPT');
   * });
   */
  transaction<R>(
    work: (tx: FirewallTransaction<F>) => R | Promise<R>,
    options?: FirewallTransactionOptions,
  ): Promise<R> {
    return called(async () =>
      transactOn(
        [this as unknown as Firewall],
        this.transaction,
        work,
        options,
        (tx) => tx as unknown as FirewallTransaction<F>,
      ),
    );
  }
  /** How far a transaction on several tables is one: `all` tables, or each `table` by itself (legacy). */
  get atomic(): 'all' | 'table' {
    return areOne([this.store]) ? 'all' : 'table';
  }

  /** Settles when all that was issued before, for any table, has been tried: edits, transactions and restores. */
  drain(options?: ReadOptions): Promise<void> {
    return called(async () => {
      const waiting = readingOf(this.drain, options);
      const call: Call = { operation: 'drain the firewall', everywhere: true, method: this.drain, waiting };
      await Promise.all(this.queues.map((queue) => queue.drain(call)));
    });
  }

  /** Tries what was issued before, transactions too, then lets go of everything. Later calls fail with ERR_CLOSED. */
  close(): Promise<void> {
    return called(async () => {
      const call: Call = { operation: 'close the firewall', everywhere: true, method: this.close };
      while (this.queues.some(({ idle }) => !idle)) await Promise.all(this.queues.map((queue) => queue.drain(call)));
      this.kernel.keepSets(this.tables.values());
      await this.store.close();
    });
  }
  /**
   * The same on the calling thread: what waits is tried first, what is under way ends by itself. Throws ERR_BUSY, and
   * closes nothing, while a transaction or a restore is open.
   */
  closeSync(): void {
    const call: Call = { operation: 'close the firewall', everywhere: true, method: this.closeSync };
    for (const queue of this.queues) queue.drainSync(call);
    this.kernel.keepSets(this.tables.values());
    this.store.close().catch(() => {}); // it was closed before
  }
  private get queues(): CommitQueue[] {
    return [...this.tables.values()].map(({ queue }) => queue);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
  [Symbol.dispose](): void {
    this.closeSync();
  }
}
