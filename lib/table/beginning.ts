/** The table that a transaction begins with: read when something is done with it. */
import type { Backend } from '../backend/backend';
import { MemoryTable } from '../backend/memory/table';
import { sliced } from '../slice';

export class Beginning {
  /** What was read, as the backend told it. */
  base: ArrayBuffer | undefined;
  private table: MemoryTable | undefined;
  private failure: { readonly error: unknown } | undefined;
  /** What is to be done then, in this order. */
  private readonly waiting: (() => void)[] = [];
  /** Settles when it has been read, or can't be. */
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly backend: Backend,
    private readonly name: string,
  ) {}

  /** One that is there already. */
  static with(backend: Backend, name: string, table: MemoryTable): Beginning {
    const beginning = new Beginning(backend, name);
    beginning.table = table;
    return beginning;
  }

  /** The model that is edited. Throws why the table can't be read. */
  get model(): MemoryTable {
    if (this.failure) throw this.failure.error;
    return this.table!;
  }
  private get settled(): boolean {
    return this.table !== undefined || this.failure !== undefined;
  }

  /** Begins to read it; settles when that is done, and never rejects. */
  read(): Promise<void> {
    this.reading = this.load();
    return this.reading;
  }
  private async load(): Promise<void> {
    try {
      const base = await this.backend.snapshot(this.name);
      if (this.settled) return;
      const table = await sliced(MemoryTable.reading(base));
      this.settle(() => this.begin(base, table));
    } catch (error) {
      this.settle(() => {
        this.failure = { error };
      });
    }
  }
  /** At once, for whoever can't wait. */
  readNow(): void {
    if (this.settled) return;
    const base = this.backend.snapshotSync(this.name);
    const table = MemoryTable.from(base);
    this.settle(() => this.begin(base, table));
  }
  private begin(base: ArrayBuffer, table: MemoryTable): void {
    this.base = base;
    this.table = table;
  }
  private settle(begin: () => void): void {
    if (this.settled) return;
    begin();
    for (const each of this.waiting.splice(0)) each();
  }

  /** Does it when the table has been read, after what was to be done before. */
  when<T>(work: () => Promise<T>): Promise<T> {
    if (this.settled) return work();
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => work().then(resolve, reject));
    });
  }
  /** Settles when nothing waits for it any more. */
  end(): Promise<void> {
    return this.reading;
  }
}
