/** One table of a firewall: its chains, and changes of all of it. */
import { argument, callback, optionsOf } from '../arguments';
import type { Timing } from '../backend/backend';
import { rebuild, rebuiltRule, Unnamed } from '../backend/rebuild';
import type { TableName } from '../codec/extension';
import { Memory } from '../codec/struct';
import type { Command } from '../command/command';
import { type Call, called } from '../commit/call';
import type { Committer } from '../commit/committer';
import { cannot, isBackendFailure, operationOf, toIptcError } from '../commit/failure';
import { Origins } from '../commit/origins';
import type { CommitQueue } from '../commit/queue';
import { Scope } from '../commit/scope';
import { ProgramStream } from '../commit/stream';
import { type ReadOptions, readingOf, type WaitOptions } from '../commit/waiting';
import { Mismatch } from '../errors';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { Slice } from '../slice';
import type { ListFormat } from '../text/list';
import { printName, RulePrinter } from '../text/print';
import type { RuleInput } from './chain';
import { type CommandHooks, runCommand } from './commands';
import { TableEdits } from './edits';
import {
  listingOf,
  type RestoreStateOptions,
  restoringState,
  type TableSaveOptions,
  type TransactionOptions,
  tableSaving,
  transacting,
} from './options';
import { joinedText, refusedText, unhurried } from './printed';
import { TableState } from './state';
import { Steps, type Work } from './steps';
import { ATTEMPTS, Member, type Members, transact } from './transact';
import type { Transaction } from './transaction';
import { aVersion, versionOf } from './version';

/** A table of a firewall. Each edit is committed; those that are issued together share a commit. */
export class Table<F extends Family = Family, T extends TableName = TableName> extends TableEdits<F, T> {
  private readonly steps: Steps;

  /** @internal */
  constructor(
    /** @internal */ readonly committer: Committer,
    codec: EntryCodec,
    /** @internal */ readonly queue: CommitQueue,
  ) {
    super(committer.backend.family as F, committer.table as T, codec);
    this.steps = new Steps(committer, codec, queue);
  }

  /** @internal */
  take<R>(call: Call, work: Work<F, T, R>): Promise<R> {
    return this.steps.take(call, work as unknown as Work<Family, TableName, R>);
  }

  /** @internal Whether anybody may have rules of it that have yet to be decoded. */
  hasBeenRead = false;
  /** @internal */
  async read(call: Call): Promise<TableState<F>> {
    this.hasBeenRead = true;
    const { backend } = this.committer;
    if (backend.look && call.waiting?.().counters === false) return this.queue.read(call, () => this.look());
    return new TableState<F>(this.name, this.codec, await this.queue.read(call, () => backend.snapshot(this.name)));
  }
  /** What was read last, unless it isn't so any more. */
  private async look(): Promise<TableState<F>> {
    const { version, snapshot } = await this.committer.backend.look!(this.name, this.kept?.version);
    if (snapshot) this.kept = { version, state: new TableState<F>(this.name, this.codec, snapshot) };
    return this.kept!.state;
  }
  private kept: { readonly version: number; readonly state: TableState<F> } | undefined;
  /** @internal */
  readSync(call: Call): TableState<F> {
    this.hasBeenRead = true;
    return new TableState<F>(this.name, this.codec, this.queue.readSync(call));
  }

  /**
   * A text that is another one once something has changed in it, but for counters. On nf_tables it is the number of the
   * whole ruleset's generation, which others' tables count, too; on legacy tables a digest of the rules.
   *
   * @example const version = await filter.version();
   */
  version(options?: ReadOptions): Promise<string> {
    const call = { ...this.call('read', this.version), waiting: readingOf(this.version, options) };
    return called(() => this.queue.read(call, () => versionOf(this.committer.backend, this.codec, this.name)));
  }
  /** Whether something may have changed since it had that version. */
  changed(since: string, options?: ReadOptions): Promise<boolean> {
    return called(async () => argument('changed', 'since', since, aVersion) !== (await this.version(options)));
  }

