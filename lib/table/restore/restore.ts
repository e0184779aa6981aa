/** iptables-save text or data -> tables: each as a whole or not at all, and only those that it names. */
import { argument } from '../../arguments';
import type { TableName } from '../../codec/extension';
import { KnownHosts } from '../../command/hosts';
import { cannot } from '../../commit/failure';
import { IptcError, show } from '../../errors';
import { chainRule } from '../../file/given';
import { LineSource, type Pieces } from '../../file/lines';
import { QuickEncoder } from '../../file/quick';
import type { Ruleset } from '../../file/ruleset';
import { type ChainLine, SaveFileReader } from '../../file/savefile';
import type { Counters, CountersInput, Rule } from '../../rule/rule';
import { Slice } from '../../slice';
import type { RestoreOptions } from '../options';
import { type RestoreHooks, type RestoreTarget, type Restoring, TableRestore } from './table';

export class Restore {
  private slice = new Slice();
  /** What it waits for. */
  private source: LineSource | undefined;
  private readonly hosts: KnownHosts | undefined;
  private readonly restoring: Restoring;
  /** What the input has named and said so far. */
  readonly tables: TableName[] = [];
  counters = true;

  constructor(
    private readonly target: RestoreTarget,
    private readonly options: RestoreOptions,
    private readonly hooks: RestoreHooks = {},
  ) {
    const { resolve } = options;
    this.hosts = resolve && new KnownHosts(async (host) => addresses(await resolve(host)));
    const quick = new QuickEncoder(target.codec);
    const failed = (error: unknown) => this.source?.interrupt(error);
    this.restoring = { target, options, hooks, quick, resolve: this.hosts?.resolve, failed };
  }

  async text(input: Pieces): Promise<void> {
    const source = new LineSource(input, this.options.file);
    this.source = source;
    let table: TableRestore | undefined;
    const { signal } = this.target.apply;
    const abort = () => source.interrupt(this.aborted(table));
    signal?.addEventListener('abort', abort);
    this.slice = new Slice();
    let skipping = this.options.tables !== undefined;
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
          if (signal?.aborted) throw this.aborted(table);
          if (table?.full) await table.drain();
          const stop = table?.watch();
          const more = await source.more().finally(stop);
          if (!more) return false;
          table?.stay();
          continue;
        }
        let goOn: boolean;
        try {
          goOn = read(line);
        } catch (error) {
          if (!this.hosts) throw error;
          goOn = await this.hosts.again(error, () => read(line));
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
          const restoring = new TableRestore(this.restoring, name, () => source.line);
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
      signal?.removeEventListener('abort', abort);
      this.hooks.stopped?.(source.line);
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
        const table = new TableRestore(this.restoring, name, undefined);
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

  private aborted(table: TableRestore | undefined): IptcError {
    const { family } = this.target.backend;
    const attempt = { operation: 'restore', table: table?.name, family };
    const hint = 'Tables that were complete before are in the kernel.';
    const why = 'its signal was aborted while it waited for its input';
    return cannot('ERR_ABORTED', attempt, why, this.tables.length > (table ? 1 : 0) ? { hint } : {});
  }

  private declare(table: TableRestore, chain: ChainLine): void {
    table.chain(chain);
    if (chain.policy !== undefined && !chain.counters) this.counters = false;
  }

  private wants(table: string): boolean {
    const wanted: readonly string[] | undefined = this.options.tables;
    return wanted === undefined || wanted.includes(table);
  }

  private async breathe(lines: number): Promise<void> {
    this.hooks.progress?.(lines);
    await this.slice.next();
  }
}

function addresses(given: unknown): readonly string[] {
  if (Array.isArray(given) && given.every((each) => typeof each === 'string')) return given;
  throw new IptcError('ERR_BAD_ARGUMENT', `Expected a list of addresses from resolve() but received ${show(given)}`);
}

const exact = ({ packets, bytes }: CountersInput): Counters => ({
  packets: BigInt(packets),
  bytes: BigInt(bytes),
});
