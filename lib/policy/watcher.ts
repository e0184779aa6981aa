/** The look of `watch` that goes on: notices, tells, repairs, gives up. */
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { Changer, Observation } from '../backend/observe';
import { clearTimeout, now, setTimeout } from '../clock';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import { joinedText } from '../table/printed';
import { type Given, type Plan, type Planner, type PlanOptions, plannerOf } from './plan';
import type { Drift, RepairOptions, Watch } from './watch';

/** Node forgets channels that nobody holds. */
const drifts = channel('libiptc:drift');

/** Milliseconds between two looks whether the namespace is still there. */
const PLACE = 1000;
/** Between two plans, at least, and at most: so many times what the last one took. */
const [SHORTEST, LONGEST, REST] = [20, 500, 5];
/** Drifts that wait for somebody who is slow; of more the oldest are forgotten, since the last one says what is so. */
const WAITING = 16;

interface Reader<F extends Family> {
  readonly drifts: Drift<F>[];
  wake?: () => void;
}

export class Watcher<F extends Family> extends EventEmitter implements Watch<F> {
  private readonly readers = new Set<Reader<F>>();
  private readonly observations: Observation[] = [];
  private over: { readonly error?: Error } | undefined;
  private readonly done: Promise<void>;
  /** Whether something may have changed since the last plan, and by whom. */
  private dirty = false;
  private by: Changer[] = [];
  private wake: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What was told last, if it is still so. */
  private told: string | undefined;
  /** Repairs in a row, when the last one ended, and how it failed. */
  private repairs = 0;
  private repaired = 0;
  private failure: Error | undefined;
  /** How often in a row it could not be compared. */
  private stumbles = 0;

  constructor(
    private readonly given: readonly Given<F>[],
    private readonly options: PlanOptions<F>,
    private readonly repair: boolean | RepairOptions,
    private readonly signal: AbortSignal | undefined,
  ) {
    super();
    this.done = this.run().catch((error: Error) => this.end({ error }));
  }

  private readonly abort = (): void => {
    const error = new IptcError('ERR_ABORTED', 'Cannot watch the tables any more: the signal was aborted', {
      cause: this.signal!.reason,
    });
    this.end({ error }, false);
  };

  private async run(): Promise<void> {
    if (this.signal?.aborted) return void process.nextTick(this.abort);
    this.signal?.addEventListener('abort', this.abort, { once: true });
    const planner = await plannerOf(this.given, this.options);
    if (this.over) return;
    const observer = {
      changed: (by?: Changer) => {
        this.dirty = true;
        if (by && !this.by.some(({ pid, program }) => pid === by.pid && program === by.program)) this.by.push(by);
        this.wake?.();
      },
      failed: (error: unknown) => this.end({ error: error as Error }),
    };
    for (const { firewall, tables } of planner.observed) this.observations.push(firewall.observe(tables, observer));
    this.lookAtPlace();
    // What is wrong from the beginning is no drift.
    for (let begun = false; !this.over; begun = true) {
      await this.noticed();
      if (this.over) return;
      const start = now();
      try {
        await this.look(planner);
        this.stumbles = 0;
        if (!begun) this.emit('ready');
      } catch (error) {
        if (!begun || (error as IptcError).code === 'ERR_CLOSED') throw error;
        await this.stumbled(error as Error);
      }
      await this.sleep(Math.min(LONGEST, Math.max(SHORTEST, REST * (now() - start))));
    }
  }

  private async look(planner: Planner<F>): Promise<void> {
    this.dirty = false;
    for (const observation of this.observations) await observation.rebase?.();
    const plan = await planner.plan();
    for (const observation of this.observations) observation.drain?.();
    if (plan.empty) {
      // What has come meanwhile belongs to the next plan.
      if (!this.dirty) this.by = [];
      this.told = undefined;
      return;
    }
    const at = new Date();
    const by = this.by.splice(0);
    const text = await joinedText(linesOf(plan));
    if (text !== this.told) this.tell({ plan, by, at });
    this.told = text;
    if (this.repair !== false) await this.mend(planner, by);
  }