  /** Exactly what `iptables-save -t TABLE` prints, without its comments. */
  save(options?: TableSaveOptions): Promise<string> {
    return called(async () => {
      const { counters = false, ...given } = optionsOf('save', options, tableSaving);
      return joinedText((await this.read(this.waiting('read', this.save, given))).saveTexts({ counters }));
    });
  }
  /** The same, line by line without newlines: a large table need not be one text. */
  saveLines(options?: TableSaveOptions): AsyncGenerator<string> {
    const { counters = false, ...given } = optionsOf('saveLines', options, tableSaving);
    return unhurried(async () =>
      (await this.read(this.waiting('read', this.saveLines, given))).saveLines({ counters }),
    );
  }

  /** Exactly what `iptables -L` prints: of all chains, or of one. */
  listing(format?: Partial<ListFormat>, only?: string, options?: ReadOptions): Promise<string> {
    const call = { ...this.call('read', this.listing), waiting: readingOf(this.listing, options) };
    return called(async () => joinedText((await this.read(call)).listed('listing', format, only)));
  }
  /** The same, line by line without newlines. */
  listingLines(format?: Partial<ListFormat>, only?: string, options?: ReadOptions): AsyncGenerator<string> {
    const given = listingOf('listingLines', this.where(), format, only);
    const call = { ...this.call('read', this.listingLines), waiting: readingOf(this.listingLines, options) };
    call.waiting?.(); // looked at before it is iterated over
    return unhurried(async () => (await this.read(call)).listingLines(given.format, given.only));
  }

  /**
   * Makes several edits together, all or none. `work` edits and reads `tx` as it would the table, and sees its own edits.
   * If somebody else changed the table meanwhile, `work` runs again on what is there now, so it must not do anything
   * else that can't be done twice. What is issued elsewhere for this table waits until it has ended: inside of it that
   * rejects with ERR_DEADLOCK, but for reading, which shows the table without its edits.
   * Rejects with what `work` throws, or ERR_CONFLICT after `attempts` (100 unless told).
   *
   * @example
   * await filter.transaction(async (tx) => {
   *   await tx.createChain('web');
   *   await tx.chain('web').append('-p tcp --dport 80 -j ACCEPT');
   *   await tx.chain('INPUT').append({ target: 'web' });
   * });
   */
  transaction<R>(work: (tx: Transaction<F, T>) => R | Promise<R>, options?: TransactionOptions): Promise<R> {
    return called(async () => {
      const given = argument('transaction', 'work', work, callback<typeof work>);
      const { attempts = ATTEMPTS, ...waiting } = optionsOf('transaction', options, transacting);
      const call = this.waiting('commit the transaction on', this.transaction, waiting);
      const scope = new Scope(
        `the transaction on table ${this.name}`,
        'Use the methods of tx for its table; do the rest before it begins, or when it has ended.',
      );
      const begin = async (members: Members) => {
        const member = new Member(this.committer, this.codec);
        await member.read(this.call('read', this.transaction));
        members.add(member);
        return member.tx as unknown as Transaction<F, T>;
      };
      const run = () => transact({ call, committer: this.committer, scope, attempts, begin, work: given });
      return this.queue.exclusively(call, { name: 'a transaction', scope, run });
    });
  }

  /** One whose options have been looked at. */
  private waiting(operation: string, method: Call['method'], options: WaitOptions): Call {
    return { ...this.call(operation, method), waiting: () => options };
  }

