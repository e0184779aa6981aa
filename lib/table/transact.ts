/**
 * Transactions: work on tables as they were when it began, and a commit of what it has made of them if they are still
 * so. If not, it is done again on what is there then.
 */
import { constants } from 'node:os';
import type { Backend, BackendFailure, LockedTable, TableProgram } from '../backend/backend';
import { setTimeout } from '../clock';
import type { TableName } from '../codec/extension';
import { type Call, keepPlace } from '../commit/call';
import type { Committer } from '../commit/committer';
import { isBackendFailure, joined, severally } from '../commit/failure';
import type { Scope } from '../commit/scope';
import { type ErrorDetails, IptcError } from '../errors';
import { FAMILY } from '../net/family';
import type { EntryCodec } from '../rule/entry';
import type { Family } from '../rule/rule';
import { type Steps, sliced } from '../slice';
import { Beginning } from './beginning';
import { sameTable } from './compare';
import { TableState } from './state';
import { Transaction } from './transaction';

const { EAGAIN, EOPNOTSUPP } = constants.errno;

/** Milliseconds that the lock is held without a sign of life: others may keep the event loop busy. */
const IDLE = 30_000;

/** How often one is tried, unless told. */
export const ATTEMPTS = 100;
/** Attempts without a pause, and the longest pause in milliseconds: of many writers each has to have its turn. */
const AT_ONCE = 3;
const LONGEST_PAUSE = 64;

/** A table of a transaction. */
export class Member {
  readonly tx: Transaction<Family, TableName>;
  private readonly begun: Beginning;

  constructor(
    readonly committer: Committer,
    private readonly codec: EntryCodec,
  ) {
    const { backend, table } = committer;
    this.begun = new Beginning(backend, table);
    this.tx = new Transaction(backend.family, table as TableName, codec, this.begun);
  }

  /** Reads it; what is done with it waits for that. Rejects if it can't be read. */
  async read(call: Call): Promise<void> {
    await this.begun.read();
    try {
      void this.begun.model;
    } catch (error) {
      throw this.committer.told(error, call);
    }
  }
  /** Begins to. */
  begin(): void {
    void this.begun.read();
  }
  /** Settles when what was asked of it has been begun. */
  ending(): Promise<void> {
    return this.begun.end();
  }
  get used(): boolean {
    return this.begun.base !== undefined;
  }
  get changed(): boolean {
    return this.tx.edits > 0;
  }

  /** Whether the table is still what it was when the transaction began. */
  private *fits(now: ArrayBuffer): Steps<boolean> {
    const [before, after] = [this.begun.base!, now].map((it) => new TableState(this.committer.table, this.codec, it));
    return yield* sameTable(this.codec, before!, after!);
  }
  get program(): TableProgram {
    const { backend, table } = this.committer;
    return { backend, table, pieces: this.changed ? this.tx.end() : [], fits: (now) => this.fits(now) };
  }

  /** By itself; false if the table isn't any more what it was. */
  async commit(call: Call, trial: boolean): Promise<boolean> {
    const { committer, tx } = this;
    const { backend, options, events, table } = committer;
    let locked: LockedTable | undefined;
    try {
      locked = await backend.lock(table, { ...options(call.waiting?.()), trial, idle: IDLE });
      if (!(await sliced(this.fits(await locked.snapshot())))) return false;
      for (const piece of tx.end()) await locked.write(piece);
      const timing = await locked.commit();
      if (trial) return true;
      events.metrics.edits += tx.edits;
      committer.done(tx.edits, timing);
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      if (trial && isBackendFailure(error) && error.stage === 'commit' && error.errno === EOPNOTSUPP) return true;
      throw told(error, call, [this]);
    } finally {
      await locked?.abort();
    }
  }
  told(error: unknown, call: Call): unknown {
    return this.committer.told(error, ownCall(call), this.tx.origins);
  }
  conflict(call: Call): IptcError {
    return this.committer.cannot('ERR_CONFLICT', ownCall(call), CONFLICT.why, CONFLICT.hint);
  }
}

/** The same, about one table. */
const ownCall = (call: Call): Call => ({ ...call, operation: 'commit the transaction on', everywhere: false });

const CONFLICT = {
  why: 'other programs keep changing it',
  hint: 'Try again later, or find out who else writes rules.',
};