  private async mend(planner: Planner<F>, by: readonly Changer[]): Promise<void> {
    const {
      attempts = 10,
      interval = 100,
      longest = 30_000,
    } = this.repair === true ? {} : (this.repair as RepairOptions);
    if (this.repairs > 0 && now() - this.repaired > longest) this.repairs = 0;
    if (this.repairs >= attempts) return this.end({ error: this.failure ?? givenUp(attempts, by) });
    if (this.repairs > 0) await this.sleep(Math.min(longest, interval * 2 ** (this.repairs - 1)));
    if (this.over) return;
    this.repairs++;
    try {
      const plan = await planner.plan();
      await plan.apply();
      this.failure = undefined;
      this.told = undefined;
      this.dirty = true; // whether it holds now
      if (!plan.empty) this.emit('repair', { plan, attempt: this.repairs, at: new Date() });
    } catch (error) {
      if ((error as IptcError).code === 'ERR_CLOSED') throw error;
      // Somebody was faster, or has taken what the rules need; the next one in the row may do it.
      if ((error as IptcError).code !== 'ERR_CONFLICT') this.failure = error as Error;
      this.dirty = true;
    } finally {
      this.repaired = now();
    }
  }

  /** What should hold can't be compared: it may need what somebody has taken away, and may put back. */
  private async stumbled(error: Error): Promise<void> {
    const { attempts = 10, interval = 100, longest = 30_000 } = typeof this.repair === 'object' ? this.repair : {};
    if (this.over || ++this.stumbles > attempts) throw error;
    await this.sleep(Math.min(longest, interval * 2 ** (this.stumbles - 1)));
    this.dirty = true;
  }

  private tell(drift: Drift<F>): void {
    if (drifts.hasSubscribers) drifts.publish(drift);
    for (const reader of this.readers) {
      if (reader.drifts.push(drift) > WAITING) reader.drifts.shift();
      reader.wake?.();
    }
    this.emit('drift', drift);
  }

  private async noticed(): Promise<void> {
    while (!this.dirty && !this.over) await this.waiting();
  }
  private async sleep(duration: number): Promise<void> {
    const end = now() + duration;
    while (!this.over && now() < end) await this.waiting(end - now());
  }
  private async waiting(duration?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (duration !== undefined) timer = setTimeout(resolve, duration);
    });
    clearTimeout(timer);
  }

  private lookAtPlace(): void {
    for (const { firewall } of this.given) {
      const path = firewall.lostPath;
      if (path === undefined) continue;
      const error = new IptcError(
        'ERR_NAMESPACE',
        `Cannot watch the tables of network namespace ${path} any more: it is gone, or another one has its name`,
        { family: firewall.family, hint: 'Open the firewall again when it is there again.' },
      );
      return this.end({ error });
    }
    this.timer = setTimeout(() => this.lookAtPlace(), PLACE).unref();
  }

  /** `loud`: who has not been told otherwise is told by an `error` event. */
  private end(over: { readonly error?: Error }, loud = true): void {
    if (this.over) return;
    this.over = over;
    clearTimeout(this.timer);
    this.signal?.removeEventListener('abort', this.abort);
    for (const observation of this.observations.splice(0)) observation.close();
    this.wake?.();
    const isRead = this.readers.size > 0;
    for (const reader of this.readers) reader.wake?.();
    process.nextTick(() => {
      if (over.error && loud && (!isRead || this.listenerCount('error') > 0)) this.emit('error', over.error);
      this.emit('close');
    });
  }

  async close(): Promise<void> {
    this.end({});
    await this.done;
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Drift<F>, void> {
    const reader: Reader<F> = { drifts: [] };
    this.readers.add(reader);
    return this.read(reader);
  }
  private async *read(reader: Reader<F>): AsyncGenerator<Drift<F>, void> {
    try {
      for (;;) {
        while (reader.drifts.length > 0) yield reader.drifts.shift()!;
        if (this.over?.error) throw this.over.error;
        if (this.over) return;
        await new Promise<void>((resolve) => {
          reader.wake = resolve;
        });
      }
    } finally {
      this.readers.delete(reader);
      await this.close();
    }
  }
}

function* linesOf<F extends Family>(plan: Plan<F>): Generator<string> {
  for (const line of plan.lines(0)) yield `${line}\n`;
}

function givenUp(attempts: number, by: readonly Changer[]): IptcError {
  const who = by.map(({ program, pid }) => `${program} (${pid})`).join(', ');
  return new IptcError(
    'ERR_CONFLICT',
    `Cannot keep the tables as they should be: they were changed again after each of ${attempts} repairs${who && `, by ${who}`}`,
    { hint: '`iptc doctor` tells who else writes rules: let one of the two do it.' },
  );
}
