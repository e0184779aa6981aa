/** One table of a firewall: its chains, and changes of all of it. */

import { argument, callback, count, fields, flag, optionsOf } from '../arguments';

import type { Backend, LockedTable } from '../backend/backend';
import { MemoryTable } from '../backend/memory/table';
import { rebuild, Unnamed } from '../backend/rebuild';
import { ProgramWriter } from '../backend/writer';
import type { TableName } from '../codec/extension';
import { isBackendFailure, toIptcError } from '../commit/failure';
import { type CommitQueue, type Edits, each, type Write } from '../commit/queue';
import { Slice } from '../commit/slice';
import { ProgramStream } from '../commit/stream';
import { IptcError, Mismatch, show } from '../errors';
import type { EntryCodec } from '../rule/entry';
import type { Family, Rule } from '../rule/rule';
import { parseLine } from '../text/parse';
import { BuiltinChain, Chain, type RuleInput } from './chain';
import { sameTable } from './compare';
import {
  type BuiltinChainName,
  type ChainNameIn,
  checkChainName,
  checkNewChainName,
  isBuiltinChain,
  type Policy,
} from './names';
import { counters } from './options';
import { TableState } from './state';

/** What can be done to a table, by itself or in a transaction. */
export abstract class TableEdits<F extends Family, T extends TableName> {
  /** @internal */ abstract readonly queue: Edits;

  protected constructor(
    readonly family: F,
    readonly name: T,
    /** @internal */ readonly codec: EntryCodec,
  ) {}

  /** The whole table at one moment: chains, policies, counters, rules. Edits issued before are in it. */
  abstract state(): Promise<TableState<F>>;
  abstract stateSync(): TableState<F>;

  /** A chain by name; whether it's there is found out when something is done to it. */
  chain<N extends BuiltinChainName<T>>(name: N): BuiltinChain<F, T>;
  chain<N extends string>(name: N & ChainNameIn<T, N>): Chain<F, T>;
  chain(name: string): Chain<F, T> {
    checkChainName(this.where(), 'chain', name);
    return isBuiltinChain(this.name, name) ? new BuiltinChain<F, T>(this, name) : new Chain<F, T>(this, name);
  }

  /** Makes an empty chain (`-N`). ERR_CHAIN_EXISTS; ERR_BAD_CHAIN for a name that iptables or the kernel can't hold. */
  createChain(name: string): Promise<void> {
    return this.queue.push({ operation: 'create', chain: name }, this.creating(name));
  }
  createChainSync(name: string): void {
    this.queue.runSync({ operation: 'create', chain: name }, this.creating(name));
  }
  /** Gives a chain of the user's another name (`-E`); jumps follow. */
  renameChain(name: string, to: string): Promise<void> {
    return this.queue.push({ operation: 'rename', chain: name }, this.renaming(name, to));
  }
  renameChainSync(name: string, to: string): void {
    this.queue.runSync({ operation: 'rename', chain: name }, this.renaming(name, to));
  }
  /** Deletes an empty chain of the user's that no rule jumps to (`-X CHAIN`). ERR_CHAIN_IN_USE. */
  deleteChain(name: string): Promise<void> {
    return this.queue.push({ operation: 'delete', chain: name }, this.deleting(name));
  }
  deleteChainSync(name: string): void {
    this.queue.runSync({ operation: 'delete', chain: name }, this.deleting(name));
  }
  /** Deletes all chains of the user's (`-X`); none if one of them is in use. */
  deleteChains(): Promise<void> {
    return this.queue.push({ operation: 'delete the chains of' }, (program) => program.deleteChains());
  }
  deleteChainsSync(): void {
    this.queue.runSync({ operation: 'delete the chains of' }, (program) => program.deleteChains());
  }

  /** Deletes all rules of all chains (`-F`). */
  flush(): Promise<void> {
    return this.queue.push({ operation: 'flush' }, (program) => program.flushAll());
  }
  flushSync(): void {
    this.queue.runSync({ operation: 'flush' }, (program) => program.flushAll());
  }
  /** Sets all counters, of rules and of policies, to zero (`-Z`). */
  zero(): Promise<void> {
    return this.queue.push({ operation: 'zero the counters of' }, (program) => program.zeroAll());
  }
  zeroSync(): void {
    this.queue.runSync({ operation: 'zero the counters of' }, (program) => program.zeroAll());
  }

