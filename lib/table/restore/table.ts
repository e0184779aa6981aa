/** One table of a restore: a program, written in pieces while the addon's thread reads the table and runs it. */
import { constants } from 'node:os';
import type { Backend, BackendFailure, Timing } from '../../backend/backend';
import type { ProgramWriter } from '../../backend/writer';
import type { TableName } from '../../codec/extension';
import { Announcer } from '../../command/announce';
import { type CommandContext, OTHER_FAMILY } from '../../command/command';
import { Executor } from '../../command/execute';
import { parseCommand } from '../../command/parse';
import { type Attempt, isBackendFailure, toIptcError } from '../../commit/failure';
import { Origins } from '../../commit/origins';
import { ProgramStream, type StreamOptions } from '../../commit/stream';
import { IptcError, show } from '../../errors';
import { mended } from '../../file/old';
import type { QuickEncoder } from '../../file/quick';
import type { ChainLine } from '../../file/savefile';
import { encodeText } from '../../net/text';
import type { EntryCodec } from '../../rule/entry';
import { CHAIN_NAME_MAX } from '../../rule/layout';
import type { Counters, Place, Rule } from '../../rule/rule';
import { builtinChains } from '../../rule/tables';
import { splitWords } from '../../text/words';
import { checkChainName, isTableName, noTable } from '../names';
import type { RestoreOptions } from '../options';
import { refusedText } from '../printed';
import { TableState } from '../state';

/** What the commands do beyond what is said to everybody. */
export interface RestoreHooks {
  /** What iptables-restore -v says: whole lines. */
  readonly say?: ((line: string) => void) | undefined;
  readonly comment?: ((text: string) => void) | undefined;
  /** What iptables remarks on in a line. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Leaves to the kernel what it refuses by itself; what would have been objected to explains its refusal. */
  readonly trusting?: boolean;
  /** The line that was read last, at the end or where it failed. */
  readonly stopped?: ((line: number) => void) | undefined;
  /** Lines done so far. */
  readonly progress?: ((lines: number) => void) | undefined;
}

/** What a restore works on. */
export interface RestoreTarget {
  readonly backend: Backend;
  readonly codec: EntryCodec;
  readonly apply: StreamOptions;
  readonly committed?: ((table: TableName, timing: Timing) => void) | undefined;
  /** Runs work on a table while nobody else of this process does. */
  exclusively(table: string, work: () => Promise<void>): Promise<void>;
}

/** What the tables of a restore have in common. */
export interface Restoring {
  readonly target: RestoreTarget;
  readonly options: RestoreOptions;
  readonly hooks: RestoreHooks;
  readonly quick: QuickEncoder;
  readonly resolve: CommandContext['resolve'];
  /** Called where a table fails by itself, whatever is waited for. */
  readonly failed: (error: unknown) => void;
}

export class TableRestore {
  private readonly target: RestoreTarget;
  private readonly options: RestoreOptions;
  private readonly stream: ProgramStream;
  private readonly executor: Executor;
  /** The lines or rules that the operations come from. */
  private readonly origins = new Origins();
  /** Of the last rule: those of a chain mostly come together. */
  private place: Place = {};
  /** The policies of chains, by the operations that set them. */
  private readonly policies = new Map<number, { readonly chain: string; readonly policy: string }>();

  constructor(
    private readonly restoring: Restoring,
    readonly name: string,
    /** The line that is being read; undefined if the input is data. */
    private readonly line: (() => number) | undefined,
  ) {
    const { target, options, hooks } = restoring;
    this.target = target;
    this.options = options;
    if (!isTableName(name))
      throw new IptcError('ERR_NO_TABLE', noTable(name), {
        ...this.where(),
        iptables: `unable to initialize table '${name}'`,
        ...(line && { line: line(), file: options.file }),
      });
    this.executor = new Executor(target.codec, name, {
      trusting: hooks.trusting,
      say: options.noflush ? undefined : hooks.say,
      position: line && (() => ({ line: line(), file: options.file })),
    });
    this.stream = new ProgramStream(target.backend, name, target.apply);
    this.stream.failed = (error) => {
      try {
        this.told(error);
      } catch (told) {
        restoring.failed(told);
      }
    };
  }

  private get piece(): ProgramWriter {
    return this.stream.piece;
  }

  /** Takes the lock, and reads the table if somebody wants to know what is in it. */
  async begin(origin: number): Promise<void> {
    this.origin(origin);
    const locked = await this.stream.opened.catch((error: unknown) => this.told(error));
    const { say } = this.restoring.hooks;
    if (say && !this.options.noflush) {
      const state = new TableState(this.name, this.target.codec, await locked.snapshot());
      this.executor.announcer = new Announcer(state.chains, say);
      this.executor.announcer.command('F', undefined);
      this.executor.announcer.command('X', undefined);
    }
    if (!this.options.noflush) {
      this.piece.flushAll();
      this.piece.deleteChains();
    }
  }

