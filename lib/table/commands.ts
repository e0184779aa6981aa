/** A command of iptables, done to a table in iptables' way: what the commands are made of. */
import type { LockedTable } from '../backend/backend';
import { ProgramWriter } from '../backend/writer';
import { Announcer } from '../command/announce';
import type { Command, CommandLetter } from '../command/command';
import { Executor } from '../command/execute';
import type { Call } from '../commit/call';
import type { Committer } from '../commit/committer';
import { isBackendFailure } from '../commit/failure';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';
import { TableState } from './state';
import type { Table } from './table';

export interface CommandHooks<F extends Family> {
  /** What -v says, before it is done: whole lines. */
  readonly say?: ((line: string) => void) | undefined;
  /** Gets what is to be listed, while the table is locked. Zeroing comes after. */
  readonly listed?: (state: TableState<F>) => void | Promise<void>;
}

/** Milliseconds that the lock is held while a listing is printed. */
const IDLE = 60_000;

export async function runCommand<F extends Family>(
  table: Table<F>,
  committer: Committer,
  command: Command,
  { say, listed }: CommandHooks<F>,
): Promise<void> {
  const { letters, chain, policy } = command;
  const call: Call = { operation: OPERATIONS[letters[0]!], chain, policy, method: runCommand };
  const executor = new Executor(table.codec, table.name, { trusting: true, say });
  /** What -v says of chains: of all of them, if none is named. */
  const announcing = (chains: () => TableState<F>['chains']) => {
    if (!say || !letters.some((letter) => 'FZX'.includes(letter))) return;
    executor.announcer = new Announcer(chain === undefined ? chains() : [], say);
  };

  const changes = letters.filter((letter) => !LISTINGS.includes(letter));
  if (changes.length === letters.length) {
    announcing(() => table.readSync({ operation: 'read', method: runCommand }).chains);
    try {
      table.queue.runSync(call, (program) => executor.execute(command, program));
    } catch (error) {
      throw explained(error, executor);
    }
    return;
  }

  let locked: LockedTable | undefined;
  try {
    locked = await committer.backend.lock(table.name, { ...committer.options(), idle: IDLE });
    const state = new TableState<F>(table.name, table.codec, await locked.snapshot());
    await listed?.(state);
    if (changes.length === 0) return;
    announcing(() => state.chains);
    const program = new ProgramWriter();
    executor.execute({ ...command, letters: changes }, program);
    await locked.write(program.bytes);
    await locked.commit();
  } catch (error) {
    throw committer.told(error, locked ? call : { operation: 'read', method: runCommand });
  } finally {
    await locked?.abort();
  }
}

/** The kernel says that it refuses a rule; what iptables would have objected to says why. */
function explained(error: unknown, { objections: [objection] }: Executor): unknown {
  const cause = error instanceof IptcError ? error.cause : undefined;
  return objection && isBackendFailure(cause) && cause.stage === 'commit' ? objection.within({ cause }) : error;
}

const LISTINGS: readonly CommandLetter[] = ['L', 'S'];
// biome-ignore format: a table
const OPERATIONS: Readonly<Record<CommandLetter, string>> = {
  A: 'append a rule to',
  C: 'check a rule of',
  D: 'delete a rule of',
  d: 'delete a rule of',
  I: 'insert a rule into',
  R: 'replace a rule of',
  L: 'list',
  S: 'list',
  F: 'flush',
  Z: 'zero the counters of',
  z: 'zero the counters of',
  N: 'create',
  X: 'delete',
  P: 'set the policy of',
  E: 'rename',
};