  /** @internal The entry of a rule for a chain; valid until the next call. */
  encode(rule: RuleInput<F>, chain: string, index?: number, existing?: boolean): Uint8Array {
    try {
      const place = { table: this.name, chain, ...(existing && { existing }) };
      return this.codec.encode(typeof rule === 'string' ? this.parsed(rule, chain) : (rule as Rule), place);
    } catch (error) {
      throw error instanceof IptcError ? error.within({ ...this.where(chain), index }) : error;
    }
  }

  /** `-A CHAIN` may stand before a rule, if it is the chain that the rule is for. */
  private parsed(text: string, chain: string): Rule {
    const { rule, chain: named } = parseLine(this.family, this.codec.kernel, text);
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
          this.where(chain),
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
  /** Runs a read or a write of the whole table, and tells its failure. */
  protected told(error: unknown, operation: string, program?: Uint8Array): unknown {
    return isBackendFailure(error)
      ? toIptcError(error, { operation, table: this.name, family: this.family, program })
      : error;
  }
}

/** A table of a firewall. Each edit is committed; those that are issued together share a commit. */
export class Table<F extends Family = Family, T extends TableName = TableName> extends TableEdits<F, T> {
  constructor(
    private readonly backend: Backend,
    codec: EntryCodec,
    /** @internal */ readonly queue: CommitQueue,
    name: T,
  ) {
    super(backend.family as F, name, codec);
  }

  async state(): Promise<TableState<F>> {
    await this.queue.drain();
    try {
      return new TableState<F>(this.name, this.codec, await this.backend.snapshot(this.name));
    } catch (error) {
      throw this.told(error, 'read');
    }
  }
  stateSync(): TableState<F> {
    try {
      return new TableState<F>(this.name, this.codec, this.backend.snapshotSync(this.name));
    } catch (error) {
      throw this.told(error, 'read');
    }
  }

  /** Exactly what `iptables-save -t TABLE` prints, without its comments. */
  async save(options?: { readonly counters?: boolean }): Promise<string> {
    const given = optionsOf('save', options, counters);
    const slice = new Slice();
    let text = '';
    for (const piece of (await this.state()).texts(given)) {
      text += piece;
      if (slice.over) await slice.next();
    }
    return text;
  }

