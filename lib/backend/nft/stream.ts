/** A table that is looked at, and then edited by a program that comes in pieces: it is sent only if nothing has changed. */
import { constants } from 'node:os';
import { clearTimeout, setTimeout } from '../../clock';
import type { ApplyOptions, BackendFailure, LockedTable, Timing } from '../backend';
import { failure } from '../memory/failure';
import type { Editing } from './editing';
import type { Jobs, Work } from './jobs';
import { told } from './reasons';
import { Stale } from './tables';

const { EAGAIN, EINVAL, ETIMEDOUT } = constants.errno;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

type Again = <T>(work: (editing: Editing) => Work<T>) => Work<T>;

/** Nobody else's job has its turn while it is open. */
export class NftStream implements LockedTable {
  private editing!: Editing;
  /** What has been run, to be run again if somebody else was faster; undefined if what was there has been looked at. */
  private pieces: Uint8Array[] | undefined = [];
  private broken: BackendFailure | undefined;
  private open = true;
  private pending = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Its own turns. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly jobs: Jobs,
    private readonly options: ApplyOptions & { readonly idle: number },
    private readonly again: Again,
    private readonly closed: () => void,
  ) {}

  *opening(): Work<void> {
    const self = this;
    yield* this.again(function* (editing) {
      self.editing = editing;
      yield;
    });
    this.jobs.hold();
    this.wait();
  }

  snapshot(): Promise<ArrayBuffer> {
    return this.turn(this.looking());
  }
  private *looking(): Work<ArrayBuffer> {
    this.require();
    this.pieces = undefined;
    const self = this;
    try {
      return yield* this.editing.snapshot();
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
      // Nothing has been run yet: it may as well begin now.
      return yield* this.again(function* (editing) {
        self.editing = editing;
        return yield* editing.snapshot();
      });
    }
  }

  /** Never rejects: commit() tells. */
  write(piece: Uint8Array): Promise<void> {
    return this.turn(this.running(piece.slice()));
  }
  private *running(piece: Uint8Array): Work<void> {
    if (!this.open) return;
    this.pieces?.push(piece);
    try {
      yield* this.editing.run(piece, true);
    } catch (error) {
      if (!(error instanceof Stale)) return yield* this.break(error as BackendFailure);
      if (this.pieces === undefined) return yield* this.break(conflict());
      yield* this.repeat();
    }
  }
  /** Runs all of it on what is there now. */
  private *repeat(): Work<void> {
    const self = this;
    try {
      yield* this.again(function* (editing) {
        self.editing = editing;
        for (const piece of self.pieces!) yield* editing.run(piece, true);
      });
    } catch (error) {
      yield* this.break(error as BackendFailure);
    }
  }

  commit(): Promise<Timing> {
    return this.turn(this.ending());
  }
  private *ending(): Work<Timing> {
    this.require();
    const self = this;
    try {
      return yield* this.editing.commit();
    } catch (error) {
      if (!(error instanceof Stale)) {
        yield* this.editing.abandon();
        throw error;
      }
      if (this.pieces === undefined) throw conflict();
      return yield* this.again(function* (editing) {
        self.editing = editing;
        for (const piece of self.pieces!) yield* editing.run(piece, true);
        return yield* editing.commit();
      });
    } finally {
      this.close();
    }
  }

  abort(): Promise<void> {
    return this.turn(this.aborting());
  }
  private *aborting(): Work<void> {
    if (!this.open) return;
    yield* this.editing.abandon();
    this.close();
  }

  private require(): void {
    if (this.broken) throw this.broken;
    if (!this.open) throw failure('closed', EINVAL, 'The program has ended');
  }

  /** Its calls are done one after the other, beside the jobs that wait for its end. */
  private turn<T>(work: Work<T>): Promise<T> {
    this.pending++;
    clearTimeout(this.timer);
    const done = this.last
      .then(() => this.jobs.within(work))
      .catch((error: unknown) => {
        throw told(error);
      });
    this.last = done.then(
      () => this.over(),
      () => this.over(),
    );
    return done;
  }
  private over(): void {
    this.pending--;
    this.wait();
  }
  /** Gives up when nothing comes for too long. */
  private wait(): void {
    clearTimeout(this.timer);
    if (!this.open || this.pending > 0 || this.options.idle > LONGEST_TIMEOUT) return;
    this.timer = setTimeout(() => {
      void this.turn(this.break(failure('idle', ETIMEDOUT, 'No piece of the program came for too long')));
    }, this.options.idle);
  }

  private *break(reason: BackendFailure): Work<void> {
    if (!this.open) return;
    this.broken = reason;
    yield* this.editing.abandon();
    this.close();
  }
  private close(): void {
    if (!this.open) return;
    this.open = false;
    clearTimeout(this.timer);
    this.closed();
    this.jobs.release();
  }
}

const conflict = () => failure('commit', EAGAIN);
