import { constants } from 'node:os';
import { clearTimeout, now, setTimeout } from '../../clock';
import { finish, type Steps } from '../../slice';
import type { ApplyOptions, BackendFailure, LockedTable, Timing } from '../backend';
import { failure } from './failure';
import type { ProgramRunner } from './program';
import type { MemoryTable } from './table';
import { settling, Turns } from './turns';

const { EINVAL, ETIMEDOUT } = constants.errno;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export const microseconds = (since: number): number => (now() - since) * 1000;

/** What a stream needs of its backend. */
export interface StreamOwner {
  /** Writes the table, or takes its edits back and throws. */
  write(program: readonly Uint8Array[]): Steps<Timing>;
  /** From now on synchronous calls may be made: they wait for what is left to do. */
  ending(): void;
  /** The next job may begin. */
  closed(): void;
}

/** A table kept locked while its program comes in pieces. */
export class MemoryStream implements LockedTable {
  private readonly turns = new Turns();
  private readonly pieces: Uint8Array[] = [];
  private readonly runner: ProgramRunner;
  private readonly idle: number;
  private failure: BackendFailure | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private open = true;
  private edit = 0;

  constructor(
    private readonly table: MemoryTable,
    { idle, chainsCapture }: ApplyOptions & { readonly idle: number },
    private readonly owner: StreamOwner,
  ) {
    this.runner = table.runner(chainsCapture);
    this.idle = idle;
    this.wait();
  }

  snapshot(): Promise<ArrayBuffer> {
    return this.post(() => {
      this.require();
      return this.table.snapshotting();
    });
  }

  /** Never rejects: commit() tells. */
  write(piece: Uint8Array): Promise<void> {
    const program = piece.slice();
    return this.post(() => this.running(program));
  }
  private *running(program: Uint8Array): Steps<void> {
    if (!this.open) return;
    const start = now();
    this.pieces.push(program);
    try {
      yield* this.runner.running(program);
    } catch (error) {
      yield* this.break(error as BackendFailure);
    }
    this.edit += microseconds(start);
  }

  commit(): Promise<Timing> {
    this.owner.ending();
    return this.post(() => this.ending());
  }
  private *ending(): Steps<Timing> {
    this.require();
    try {
      return { ...(yield* this.owner.write(this.pieces)), edit: this.edit };
    } finally {
      this.close();
    }
  }

  abort(): Promise<void> {
    this.owner.ending();
    return this.post(() => this.aborting());
  }
  private *aborting(): Steps<void> {
    if (!this.open) return;
    yield* this.table.rollingBack();
    this.close();
  }

  /** Does now what has been asked for. */
  drain(): void {
    this.turns.drain();
  }

  private require(): void {
    if (this.failure) throw this.failure;
    if (!this.open) throw failure('closed', EINVAL, 'The program has ended');
  }

  private async post<T>(work: () => Steps<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.turns.post(settling(work, resolve, reject));
      });
    } finally {
      this.wait();
    }
  }

  /** Gives up when nothing comes for too long. */
  private wait(): void {
    clearTimeout(this.timer);
    if (!this.open || this.idle > LONGEST_TIMEOUT) return;
    this.timer = setTimeout(() => {
      if (this.open && this.turns.idle) {
        finish(this.break(failure('idle', ETIMEDOUT, 'No piece of the program came for too long')));
      }
    }, this.idle);
  }

  private *break(reason: BackendFailure): Steps<void> {
    this.failure = reason;
    yield* this.table.rollingBack();
    this.owner.ending();
    this.close();
  }

  private close(): void {
    this.open = false;
    clearTimeout(this.timer);
    this.owner.closed();
  }
}