  /**
   * Makes several edits together, all or none. `work` edits and reads `tx` as it would the table, and sees its own edits.
   * If somebody else changed the table meanwhile, `work` runs again on what is there now, so it must not do anything
   * else that can't be done twice. Edits of this table that are issued elsewhere wait: `work` must not await one.
   * Rejects with what `work` throws, or ERR_CONFLICT after `attempts` (10 unless told).
   *
   * @example
   * await filter.transaction(async (tx) => {
   *   await tx.createChain('web');
   *   await tx.chain('web').append('-p tcp --dport 80 -j ACCEPT');
   *   await tx.chain('INPUT').append({ target: 'web' });
   * });
   */
  async transaction<R>(
    work: (tx: Transaction<F, T>) => R | Promise<R>,
    options?: { readonly attempts?: number },
  ): Promise<R> {
    const run = argument('transaction', 'work', work, callback<typeof work>);
    const { attempts = 10 } = optionsOf('transaction', options, fields<{ attempts?: number }>({ attempts: count }));
    return this.queue.exclusively(async () => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const tx = new Transaction<F, T>(this.family, this.name, this.codec, await this.snapshot());
        const result = await run(tx);
        if (!tx.changed || (await this.commit(tx))) return result;
      }
      throw new IptcError(
        'ERR_CONFLICT',
        `Cannot commit the transaction on table ${this.name}: other programs keep changing it`,
        {
          ...this.where(),
          hint: 'Try again later, or find out who else writes rules.',
        },
      );
    });
  }

  private async snapshot(): Promise<ArrayBuffer> {
    try {
      return await this.backend.snapshot(this.name);
    } catch (error) {
      throw this.told(error, 'read');
    }
  }

  /** False if the table isn't any more what the transaction began with. */
  private async commit(tx: Transaction<F, T>): Promise<boolean> {
    let locked: LockedTable | undefined;
    try {
      locked = await this.backend.lock(this.name, { ...this.queue.options(), idle: IDLE });
      const now = new TableState(this.name, this.codec, await locked.snapshot());
      if (!sameTable(this.codec, tx.base, now)) return false;
      for (const piece of tx.pieces) await locked.write(piece);
      this.queue.metrics.edits += tx.pieces.length;
      this.queue.metrics.committed(tx.pieces.length, await locked.commit());
      return true;
    } catch (error) {
      throw this.told(error, 'commit the transaction on', Buffer.concat(tx.pieces));
    } finally {
      await locked?.abort();
    }
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
  async restoreState(state: TableState<F>, options?: { readonly test?: boolean }): Promise<void> {
    const { snapshot } = argument('restoreState', 'state', state, (value) => this.ofThisTable(value));
    const { test = false } = optionsOf('restoreState', options, fields<{ test?: boolean }>({ test: flag }));
    return this.queue.exclusively(async () => {
      const stream = new ProgramStream(this.backend, this.name, { ...this.queue.options(), trial: test });
      const slice = new Slice();
      try {
        for (const _ of rebuild(this.family, snapshot, () => stream.piece)) {
          stream.turn();
          if (stream.full) await stream.drain();
          if (slice.over) await slice.next();
        }
        const timing = await stream.end();
        if (!test) this.queue.metrics.committed(0, timing);
      } catch (error) {
        await stream.abort();
        if (error instanceof Unnamed)
          throw new IptcError(
            'ERR_BAD_RULE',
            `Cannot restore table ${this.name}: rule ${error.index + 1} of chain ${error.chain} goes to a place that has no name`,
            {
              ...this.where(error.chain),
              index: error.index,
              hint: 'libiptc did not write it. Delete that rule, and see which program does such things.',
              cause: error,
            },
          );
        throw this.told(error, 'restore');
      }
    });
  }

  private ofThisTable(value: unknown): TableState<F> {
    const expected = `a state of the ${this.family} table ${this.name}`;
    if (!(value instanceof TableState)) throw new Mismatch(expected, value);
    if (value.name !== this.name || value.family !== this.family)
      throw new Mismatch(expected, `a state of the ${value.family} table ${value.name}`);
    return value;
  }

  /** Settles when every edit issued before has been tried. */
  drain(): Promise<void> {
    return this.queue.drain();
  }
}

/** Milliseconds that the lock is held without a sign of life. */
const IDLE = 5_000;

/** Edits of a table that come into force together. The table that it shows is the one it began with, and its own edits. */
export class Transaction<F extends Family = Family, T extends TableName = TableName> extends TableEdits<F, T> {
  /** @internal What the table was. */
  readonly base: TableState<F>;
  /** @internal */ readonly pieces: Uint8Array[] = [];
  private readonly model: MemoryTable;

  constructor(family: F, name: T, codec: EntryCodec, snapshot: ArrayBuffer) {
    super(family, name, codec);
    this.base = new TableState<F>(name, codec, snapshot);
    this.model = MemoryTable.from(snapshot);
  }

  /** @internal */
  readonly queue: Edits = {
    push: async (name, write) => this.queue.runSync(name, write),
    runSync: ({ operation, chain }, write) => {
      const program = new ProgramWriter();
      write(program);
      try {
        this.model.run(program.bytes);
      } catch (error) {
        throw isBackendFailure(error) ? toIptcError(error, { operation, ...this.where(chain) }) : error;
      }
      if (this.model.changed) this.pieces.push(program.bytes);
    },
    pushEach: async (name, count, write) => this.queue.runEachSync(name, count, write),
    runEachSync: (name, count, write) => this.queue.runSync(name, each(count, write)),
  };

  /** Whether there is anything to commit. */
  get changed(): boolean {
    return this.pieces.length > 0;
  }

  async state(): Promise<TableState<F>> {
    return this.stateSync();
  }
  stateSync(): TableState<F> {
    return new TableState<F>(this.name, this.codec, this.model.snapshot());
  }
}
