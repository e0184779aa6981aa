/** Puts back what others take away of that which bans are kept by: rules, chains, sets and what was in them. */
import { clearTimeout, now, setTimeout } from '../clock';
import type { Family } from '../rule/rule';
import type { Firewall } from '../table/firewall';
import type { Barrier } from './barrier';
import { fill } from './contents';
import type { Ledger } from './ledger';

/** What somebody had taken away. */
export interface BansRepair {
  readonly family: Family;
  /** Why it couldn't be put back, which is tried again; undefined: it has been. */
  readonly error?: Error;
}

/** Milliseconds between two looks, at least; twice as many after each repair in a row; at most; without a repair a row is over. */
const [SHORTEST, LONGEST] = [100, 30_000];
/** And so many times what the last look took. */
const REST = 5;

/** For one family, until it is closed. It keeps the process alive. */
export class Repairs {
  private observation: ReturnType<Firewall['observe']> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private dirty = false;
  private emptied = false;
  private row = 0;
  private ended = 0;
  private took = 0;
  private closed = false;

  constructor(
    private readonly firewall: Firewall<Family>,
    private readonly barrier: Barrier,
    private readonly ledger: Ledger,
    private readonly tell: (repair: BansRepair) => void,
  ) {
    this.observe();
  }
  private observe(): void {
    try {
      const failed = (error: unknown) => {
        this.observation?.close();
        this.observation = undefined;
        this.failed(error);
      };
      this.observation = this.firewall.observe(['filter'], { changed: () => this.notice(), failed });
    } catch (error) {
      this.failed(error);
    }
  }
  private notice(): void {
    this.dirty = true;
    if (this.closed || this.timer || this.running) return;
    const wait = Math.min(LONGEST, Math.max(SHORTEST * 2 ** this.row, REST * this.took));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.running = this.look().finally(() => {
        this.running = undefined;
        if (this.dirty) this.notice();
      });
    }, wait);
  }
  private async look(): Promise<void> {
    if (!this.observation) this.observe();
    if (now() - this.ended > LONGEST) this.row = 0;
    this.dirty = false;
    const begun = now();
    try {
      const { changed, emptied } = await this.barrier.repair();
      this.emptied ||= emptied;
      if (this.emptied) await fill(this.barrier, this.ledger);
      if (!changed && !this.emptied) return;
      this.emptied = false;
      this.row++;
      this.tell({ family: this.firewall.family });
    } catch (error) {
      this.emptied = true; // what has been made may be all that there is
      this.failed(error);
    } finally {
      this.ended = this.row > 0 ? now() : this.ended;
      this.took = now() - begun;
    }
  }
  private failed(error: unknown): void {
    if (this.closed) return;
    this.row++;
    this.tell({ family: this.firewall.family, error: error as Error });
    this.notice();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.observation?.close();
    await this.running;
  }
}
