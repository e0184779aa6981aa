/** A long program: written in pieces, while the addon's thread takes the lock at once and runs those that are there. */
import type { ApplyOptions, Backend, LockedTable, Timing } from '../backend/backend';
import { ProgramWriter } from '../backend/writer';

/** Bytes of a piece, more or less. */
export const PIECE = 256 << 10;

/** Pieces that wait for the table to be read, or for the addon's thread. */
const MOST_PIECES = 256;
/** Milliseconds without a piece after which the lock is let go, unless told: a source may be slow. */
const IDLE = 60_000;

export interface StreamOptions extends ApplyOptions {
  readonly idle?: number;
}

/** Whatever fails is a BackendFailure, or what the lock was given up with. */
export class ProgramStream {
  /** Where the next operation is written; turn() after each. */
  piece = new ProgramWriter(); // small: it may be the only one
  /** The table, under its lock. */
  readonly opened: Promise<LockedTable>;
  private locked: LockedTable | undefined;
  /** Those that wait for the lock. */
  private queued: ProgramWriter[] = [];
  private writing = 0;
  /** Operations of the pieces before this one. */
  private before = 0;
  private failure: { readonly error: unknown } | undefined;
  private wake: (() => void) | undefined;
  /** Called at its failure, for who waits for something else meanwhile. */
  failed: ((error: unknown) => void) | undefined;
  private over = false;
  private sent = performance.now();

  constructor(
    backend: Backend,
    table: string,
    private readonly options: StreamOptions,
  ) {
    this.opened = backend.lock(table, { ...options, idle: this.idle });
    this.opened.then(
      (locked) => {
        this.locked = locked;
        for (const piece of this.queued) this.write(piece);
        this.queued = [];
        this.notify();
      },
      (error: unknown) => this.fail(error),
    );
  }

  private get idle(): number {
    return this.options.idle ?? IDLE;
  }

  /** How many have been written. */
  get operations(): number {
    return this.before + this.piece.operations;
  }

  /** Sends the piece on its way when it is full. */
  turn(): void {
    if (this.piece.length >= PIECE) this.send();
  }

  /** Says that there is somebody, where pieces become full slowly. */
  stay(): void {
    if (performance.now() - this.sent > this.idle / 4) this.send();
  }

  /** Asks, once nothing has come for too long, whether the table has been let go; until what it gives is called. */
  watch(): () => void {
    if (this.idle === Number.POSITIVE_INFINITY) return () => {};
    const ask = () => this.locked?.snapshot().catch((error: unknown) => this.fail(error));
    const timer = setInterval(ask, this.idle + 100);
    return () => clearInterval(timer);
  }

  /** Whether to drain() before going on. */
  get full(): boolean {
    return this.failure !== undefined || this.queued.length + this.writing >= MOST_PIECES;
  }
  async drain(): Promise<void> {
    while (!this.failure && this.queued.length + this.writing > MOST_PIECES / 2) await this.changed();
    if (this.failure) throw this.failure.error;
  }

  /** Sends what is left, and commits. */
  async end(): Promise<Timing> {
    this.send();
    while (!this.failure && (this.queued.length > 0 || this.writing > 0 || !this.locked)) await this.changed();
    if (this.failure) throw this.failure.error;
    this.over = true;
    return this.locked!.commit();
  }

  /** Lets go of the table. Harmless after end(). */
  async abort(): Promise<void> {
    if (this.over) return;
    this.over = true;
    const locked = await this.opened.catch(() => undefined);
    await locked?.abort();
  }

  private send(): void {
    this.sent = performance.now();
    this.before += this.piece.operations;
    if (this.locked) {
      this.write(this.piece);
      this.piece.reset();
    } else {
      this.queued.push(this.piece);
      this.piece = newPiece();
    }
  }
  private write(piece: ProgramWriter): void {
    if (this.failure) return;
    this.writing++;
    this.locked!.write(piece.bytes).then(
      () => {
        this.writing--;
        this.notify();
      },
      (error: unknown) => this.fail(error),
    );
  }
  private fail(error: unknown): void {
    if (!this.failure) {
      this.failure = { error };
      this.failed?.(error);
    }
    this.notify();
  }
  private changed(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
  private notify(): void {
    this.wake?.();
    this.wake = undefined;
  }
}

const newPiece = () => new ProgramWriter(PIECE + (PIECE >> 2));
