/** The kernel's tables as the commands use them: as iptables does, in every way. */
import { existsSync, readFileSync } from 'node:fs';
import type { ApplyOptions, Backend, LockedTable } from '../backend/backend';
import { openNative } from '../backend/legacy/backend';
import type { ProgramWriter } from '../backend/writer';
import type { Family } from '../codec/extension';
import { type Attempt, isBackendFailure, toIptcError } from '../commit/failure';
import { EntryCodec } from '../rule/entry';
import { BackendKernel } from '../table/kernel';
import { loadedTables, tablesList } from '../table/loaded';
import { TableState } from '../table/state';

export interface TablesOptions {
  readonly family: Family;
  /** A name under /run/netns, or a path. */
  readonly netns?: string | undefined;
  readonly modprobe?: string | undefined;
}

/** The path of a namespace that --netns names. */
export const namespaceOf = (netns: string): string => (netns.includes('/') ? netns : `/run/netns/${netns}`);

/** What is attempted on a table. */
type What = Omit<Attempt, 'table' | 'family'>;

export class Tables {
  readonly family: Family;
  readonly backend: Backend;
  readonly codec: EntryCodec;

  constructor(private readonly options: TablesOptions) {
    const { family, netns } = options;
    this.family = family;
    try {
      this.backend = openNative({
        family,
        namespace: netns === undefined ? undefined : namespaceOf(netns),
        lockFile: process.env.XTABLES_LOCKFILE || '/run/xtables.lock',
      });
    } catch (error) {
      throw isBackendFailure(error) ? toIptcError(error, { operation: 'open the tables', family }) : error;
    }
    this.codec = new EntryCodec(new BackendKernel(this.backend));
  }

  /** Seconds as iptables counts them: less than 0 is for ever. */
  static applyOptions(wait: number): ApplyOptions {
    return { wait: wait < 0 ? Number.POSITIVE_INFINITY : wait * 1000, keepPolicyCounters: true, chainsCapture: true };
  }

  /** What is in a table, without the lock. */
  state(table: string): TableState {
    return new TableState(
      table,
      this.codec,
      this.attempt(table, { operation: 'read' }, () => this.backend.snapshotSync(table)),
    );
  }

  apply(table: string, program: ProgramWriter, wait: number, what: What): void {
    this.attempt(table, what, () => this.backend.applySync(table, program.bytes, Tables.applyOptions(wait)));
  }

  async lock(table: string, wait: number): Promise<LockedTable> {
    const lock = () => this.backend.lock(table, { ...Tables.applyOptions(wait), idle: 60_000 });
    try {
      return await lock().catch((error: unknown) => {
        if (!this.mayLoad(error)) throw error;
        return lock();
      });
    } catch (error) {
      throw this.told(error, table, { operation: 'read' });
    }
  }

  /** The names of the tables that the kernel has loaded. */
  names(): string[] {
    const { namespace } = this.backend;
    return existsSync(tablesList(namespace, this.family)) ? loadedTables(namespace, this.family) : [];
  }

  told(error: unknown, table: string, what: What): unknown {
    return isBackendFailure(error)
      ? toIptcError(error, { ...what, table, family: this.family, lockFile: this.backend.lockFile })
      : error;
  }

  close(): void {
    void this.backend.close();
  }

  private attempt<T>(table: string, what: What, act: () => T): T {
    try {
      try {
        return act();
      } catch (error) {
        if (!this.mayLoad(error)) throw error;
        return act();
      }
    } catch (error) {
      throw this.told(error, table, what);
    }
  }

  /** Loads the kernel's module, once, as iptables does when it finds none. */
  private mayLoad(error: unknown): boolean {
    if (!isBackendFailure(error) || error.stage !== 'read' || this.loaded) return false;
    this.loaded = true;
    if (existsSync(this.family === 'ipv4' ? '/proc/net/ip_tables_names' : '/proc/net/ip6_tables_names')) return false;
    let command = this.options.modprobe;
    if (command === undefined) {
      try {
        command = readFileSync('/proc/sys/kernel/modprobe', 'utf8').trim();
      } catch {
        return false;
      }
    }
    if (command === '') return false;
    const { spawnSync } = require('node:child_process') as typeof import('node:child_process');
    return (
      spawnSync(command, [this.family === 'ipv4' ? 'ip_tables' : 'ip6_tables'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }).status === 0
    );
  }
  private loaded = false;
}
