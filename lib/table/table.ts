/** One table of a firewall: its chains, and changes of all of it. */
import type { Backend } from '../backend/backend';
import type { ProgramWriter } from '../backend/writer';
import type { TableName } from '../codec/extension';
import { IptcError, show } from '../errors';
import type { EntryCodec } from '../rule/entry';
import { parseLine } from '../rule/parse';
import type { Family, Rule } from '../rule/rule';
import { BuiltinChain, Chain, type RuleInput } from './chain';
import { type Attempt, isBackendFailure, toIptcError } from './failure';
import { type BuiltinChainName, type ChainNameIn, checkNewChainName, isBuiltinChain, type Policy } from './names';
import type { CommitQueue } from './queue';
import { TableState } from './state';

/** What a chain needs of its table. */
export interface TableCore<F extends Family, T extends TableName> {
  readonly family: F;
  readonly name: T;
  readonly codec: EntryCodec;
  readonly queue: CommitQueue;
  encode(rule: RuleInput<F>, chain: string, index?: number): Uint8Array;
  settingPolicy(chain: string, policy: Policy): (program: ProgramWriter) => void;
  state(): Promise<TableState<F>>;
  stateSync(): TableState<F>;
}

export class Table<F extends Family = Family, T extends TableName = TableName> implements TableCore<F, T> {
  constructor(
    private readonly backend: Backend,
    /** @internal */ readonly codec: EntryCodec,
    /** @internal */ readonly queue: CommitQueue,
    readonly name: T,
  ) {}

  get family(): F {
    return this.backend.family as F;
  }

  /** A chain by name; whether it's there is found out when something is done to it. */
  chain<N extends BuiltinChainName<T>>(name: N): BuiltinChain<F, T>;
  chain<N extends string>(name: N & ChainNameIn<T, N>): Chain<F, T>;
  chain(name: string): Chain<F, T> {
    if (typeof name !== 'string' || name === '')
      throw new IptcError('ERR_BAD_ARGUMENT', `Expected the name of a chain but received ${show(name)}`, this.where());
    return isBuiltinChain(this.name, name) ? new BuiltinChain<F, T>(this, name) : new Chain<F, T>(this, name);
  }

  /** The whole table at one moment: chains, policies, counters, rules. Edits issued before are in it. */
  async state(): Promise<TableState<F>> {
    await this.queue.flush();
    return this.reading(await this.backend.snapshot(this.name).catch((error: unknown) => this.failed(error)));
  }
  stateSync(): TableState<F> {
    let snapshot: ArrayBuffer;
    try {
      snapshot = this.backend.snapshotSync(this.name);
    } catch (error) {
      this.failed(error);
    }
    return this.reading(snapshot);
  }
  private reading(snapshot: ArrayBuffer): TableState<F> {
    return new TableState<F>(this.name, this.codec, snapshot);
  }
  private failed(error: unknown): never {
    const attempt: Attempt = { operation: 'read', table: this.name, family: this.family };
    throw isBackendFailure(error) ? toIptcError(error, attempt) : error;
  }

  /** Exactly what `iptables-save -t TABLE` prints, without its comments. */
  async save(options: { readonly counters?: boolean } = {}): Promise<string> {
    return (await this.state()).toText(options);
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
    return this.queue.push({ operation: `rename to ${to}`, chain: name }, this.renaming(name, to));
  }
  renameChainSync(name: string, to: string): void {
    this.queue.runSync({ operation: `rename to ${to}`, chain: name }, this.renaming(name, to));
  }
  /** Deletes an empty chain of the user's that no rule jumps to (`-X`). ERR_CHAIN_IN_USE. */
  deleteChain(name: string): Promise<void> {
    return this.queue.push({ operation: 'delete', chain: name }, this.removing(name));
  }
  deleteChainSync(name: string): void {
    this.queue.runSync({ operation: 'delete', chain: name }, this.removing(name));
  }

  /** Deletes all rules of all chains (`-F`). */
  async flush(): Promise<void> {
    await this.everyChain('flush', (program) => program.flush());
  }
  /** Sets all counters to zero (`-Z`). */
  async zero(): Promise<void> {
    await this.everyChain('zero the counters of', (program) => program.zero());
  }
  private async everyChain(operation: string, act: (program: ProgramWriter) => void): Promise<void> {
    const { chains } = await this.state();
    await this.queue.push({ operation }, (program) => {
      for (const { name } of chains) act(program.chain(name));
    });
  }

  /** Settles when every edit issued before has been tried. */
  drain(): Promise<void> {
    return this.queue.flush();
  }

  /** @internal The entry of a rule for a chain; valid until the next call. */
  encode(rule: RuleInput<F>, chain: string, index?: number): Uint8Array {
    try {
      const data = typeof rule === 'string' ? parseLine(this.family, this.codec.kernel, rule).rule : rule;
      return this.codec.encode(data as Rule, { table: this.name, chain });
    } catch (error) {
      throw error instanceof IptcError ? error.within({ ...this.where(chain), index }) : error;
    }
  }

  /** @internal */
  settingPolicy(chain: string, policy: Policy) {
    return (program: ProgramWriter) => {
      if (!isBuiltinChain(this.name, chain))
        throw new IptcError('ERR_BAD_CHAIN', `Cannot set the policy of chain ${chain} of table ${this.name}: only built-in chains have one`, {
          ...this.where(chain),
          hint: 'End the chain with a rule without matches instead.',
        });
      if (policy !== 'ACCEPT' && policy !== 'DROP')
        throw new IptcError('ERR_BAD_ARGUMENT', `Expected ACCEPT or DROP for the policy of chain ${chain} but received ${show(policy)}`, this.where(chain));
      program.chain(chain).policy(policy);
    };
  }

  private creating(name: string) {
    return (program: ProgramWriter) => {
      checkNewChainName(this.family, this.name, name);
      program.chain(name).create();
    };
  }
  private renaming(name: string, to: string) {
    return (program: ProgramWriter) => {
      checkNewChainName(this.family, this.name, to);
      program.chain(name).rename(to);
    };
  }
  private removing(name: string) {
    return (program: ProgramWriter) => program.chain(name).deleteChain();
  }

  private where(chain?: string) {
    return { family: this.family, table: this.name, chain } as const;
  }
}
