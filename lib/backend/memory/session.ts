import { constants } from 'node:os';
import type {
  ApplyOptions,
  Backend,
  BackendSet,
  Committed,
  LockedTable,
  Looked,
  TableProgram,
  Timing,
} from '../backend';
import type { MemoryBackend } from './backend';
import { failure } from './failure';

/** Tables in memory for as long as somebody has them open. They stay when it ends, as the kernel's do. */
export class MemorySession implements Backend {
  readonly kind = 'memory';
  private closing: Promise<void> | undefined;

  constructor(private readonly backend: MemoryBackend) {}

  get family() {
    return this.backend.family;
  }
  get isDraft() {
    return this.backend.isDraft;
  }
  get namespace() {
    return this.backend.namespace;
  }
  tables(): readonly string[] {
    return this.open.tables();
  }

  async version(table?: string): Promise<number> {
    return this.open.version(table);
  }
  async look(table: string, known: number | undefined): Promise<Looked> {
    return this.open.look(table, known);
  }
  async snapshot(table: string): Promise<ArrayBuffer> {
    return this.open.snapshot(table);
  }
  snapshotSync(table: string): ArrayBuffer {
    return this.open.snapshotSync(table);
  }
  async apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Committed> {
    return this.open.apply(table, program, options);
  }
  applySync(table: string, program: Uint8Array, options: ApplyOptions): Committed {
    return this.open.applySync(table, program, options);
  }
  async applyAll(programs: readonly TableProgram[], options: ApplyOptions): Promise<readonly Timing[]> {
    const backendOf = (backend: Backend) => (backend instanceof MemorySession ? backend.open : backend);
    return this.open.applyAll(
      programs.map((each) => ({ ...each, backend: backendOf(each.backend) })),
      options,
    );
  }
  async lock(table: string, options: ApplyOptions & { readonly idle: number }): Promise<LockedTable> {
    return this.open.lock(table, options);
  }
  revision(kind: 'match' | 'target', name: string, revision: number): number | undefined {
    return this.open.revision(kind, name, revision);
  }
  findSet(name: string): BackendSet | undefined {
    return this.open.findSet(name);
  }
  setName(index: number): string | undefined {
    return this.open.setName(index);
  }

  close(): Promise<void> {
    this.closing ??= this.backend.settled();
    return this.closing;
  }

  private get open(): MemoryBackend {
    if (this.closing) throw failure('closed', constants.errno.EBADF, 'The session is closed');
    return this.backend;
  }
}
