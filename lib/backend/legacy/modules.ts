/** iptables' way with a kernel that has no tables yet: it loads their module, once, and tries again. */
import { existsSync, readFileSync } from 'node:fs';
import { FAMILY } from '../../net/family';
import type { ApplyOptions, Backend, BackendFailure, LockedTable, Timing } from '../backend';
import { type Observation, type Observer, observe } from '../observe';

/** The same backend, with a module to be loaded by `command`, or by what the kernel calls for it. */
export function loadingModules(backend: Backend, command: string | undefined): Backend {
  return new LoadingBackend(backend, command);
}

class LoadingBackend implements Backend {
  private tried = false;

  constructor(
    private readonly backend: Backend,
    private readonly command: string | undefined,
  ) {}

  get kind() {
    return this.backend.kind;
  }
  get family() {
    return this.backend.family;
  }
  get namespace() {
    return this.backend.namespace;
  }
  tables() {
    return this.backend.tables();
  }

  snapshot(table: string): Promise<ArrayBuffer> {
    return this.again(() => this.backend.snapshot(table));
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.againSync(() => this.backend.snapshotSync(table));
  }
  apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    return this.again(() => this.backend.apply(table, program, options));
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Timing {
    return this.againSync(() => this.backend.applySync(table, program, options));
  }
  lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    return this.again(() => this.backend.lock(table, options));
  }

  revision(kind: 'match' | 'target', name: string, revision: number) {
    return this.backend.revision(kind, name, revision);
  }
  findSet(name: string) {
    return this.backend.findSet(name);
  }
  setName(index: number) {
    return this.backend.setName(index);
  }
  observe(tables: readonly string[], observer: Observer): Observation {
    return observe(this.backend, tables, observer);
  }
  close(): Promise<void> {
    return this.backend.close();
  }

  private async again<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!this.load(error)) throw error;
      return act();
    }
  }
  private againSync<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!this.load(error)) throw error;
      return act();
    }
  }

  /** Whether the module has been loaded now. */
  private load(error: unknown): boolean {
    if ((error as Partial<BackendFailure>).stage !== 'read' || this.tried) return false;
    this.tried = true;
    const tables = FAMILY[this.family].module;
    if (existsSync(`/proc/net/${tables}_names`)) return false;
    const command = this.command ?? kernelsOwn();
    if (command === undefined || command === '') return false;
    const { spawnSync } = require('node:child_process') as typeof import('node:child_process');
    return spawnSync(command, [tables], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  }
}

function kernelsOwn(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/modprobe', 'utf8').trim();
  } catch {
    return undefined;
  }
}