  chain({ name, policy, counters }: ChainLine): void {
    this.origin(this.line?.() ?? 0);
    checkChainName(this.where(), 'restore', name);
    if (encodeText(name).length > CHAIN_NAME_MAX)
      throw new IptcError(
        'ERR_BAD_CHAIN',
        `Expected at most ${CHAIN_NAME_MAX} bytes for the name of a chain but received ${show(name)}`,
        { ...this.where(), chain: name },
      );
    const { piece } = this;
    piece.chain(name);
    if (!builtinChains(this.name).includes(name)) {
      checkCharacters(name, 'the name of a chain');
      if (this.options.noflush) piece.emptyChain();
      else piece.create();
      this.executor.announcer?.add(name);
    }
    if (policy !== undefined) {
      if (this.options.counters && !counters)
        throw new IptcError(
          'ERR_BAD_CHAIN',
          `Expected [packets:bytes] behind the policy of chain ${name} but received none`,
          { ...this.where(), chain: name, iptables: `invalid policy counters for chain '${name}'` },
        );
      this.policies.set(this.stream.operations, { chain: name, policy });
      piece.policy(policy, (this.options.counters && counters) || { packets: 0n, bytes: 0n });
    }
    this.stream.turn();
  }

  command(line: string, from: number, counters: Counters | undefined): void {
    const kept = this.options.counters ? counters : undefined;
    const { quick, hooks, resolve } = this.restoring;
    if (!hooks.say) {
      const entry = quick.encode(line, from, this.name, kept);
      if (entry) {
        this.origin(this.line!());
        this.piece.chain(quick.chain);
        this.piece.append(entry);
        this.stream.turn();
        return;
      }
    }
    const { family } = this.target.backend;
    const { words, columns } = mended(splitWords(line, from), family);
    const command = parseCommand(
      kept ? ['--set-counters', String(kept.packets), String(kept.bytes), ...words] : words,
      kept ? [0, 0, 0, ...columns] : columns,
      { family, restore: this.name, resolve },
    );
    if (command === OTHER_FAMILY) return;
    if ('answer' in command) throw new IptcError('ERR_BAD_RULE', `Expected a rule but received --${command.answer}`);
    for (const warning of command.warnings) hooks.warn?.(warning);
    this.origin(this.line!());
    if (command.chain !== undefined) checkChainName(this.where(), 'restore', command.chain);
    this.executor.execute(command, this.piece);
    this.stream.turn();
  }

  rule(chain: string, rule: Rule, index: number): void {
    let entry: Uint8Array;
    try {
      checkChainName(this.where(), 'restore', chain);
      const counted = rule.counters === undefined || this.options.counters;
      if (this.place.chain !== chain) this.place = { table: this.name, chain };
      entry = this.target.codec.encode(
        counted ? rule : ({ ...rule, counters: undefined } as unknown as Rule),
        this.place,
      );
    } catch (error) {
      throw error instanceof IptcError ? error.within({ ...this.where(), chain, index }) : error;
    }
    this.origin(index);
    this.piece.chain(chain);
    this.piece.append(entry);
    this.stream.turn();
  }

  /** Whether to drain() before going on. */
  get full(): boolean {
    return this.stream.full;
  }
  /** Keeps the lock, though the input comes slowly. */
  stay(): void {
    this.stream.stay();
  }
  watch(): () => void {
    return this.stream.watch();
  }
  async drain(): Promise<void> {
    await this.stream.drain().catch((error: unknown) => this.told(error));
  }

  /** Sends what is left, and commits. */
  async end(): Promise<void> {
    const { test } = this.options;
    const { trial } = this.target.apply;
    if (test && !trial) this.piece.abandon();
    const { operations } = this.stream;
    try {
      const timing = await this.stream.end();
      if (!test) this.target.committed?.(this.name as TableName, timing);
    } catch (error) {
      if (!(test && isBackendFailure(error) && passed(error, trial ? undefined : operations - 1))) this.told(error);
    }
  }
  abort(): Promise<void> {
    return this.stream.abort();
  }

  private origin(origin: number): void {
    this.origins.add(this.stream.operations, origin);
  }

  private told(error: unknown): never {
    if (!isBackendFailure(error)) throw error;
    const [refused] = error.refused;
    const operation = refused?.operation;
    const origin = operation === undefined ? undefined : this.origins.of(operation);
    if (error.stage === 'commit') {
      const { objections } = this.executor;
      const objection = objections.find(({ line }) => origin === undefined || line === origin);
      if (objection) throw objection.within({ cause: error });
    }
    const { backend } = this.target;
    const attempt: Attempt = {
      operation: 'restore',
      table: this.name,
      family: backend.family,
      ...(operation !== undefined && error.stage === 'edit' && this.policies.get(operation)),
      rule: error.stage === 'commit' && refused ? refusedText(this.target.codec, refused) : undefined,
    };
    const told = toIptcError(error as BackendFailure, this.line ? attempt : { ...attempt, index: origin });
    throw this.line ? told.within({ line: origin ?? this.line(), file: this.options.file }) : told;
  }
  private where() {
    return { family: this.target.backend.family, table: this.name } as const;
  }
}

/** iptables-restore takes any bytes; a line that we write must be read again as the one that it was. */
function checkCharacters(name: string, what: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name))
    throw new IptcError('ERR_BAD_CHAIN', `Expected no control characters in ${what} but received ${show(name)}`, {
      chain: name,
    });
}

/** Whether a trial went as far as it can: to the operation that abandons it, or to where the kernel can't be asked. */
const passed = ({ stage, refused, errno }: BackendFailure, last: number | undefined): boolean =>
  last === undefined
    ? stage === 'commit' && errno === constants.errno.EOPNOTSUPP
    : stage === 'edit' && refused[0]?.operation === last;
