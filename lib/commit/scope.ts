/**
 * Who waits for whom. A transaction's work and a restore's input are other people's code: what it asks for may wait for
 * the very work that it is part of, or for other work that waits for it. That would be for ever, so it is refused.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Turns } from './turns';

const storage = new AsyncLocalStorage<Scope>();

/** Scopes whose work is running. */
const running = new Set<Scope>();

/** What is running while nothing is left that could go on: it waits for what never comes. */
function abandonAll(): void {
  for (const scope of running) scope.abandon();
}

/** Work that has tables to itself. */
export class Scope {
  /** The work that it is part of. */
  private readonly parent = Scope.current();
  private readonly children = new Set<Scope>();
  /** The tables whose turn is awaited inside. */
  private readonly awaited: Turns[] = [];
  private over = false;

  constructor(
    /** What an error calls it: `the transaction on table filter`. */
    readonly name: string,
    /** What to do instead of waiting for it inside of it. */
    readonly remedy: string,
    /** What nobody else gets a turn of meanwhile, whatever the table: a restore holds the lock while it reads its input. */
    private readonly sealed?: object,
  ) {}

  /** Runs the work. `deadlock` makes the error for work that waits when there is nothing left to wait for. */
  async run<T>(work: () => Promise<T>, deadlock: () => Error): Promise<T> {
    if (running.size === 0) process.on('beforeExit', abandonAll);
    running.add(this);
    this.parent?.children.add(this);
    const abandoned = new Promise<never>((_, reject) => {
      this.abandon = () => reject(deadlock());
    });
    try {
      return await Promise.race([storage.run(this, work), abandoned]);
    } finally {
      this.over = true;
      running.delete(this);
      this.parent?.children.delete(this);
      if (running.size === 0) {
        process.off('beforeExit', abandonAll);
        // Every promise of the process costs more as long as it is watched.
        storage.disable();
      }
    }
  }
  abandon: () => void = () => {};

  /** Remembers that `turn` of a table is awaited inside. */
  async awaiting<T>(turns: Turns, turn: Promise<T>): Promise<T> {
    this.awaited.push(turns);
    try {
      return await turn;
    } finally {
      this.awaited.splice(this.awaited.indexOf(turns), 1);
    }
  }

  isWithin(other: Scope): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) if (scope === other) return true;
    return false;
  }
  /** Whether nobody else gets a turn of it meanwhile. */
  seals(backend: object): boolean {
    return this.sealed === backend && !this.over;
  }
  /** What it is part of that does. */
  sealing(backend: object): Scope | undefined {
    let scope: Scope | undefined = this;
    while (scope && !scope.seals(backend)) scope = scope.parent;
    return scope;
  }

  /** Whether it can't end before `other` has: that is part of it, or has a table that is awaited inside. */
  waitsFor(other: Scope, seen = new Set<Scope>()): boolean {
    if (other.isWithin(this)) return true;
    if (seen.has(this)) return false;
    seen.add(this);
    for (const child of this.children) if (child.waitsFor(other, seen)) return true;
    return this.awaited.some((turns) => turns.holder?.waitsFor(other, seen));
  }

  static current(): Scope | undefined {
    let scope = storage.getStore();
    while (scope?.over) scope = scope.parent;
    return scope;
  }
}
