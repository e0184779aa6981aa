/** Who has a table, and who has it next: in the order in which it was asked for. */
import { now, setImmediate, setTimeout } from '../clock';
import type { Batch } from './batch';
import type { Scope } from './scope';

/** What a table is asked for. */
export class Turn {
  /** Settles when it is over. */
  readonly done: Promise<void>;
  finish!: () => void;

  constructor(
    /** Never rejects. */
    readonly run: () => Promise<void>,
    /** Edits that others may join while they wait. */
    readonly batch?: Batch,
    /** Several tables at once, or one: it begins when it is its turn on all of them. */
    readonly group?: Group,
  ) {
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
  }
  /** A read only has to begin in its turn: a backend does one thing after the other. */
  get reads(): boolean {
    return !this.batch && !this.group;
  }
}

export class Turns {
  private readonly waiting: Turn[] = [];
  private running: Turn | undefined;
  private scheduled = false;
  /** How often it has been asked for. */
  asked = 0;
  /** When the last one ended. */
  private ended = Number.NEGATIVE_INFINITY;

  constructor(
    /** Milliseconds between two of them. */
    private readonly interval = 0,
  ) {}

  /** Whether nobody has asked for it. */
  get idle(): boolean {
    return !this.running && this.waiting.length === 0;
  }
  /** The work that has it. */
  get holder(): Scope | undefined {
    return this.running?.group?.scope;
  }
  /** The first work that a synchronous call can't wait for. */
  get work(): Group | undefined {
    return (this.running?.group ? this.running : this.waiting.find(({ group }) => group))?.group;
  }

  /** The edits that one issued now would join. `nested`: inside work that has a table. */
  joinable(nested: boolean): Batch | undefined {
    return this.waiting[this.place(nested) - 1]?.batch;
  }
  add(turn: Turn, nested: boolean): void {
    this.asked++;
    this.waiting.splice(this.place(nested), 0, turn);
    this.schedule();
  }

  /** Settles when all that was asked for before is over. */
  async settled(): Promise<void> {
    await this.last?.done;
  }

  /** Takes what waits out of the hands of time: `run` does it at once, in order. Only without work. */
  flush(run: (turn: Turn) => void): void {
    for (let turn = this.waiting.shift(); turn; turn = this.waiting.shift()) {
      run(turn);
      turn.finish();
    }
  }
  /** Whoever didn't wait for a turn has had one. */
  tick(): void {
    this.ended = now();
  }

  /** Whether this one would be the next. */
  isNext(turn: Turn): boolean {
    return !this.running && this.waiting[0] === turn;
  }
  begin(): void {
    const turn = this.waiting.shift()!;
    this.running = turn;
    void turn.run().then(() => {
      this.running = undefined;
      if (!turn.reads) this.tick();
      turn.finish();
      this.schedule();
    });
  }

  private get last(): Turn | undefined {
    return this.waiting[this.waiting.length - 1] ?? this.running;
  }

  /** Work on several tables begins when all are free: what is part of work that has one already goes before it. */
  private place(nested: boolean): number {
    const index = nested ? this.waiting.findIndex(({ group }) => group?.several && !group.nested) : -1;
    return index < 0 ? this.waiting.length : index;
  }

  private schedule(): void {
    const next = this.waiting[0];
    if (this.scheduled || this.running || !next) return;
    if (next.reads) return this.begin();
    this.scheduled = true;
    const start = () => {
      this.scheduled = false;
      this.next();
    };
    const wait = this.interval > 0 ? this.ended + this.interval - now() : 0;
    if (wait > 0) setTimeout(start, wait);
    else setImmediate(start);
  }
  private next(): void {
    const next = this.waiting[0];
    if (this.running || !next) return;
    if (next.group) next.group.begin();
    else this.begin();
  }
}

/** Work that has tables to itself, all of them or none. */
export class Group {
  private readonly members: readonly { readonly turns: Turns; readonly turn: Turn }[];

  constructor(
    /** What a synchronous call is told that can't wait for it: `a transaction`. */
    readonly name: string,
    tables: readonly Turns[],
    /** Whose code it runs. */
    readonly scope: Scope | undefined,
    /** Whether it is part of other work that has a table. */
    readonly nested: boolean,
    start: () => Promise<void>,
  ) {
    let begun: Promise<void> | undefined;
    const run = () => {
      begun ??= start();
      return begun;
    };
    this.members = tables.map((turns) => ({ turns, turn: new Turn(run, undefined, this) }));
  }

  /** Asks for the tables. */
  join(): void {
    for (const { turns, turn } of this.members) turns.add(turn, this.nested);
  }

  get several(): boolean {
    return this.members.length > 1;
  }
  begin(): void {
    if (this.members.every(({ turns, turn }) => turns.isNext(turn)))
      for (const { turns } of this.members) turns.begin();
  }
}
