/** What a watch has told so far. */
import { once } from 'node:events';
import type { Drift, Repair, Watch } from '../../lib/policy';

export class Watched {
  readonly drifts: Drift[] = [];
  readonly repairs: Repair[] = [];
  error: Error | undefined;
  private readonly ended: Promise<unknown>;

  constructor(readonly watch: Watch) {
    watch.on('drift', (drift) => void this.drifts.push(drift));
    watch.on('repair', (repair) => void this.repairs.push(repair));
    watch.on('error', (error) => {
      this.error = error;
    });
    this.ended = new Promise((resolve) => void watch.once('close', () => resolve(undefined)));
  }
  async ready(): Promise<this> {
    await once(this.watch, 'ready');
    return this;
  }
  /** The next one, or the one that has come already: of whatever `since` counts. */
  async drift(since = 0): Promise<Drift> {
    while (this.drifts.length <= since) await once(this.watch, 'drift');
    return this.drifts[since]!;
  }
  async repair(since = 0): Promise<Repair> {
    while (this.repairs.length <= since) await once(this.watch, 'repair');
    return this.repairs[since]!;
  }
  /** How it has ended. */
  async end(): Promise<Error | undefined> {
    await this.ended;
    return this.error;
  }
}
