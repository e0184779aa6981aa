/** iptables-save text or data -> tables: each as a whole or not at all, and only those that it names. */

import { constants } from 'node:os';
import { argument } from '../arguments';
import type { Backend, BackendFailure, Timing } from '../backend/backend';
import type { ProgramWriter } from '../backend/writer';
import type { TableName } from '../codec/extension';
import { type Command, OTHER_FAMILY, parseCommand } from '../command/command';
import { type Attempt, isBackendFailure, toIptcError } from '../commit/failure';
import { Origins } from '../commit/origins';
import { ProgramStream, type StreamOptions } from '../commit/stream';
import { IptcError, show } from '../errors';
import { chainRule } from '../file/given';
import { LineSource, type Pieces } from '../file/lines';
import { mended } from '../file/old';
import { QuickEncoder } from '../file/quick';
import type { Ruleset } from '../file/ruleset';
import { type ChainLine, SaveFileReader } from '../file/savefile';
import { encodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { CHAIN_NAME_MAX } from '../rule/layout';
import type { Pattern } from '../rule/pattern';
import type { Counters, Place, Rule } from '../rule/rule';
import { builtinChains } from '../rule/tables';
import { Slice } from '../slice';
import { splitWords } from '../text/words';
import { checkChainName, isTableName, noTable } from './names';
import type { RestoreOptions } from './options';
import { SpokenChains } from './spoken';
import { TableState } from './state';

/** What the commands do beyond that. */
export interface RestoreHooks {
  /** Each rule that is added, as iptables -v shows it, and what else it says. */
  readonly say?: ((what: { readonly entry: Uint8Array } | { readonly text: string }) => void) | undefined;
  readonly comment?: ((text: string) => void) | undefined;
  /** Leaves to the kernel what it refuses by itself; what would have been objected to explains its refusal. */
  readonly trusting?: boolean;
  /** Lines done so far. */
  readonly progress?: ((lines: number) => void) | undefined;
}

/** What a restore works on. */
export interface RestoreTarget {
  readonly backend: Backend;
  readonly codec: EntryCodec;
  readonly apply: StreamOptions;
  readonly committed?: ((timing: Timing) => void) | undefined;
  /** Runs work on a table while nobody else of this process does. */
  exclusively(table: string, work: () => Promise<void>): Promise<void>;
}

/** Thrown where a line names a host that isn't known yet. */
class UnknownHost extends Error {
  constructor(readonly host: string) {
    super(host);
  }
}

export class Restore {
  private readonly quick: QuickEncoder;
  private slice = new Slice();
  /** Those that were looked for. */
  private readonly hosts = new Map<string, readonly string[]>();
  /** What the input has named and said so far. */
  readonly tables: TableName[] = [];
  counters = true;

  constructor(
    private readonly target: RestoreTarget,
    private readonly options: RestoreOptions,
    private readonly hooks: RestoreHooks = {},
  ) {
    this.quick = new QuickEncoder(target.codec);
  }

  async text(input: Pieces): Promise<void> {
    const source = new LineSource(input, this.options.file);
    this.slice = new Slice();
    let table: TableRestore | undefined;
    let skipping = false;
    const reader = new SaveFileReader(
      {
        comment: (text) => this.hooks.comment?.(text),
        table: (name) => {
          skipping = !this.wants(name);
          // Outside a table until the star of one that is wanted.
          if (skipping) reader.inTable = false;
          else opened = name;
        },
        chain: (chain) => this.declare(table!, chain),
        command: (line, from, counters) => table!.command(line, from, counters),
        commit: () => {
          committed = true;
        },
      },
      this.options.file,
    );
    let opened: string | undefined;
    let committed = false;

    /** False at the end of the input, or where a table begins or ends. */
    const read = (line: string): boolean => {
      if (skipping && line.charCodeAt(0) !== 42 && line.charCodeAt(0) !== 35) return true;
      try {
        reader.read(line, source.line);
      } catch (error) {
        if (error instanceof IptcError) throw error.within({ line: source.line, file: this.options.file });
        throw error;
      }
      return opened === undefined && !committed;
    };
    const lines = async (): Promise<boolean> => {
      for (;;) {
        const line = source.next();
        if (line === undefined) {
          if (!(await source.more())) return false;
          table?.stay();
          continue;
        }
        let goOn: boolean;
        try {
          goOn = read(line);
        } catch (error) {
          if (!(error instanceof UnknownHost)) throw error;
          goOn = await this.readLine(line, read);
        }
        if (!goOn) return true;
        if ((source.line & 15) === 0) {
          if (table?.full) await table.drain();
          if (this.slice.over) await this.breathe(source.line);
        }
      }
    };

    try {
      while (await lines()) {
        if (opened === undefined) {
          committed = false;
          continue;
        }
        const name: string = opened;
        opened = undefined;
        const line = source.line;
        await this.target.exclusively(name, async () => {
          const restoring = new TableRestore(
            this.target,
            this.options,
            this.hooks,
            this.quick,
            this.hosts,
            name,
            () => source.line,
          );
          table = restoring;
          try {
            await restoring.begin(line);
            this.tables.push(name as TableName);
            await lines();
            reader.end(source.line);
            committed = false;
            await restoring.end();
          } catch (error) {
            await restoring.abort();
            throw error;
          } finally {
            table = undefined;
          }
        });
      }
      this.hooks.progress?.(source.line);
    } finally {
      await source.close();
    }
  }

  async data(ruleset: Ruleset): Promise<void> {
    const { family } = this.target.backend;
    if (ruleset.family !== family)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected a ruleset of ${family} but received one of ${show(ruleset.family)}`,
        { family, hint: `A firewall takes rulesets of its own family: { family: '${family}', tables }.` },
      );
    this.slice = new Slice();
    for (const { name, chains, rules } of ruleset.tables) {
      if (!this.wants(name)) continue;
      await this.target.exclusively(name, async () => {
        const table = new TableRestore(this.target, this.options, this.hooks, this.quick, this.hosts, name, undefined);
        try {
          await table.begin(0);
          this.tables.push(name as TableName);
          for (const { name, policy, counters } of chains)
            this.declare(table, { name, policy, counters: counters && exact(counters) });
          for (let i = 0; i < rules.length; i++) {
            const { chain, rule } = argument('restore', `rules[${i}] of table ${name}`, rules[i], chainRule);
            table.rule(chain, rule as Rule, i);
            if ((i & 15) === 15) {
              if (table.full) await table.drain();
              if (this.slice.over) await this.breathe(i + 1);
            }
          }
          await table.end();
        } catch (error) {
          await table.abort();
          throw error;
        }
      });
    }
  }

  private declare(table: TableRestore, chain: ChainLine): void {
    table.chain(chain);
    if (chain.policy !== undefined && !chain.counters) this.counters = false;
  }

  private wants(table: string): boolean {
    const wanted: readonly string[] | undefined = this.options.tables;
    return wanted === undefined || wanted.includes(table);
  }

  /** Reads a line again as soon as the hosts that it names are known. */
  private async readLine(line: string, read: (line: string) => boolean): Promise<boolean> {
    for (;;) {
      try {
        return read(line);
      } catch (error) {
        if (!(error instanceof UnknownHost)) throw error;
        this.hosts.set(error.host, addresses(await this.options.resolve!(error.host)));
      }
    }
  }

  private async breathe(lines: number): Promise<void> {
    this.hooks.progress?.(lines);
    await this.slice.next();
  }
}

/** One table of it: a program, written in pieces while the addon's thread reads the table and runs it. */
class TableRestore {
  private readonly stream: ProgramStream;
  /** The lines or rules that the operations come from. */
  private readonly origins = new Origins();
  /** Of the last rule: those of a chain mostly come together. */
  private place: Place = {};
  private objection: IptcError | undefined;
  /** Where it is to be told what becomes of chains. */
  private spoken: SpokenChains | undefined;
  /** The policies of chains, by the operations that set them. */
  private readonly policies = new Map<number, { readonly chain: string; readonly policy: string }>();

  constructor(
    private readonly target: RestoreTarget,
    private readonly options: RestoreOptions,
    private readonly hooks: RestoreHooks,
    private readonly quick: QuickEncoder,
    private readonly hosts: ReadonlyMap<string, readonly string[]>,
    private readonly name: string,
    /** The line that is being read; undefined if the input is data. */
    private readonly line: (() => number) | undefined,
  ) {
    if (!isTableName(name))
      throw new IptcError('ERR_NO_TABLE', noTable(name), {
        ...this.where(),
        ...(line && { line: line(), file: options.file }),
      });
    this.stream = new ProgramStream(target.backend, name, target.apply);
  }
  private get piece(): ProgramWriter {
    return this.stream.piece;
  }

  /** Takes the lock, and reads the table if somebody wants to know what is in it. */
  async begin(origin: number): Promise<void> {
    this.origin(origin);
    const locked = await this.stream.opened.catch((error: unknown) => this.told(error));
    const { say } = this.hooks;
    if (say && !this.options.noflush) {
      const state = new TableState(this.name, this.target.codec, await locked.snapshot());
      this.spoken = new SpokenChains(state, (text) => say({ text }));
      this.spoken.command('F', undefined);
      this.spoken.command('X', undefined);
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
      this.spoken?.add(name);
    }
    if (policy !== undefined) {
      if (this.options.counters && !counters)
        throw new IptcError(
          'ERR_BAD_CHAIN',
          `Expected [packets:bytes] behind the policy of chain ${name} but received none`,
          { ...this.where(), chain: name },
        );
      this.policies.set(this.stream.operations, { chain: name, policy });
      piece.policy(policy, (this.options.counters && counters) || { packets: 0n, bytes: 0n });
    }
    this.stream.turn();
  }

  command(line: string, from: number, counters: Counters | undefined): void {
    const kept = this.options.counters ? counters : undefined;
    if (!this.hooks.say) {
      const entry = this.quick.encode(line, from, this.name, kept);
      if (entry) {
        this.origin(this.line!());
        this.piece.chain(this.quick.chain);
        this.piece.append(entry);
        this.stream.turn();
        return;
      }
    }
    const { words, columns } = mended(splitWords(line, from), this.target.backend.family);
    const { hosts } = this;
    const command = parseCommand(
      kept ? ['--set-counters', String(kept.packets), String(kept.bytes), ...words] : words,
      kept ? [0, 0, 0, ...columns] : columns,
      {
        family: this.target.backend.family,
        kernel: this.target.codec.kernel,
        restore: this.name,
        ...(this.options.resolve && {
          resolve: (name: string) => {
            const addresses = hosts.get(name);
            if (!addresses) throw new UnknownHost(name);
            return addresses;
          },
        }),
      },
    );
    if (command === OTHER_FAMILY) return;
    if ('answer' in command) throw new IptcError('ERR_BAD_RULE', `Expected a rule but received --${command.answer}`);
    this.origin(this.line!());
    this.run(command);
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

  private run(command: Command): void {
    const { letters, chain, number } = command;
    for (const letter of letters) {
      const all = chain === undefined;
      if (!all) {
        checkChainName(this.where(), 'restore', chain);
        this.piece.chain(chain);
      }
      this.spoken?.command(letter, chain, command.newName);
      switch (letter) {
        case 'A':
        case 'I':
        case 'R':
        case 'C':
        case 'D':
          for (const rule of command.rules) this.runRule(letter, rule, chain!, number);
          break;
        case 'd':
          this.piece.deleteAt(number - 1);
          break;
        case 'F':
          if (all) this.piece.flushAll();
          else this.piece.flush();
          break;
        case 'Z':
          if (all) this.piece.zeroAll();
          else this.piece.zero();
          break;
        case 'z':
          this.piece.zeroAt(number - 1);
          break;
        case 'N':
          this.piece.create();
          break;
        case 'X':
          if (all) this.piece.deleteChains();
          else this.piece.deleteChain();
          break;
        case 'E':
          this.piece.rename(command.newName!);
          break;
        case 'P':
          this.piece.policy(command.policy!, command.counters ?? { packets: 0n, bytes: 0n });
          break;
        default:
          throw new IptcError(
            'ERR_BAD_TEXT',
            `Expected a command that changes the table but received -${letter}`,
            this.where(),
          );
      }
    }
  }

  private runRule(letter: 'A' | 'I' | 'R' | 'C' | 'D', rule: Rule, chain: string, number: number): void {
    const { codec } = this.target;
    const understood = (place: Place): { readonly entry: Uint8Array } =>
      letter === 'C' || letter === 'D' ? codec.pattern(rule, place) : { entry: codec.encode(rule, place) };
    let pattern: ReturnType<typeof understood>;
    try {
      pattern = understood({ table: this.name, chain });
    } catch (error) {
      if (!(error instanceof IptcError)) throw error;
      const objection = error.within({ ...this.where(), chain });
      if (!this.hooks.trusting) throw objection;
      try {
        pattern = understood({ trusting: true });
      } catch (inner) {
        throw inner instanceof IptcError ? inner.within({ ...this.where(), chain }) : inner;
      }
      this.objection ??= objection.within({ line: this.line!(), file: this.options.file });
    }
    const { entry } = pattern;
    if (!this.options.noflush) this.hooks.say?.({ entry });
    switch (letter) {
      case 'A':
        return this.piece.append(entry);
      case 'I':
        return this.piece.insert(number - 1, entry);
      case 'R':
        return this.piece.replace(number - 1, entry);
      case 'C':
        return this.piece.check(pattern as Pattern);
      case 'D':
        return this.piece.delete(pattern as Pattern);
    }
  }

  /** Whether to drain() before going on. */
  get full(): boolean {
    return this.stream.full;
  }
  /** Keeps the lock, though the input comes slowly. */
  stay(): void {
    this.stream.stay();
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
      if (!test) this.target.committed?.(timing);
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
    if (error.stage === 'commit' && this.objection) throw this.objection.within({ cause: error });
    const origin = error.stage === 'edit' ? this.origins.of(error.operation) : undefined;
    const { backend } = this.target;
    const attempt: Attempt = {
      operation: 'restore',
      table: this.name,
      family: backend.family,
      lockFile: backend.lockFile,
      ...(error.stage === 'edit' && this.policies.get(error.operation)),
    };
    const told = toIptcError(error as BackendFailure, this.line ? attempt : { ...attempt, index: origin });
    throw this.line ? told.within({ line: origin ?? this.line(), file: this.options.file }) : told;
  }
  private where() {
    return { family: this.target.backend.family, table: this.name } as const;
  }
}

function addresses(given: unknown): readonly string[] {
  if (Array.isArray(given) && given.every((each) => typeof each === 'string')) return given;
  throw new IptcError('ERR_BAD_ARGUMENT', `Expected a list of addresses from resolve() but received ${show(given)}`);
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
const passed = ({ stage, operation, errno }: BackendFailure, last: number | undefined): boolean =>
  last === undefined
    ? stage === 'commit' && errno === constants.errno.EOPNOTSUPP
    : stage === 'edit' && operation === last;

const exact = ({
  packets,
  bytes,
}: {
  readonly packets: bigint | number;
  readonly bytes: bigint | number;
}): Counters => ({ packets: BigInt(packets), bytes: BigInt(bytes) });