/** The tables of an attempt, which become more as long as its work runs. */
export class Members {
  readonly all: Member[] = [];
  private over = false;

  add(member: Member): void {
    if (this.over) member.tx.end();
    else this.all.push(member);
  }
  end(): void {
    this.over = true;
    for (const { tx } of this.all) tx.end();
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const isConflict = (error: unknown): error is BackendFailure =>
  isBackendFailure(error) && error.stage === 'commit' && error.errno === EAGAIN;

export interface Transacting<Tx, R> {
  readonly call: Call;
  /** Of one of the tables, for what is told of all. */
  readonly committer: Committer;
  readonly scope: Scope;
  readonly attempts: number;
  /** Of each attempt: what its work gets. */
  readonly begin: (members: Members) => Promise<Tx>;
  readonly work: (tx: Tx) => R | Promise<R>;
}

export async function transact<Tx, R>(transacting: Transacting<Tx, R>): Promise<R> {
  const { call, committer, scope, attempts, begin, work } = transacting;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt >= AT_ONCE) await pause(Math.random() * Math.min(2 ** (attempt - AT_ONCE), LONGEST_PAUSE));
    const members = new Members();
    const tx = await begin(members);
    let result: R;
    try {
      result = await scope.run(
        async () => {
          try {
            return await work(tx);
          } catch (error) {
            throw keepPlace(error);
          }
        },
        () => committer.cannot('ERR_DEADLOCK', call, STUCK.why, STUCK.hint),
      );
      for (const member of members.all) await member.ending();
    } finally {
      members.end();
    }
    const changed = await changedIn(call, members.all);
    if (!changed) return result;
    changed.committer.conflict(ownCall(call), attempt + 1 < attempts);
  }
  throw committer.cannot('ERR_CONFLICT', call, CONFLICT.why, CONFLICT.hint);
}

/** Told when the process has nothing left to do. */
export const STUCK = {
  why: 'it waits for what never comes',
  hint: 'Nothing is left to be done that could settle what its code awaits.',
};

/** Commits it, unless one of the tables isn't any more what the work began with: gives that. */
async function changedIn(call: Call, members: readonly Member[]): Promise<Member | undefined> {
  const used = members.filter((member) => member.used);
  const changed = used.filter((member) => member.changed);
  if (changed.length === 0) return undefined;
  if (used.length > 1 && areOne(used.map(({ committer }) => committer.backend))) return together(call, used);
  // What the kernel refuses it does so before anything is changed.
  if (changed.length > 1) for (const member of changed) if (!(await member.commit(call, true))) return member;
  const done: string[] = [];
  for (const member of changed) {
    try {
      if (!(await member.commit(call, false))) {
        if (done.length === 0) return member;
        throw member.conflict(call);
      }
    } catch (error) {
      throw done.length > 0 && error instanceof IptcError ? partly(error, done) : error;
    }
    const { table, backend } = member.committer;
    done.push(`${table} (${FAMILY[backend.family].name})`);
  }
  return undefined;
}
const partly = (error: IptcError, done: readonly string[]): IptcError =>
  new IptcError(error.code, `${error.message}; changed already: ${done.join(', ')}`, error as ErrorDetails);

/** Whether their tables can be changed as one. */
export const areOne = (backends: readonly Backend[]): boolean =>
  backends.every(({ applyAll, kind }) => applyAll !== undefined && kind === backends[0]!.kind);

async function together(call: Call, members: readonly Member[]): Promise<Member | undefined> {
  const { backend, options } = members[0]!.committer;
  try {
    const timings = await backend.applyAll!(
      members.map(({ program }) => program),
      options(call.waiting?.()),
    );
    for (const [i, { committer, tx }] of members.entries()) {
      if (tx.edits === 0) continue;
      committer.events.metrics.edits += tx.edits;
      committer.done(tx.edits, timings[i]!);
    }
    return undefined;
  } catch (error) {
    if (isConflict(error)) return members[error.part ?? 0];
    throw told(error, call, members);
  }
}

/** Of each of what was refused, as far as that is known. */
function told(error: unknown, call: Call, members: readonly Member[]): unknown {
  if (!isBackendFailure(error)) return error;
  if (error.part === undefined && members.length > 1) return members[0]!.committer.told(error, call);
  return joined(severally(error).map((each) => members[each.part ?? 0]!.told(each, call) as IptcError));
}