  /**
   * Makes the table what it was when that state was read: chains, rules, policies and what they counted, byte for byte.
   * With `test` the kernel checks whether that can be done, and nothing changes. Rejects with nothing changed.
   *
   * @example
   * const before = await filter.state();
   * await filter.restoreState(before, { test: true }); // the way back is open
   * await filter.flush();
   * await filter.restoreState(before);
   */
  restoreState(state: TableState<F>, options?: RestoreStateOptions): Promise<void> {
    return called(async () => {
      const { snapshot } = argument('restoreState', 'state', state, (value) => this.ofThisTable(value));
      const { test = false, ...waiting } = optionsOf('restoreState', options, restoringState);
      const call = this.waiting('restore', this.restoreState, waiting);
      return this.queue.exclusively(call, { name: 'a restore', run: () => this.rebuild(snapshot, test, call) });
    });
  }
  private async rebuild(snapshot: ArrayBuffer, trial: boolean, call: Call): Promise<void> {
    const { committer } = this;
    const { backend, options } = committer;
    const stream = new ProgramStream(backend, this.name, { ...options(call.waiting?.()), trial });
    const slice = new Slice();
    /** Which step an operation is of. */
    const origins = new Origins();
    let step = 0;
    const piece = () => {
      origins.add(stream.operations, step);
      return stream.piece;
    };
    try {
      for (const _ of rebuild(this.family, snapshot, piece)) {
        step++;
        stream.turn();
        if (stream.full) await stream.drain();
        if (slice.over) await slice.next();
      }
      const timing = await stream.end();
      if (!trial) committer.done(0, timing);
    } catch (error) {
      await stream.abort();
      if (!(error instanceof Unnamed)) throw this.rebuilding(error, call, origins, snapshot);
      throw cannot(
        'ERR_BAD_RULE',
        this.attempt(call),
        `rule ${error.index + 1} of chain ${error.chain} goes to a place that has no name`,
        {
          chain: error.chain,
          index: error.index,
          hint: 'libiptc did not write it. Delete that rule, and see which program does such things.',
          cause: error,
        },
      );
    }
  }

  /** Names the rule that could not be written. */
  private rebuilding(error: unknown, call: Call, origins: Origins, snapshot: ArrayBuffer): unknown {
    if (!isBackendFailure(error)) return error;
    const operation = operationOf(error);
    const step = operation === undefined ? undefined : origins.of(operation);
    const found = step === undefined ? undefined : rebuiltRule(this.family, snapshot, step);
    if (!found) return this.committer.told(error, call, new Origins());
    const { chain, index, entry } = found;
    const rule = refusedText(this.codec, { operation: operation!, errno: error.errno, chain, entry });
    return toIptcError(error, { ...this.attempt({ ...call, chain }), index, rule });
  }

  /** @internal That a restore has committed it. */
  restored(timing: Timing): void {
    this.committer.done(0, timing);
  }
  /** @internal That what was planned for it isn't so any more. */
  conflicted(operation: string): void {
    this.committer.conflict({ operation }, false);
  }

  /** @internal The line that iptables-save will print of a rule. */
  line(rule: RuleInput<F>, chain: string): string {
    this.printer ??= new RulePrinter(this.codec);
    const entry = new Memory(this.encode(rule, chain), 0, this.codec.kernel);
    return `-A ${printName(chain)}${this.printer.print(entry, 0)}`;
  }
  private printer: RulePrinter | undefined;

  /** @internal Does a command in iptables' way (lib/table/commands.ts). */
  run(command: Command, hooks: CommandHooks<F> = {}): Promise<void> {
    return called(() => runCommand<F>(this, this.committer, command, hooks));
  }

  private ofThisTable(value: unknown): TableState<F> {
    const expected = `a state of the ${this.family} table ${this.name}`;
    if (!(value instanceof TableState)) throw new Mismatch(expected, value);
    if (value.name !== this.name || value.family !== this.family)
      throw new Mismatch(expected, `a state of the ${value.family} table ${value.name}`);
    return value;
  }

  /** Settles when all that was issued before has been tried: edits, transactions and restores. */
  drain(options?: ReadOptions): Promise<void> {
    const call = { ...this.call('drain', this.drain), waiting: readingOf(this.drain, options) };
    return called(() => this.queue.drain(call));
  }
}
