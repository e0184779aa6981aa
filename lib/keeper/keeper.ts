/**
 * The keeper: a process of its own that puts everything back unless it is told in time that all is well. Nothing is to be
 * changed before start() has resolved: by then it has proved that it can.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clearTimeout, now, setTimeout } from '../clock';
import { IptcError } from '../errors';
import { lockFile } from '../net/lock-file';
import { type Guard, type Keeping, MachineSnapshot } from '../services/snapshot';
import type { Answer, Clock, Order, Told } from './orders';

/** Two folders up, from lib/keeper as from dist/shared, is the package. */
const PROCESS = join(__dirname, '..', '..', 'dist', 'keeper', 'process.js');

/** What setTimeout can wait. */
const LONGEST = 2 ** 31 - 1;

export class Keeper implements Guard {
  private readonly said = new Map<Answer['is'], Answer>();
  private waiting: (() => void)[] = [];
  /** The process has ended. */
  private over = false;
  /** When everything is put back, unless somebody says that all is well. */
  private deadline: number;
  /** Whether it has been said what is to become of it. */
  private settled = false;
  /** The process was killed: it is put back from here then, and has been. */
  private timer: NodeJS.Timeout | undefined;
  private instead: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    /** What is kept, once more: the process may be killed. */
    private readonly machine: MachineSnapshot,
    within: number,
  ) {
    this.deadline = now() + within;
    child.on('message', (answer: Answer) => {
      this.said.set(answer.is, answer);
      this.wake();
    });
    // 'close' comes behind the last answer; where there is no process at all, only 'error'.
    for (const end of ['close', 'error'])
      child.on(end, () => {
        this.over = true;
        this.wake();
        this.takeOver();
      });
  }
  /** Does what the process would have done, where it was killed and nobody is asking it for something. */
  private takeOver(): void {
    const { said } = this;
    if (this.settled || !said.has('ready') || said.has('reverted') || said.has('failed')) return;
    const left = said.has('reverting') ? 0 : Math.min(Math.max(0, this.deadline - now()), LONGEST);
    this.timer = setTimeout(() => {
      this.instead = this.machine.putBack();
      this.instead.catch((error: Error) => process.emitWarning(error));
    }, left);
  }
  private wake(): void {
    for (const look of this.waiting.splice(0)) look();
  }

  /** Rejects where what is there could not be put back, or there can be no such process. */
  static async start(what: Keeping, clock: Clock): Promise<Keeper> {
    const machine = await MachineSnapshot.take(what);
    try {
      const keeper = new Keeper(spawnProcess(), machine, clock.within);
      keeper.tell({ is: 'begin', what: forAnother(what), ...clock });
      const answer = await keeper.hear('ready', 'failed');
      if (!answer) throw new IptcError('ERR_IO', `Cannot start the process that would put everything back: ${PROCESS}`);
      if (answer.is === 'failed') throw errorOf(answer.error);
      return keeper;
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  async extend(within: number, grace = 0): Promise<boolean> {
    this.said.delete('extended');
    this.deadline = now() + within;
    this.tell({ is: 'extend', within, grace });
    return (await this.hear('reverting', 'extended'))?.is === 'extended';
  }

  async keep(): Promise<boolean> {
    if (await this.settle()) {
      await this.machine.close();
      return false;
    }
    this.tell({ is: 'keep' });
    const answer = await this.hear('kept', 'reverted', 'failed');
    // Killed before it began to put anything back, it leaves everything as it is.
    if (answer?.is === 'kept' || (!answer && !this.said.has('reverting'))) {
      await this.machine.close();
      return true;
    }
    if (answer?.is !== 'reverted') await this.finish(answer);
    else await this.machine.close();
    return false;
  }

  async revert(): Promise<void> {
    await this.settle();
    // What it has put back by itself may have been changed again.
    const late = this.said.has('reverting');
    this.tell({ is: 'revert' });
    const answer = await this.hear('reverted', 'failed');
    await this.finish(late ? undefined : answer);
  }

  /** From now on only what is asked for is done. Whether everything has been put back from here. */
  private async settle(): Promise<boolean> {
    this.settled = true;
    clearTimeout(this.timer);
    await this.instead;
    return this.instead !== undefined;
  }

  /** What the process could not do any more is done here. */
  private async finish(answer: Answer | undefined): Promise<void> {
    try {
      if (answer?.is === 'failed') throw errorOf(answer.error);
      if (answer?.is !== 'reverted') await this.machine.putBack();
    } finally {
      await this.machine.close();
    }
  }

  private tell(order: Order): void {
    if (this.child.connected) this.child.send(order, () => {}); // it may end meanwhile
  }

  /** The first of these answers that it has given; undefined if it has ended without one. Meanwhile this process lives. */
  private async hear(...kinds: readonly Answer['is'][]): Promise<Answer | undefined> {
    const { child } = this;
    child.ref();
    child.channel?.ref();
    for (;;) {
      const kind = kinds.find((each) => this.said.has(each));
      if (kind !== undefined || this.over) {
        child.unref();
        child.channel?.unref();
        return kind && this.said.get(kind);
      }
      await new Promise<void>((look) => this.waiting.push(look));
    }
  }
}

/** In a session of its own, which no hang-up of a terminal reaches, and in no folder that might have to go. */
function spawnProcess(): ChildProcess {
  if (!existsSync(PROCESS))
    throw new IptcError('ERR_IO', `Cannot start the process that would put everything back: there is no ${PROCESS}`, {
      file: PROCESS,
      hint: 'Install the package anew; a bundle needs it beside itself.',
    });
  const { NODE_OPTIONS, ...env } = process.env;
  return spawn(process.execPath, [PROCESS], {
    cwd: '/',
    detached: true,
    env,
    serialization: 'advanced', // Infinity is a time to wait, too
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The same things, as another process finds them. */
function forAnother({ namespace, lock, files, root, ...what }: Keeping): Keeping {
  const path = typeof namespace === 'number' ? `/proc/${process.pid}/fd/${namespace}` : namespace;
  if (path === 'new')
    throw new IptcError('ERR_BAD_ARGUMENT', 'Expected the path of a network namespace for namespace but received new');
  return {
    ...what,
    ...(path !== undefined && { namespace: resolve(path) }),
    lock: lock !== false && { ...lock, path: resolve(lockFile(lock)) },
    ...(files && { files: files.map((each) => resolve(each)) }),
    ...(root !== undefined && { root: resolve(root) }),
  };
}

const errorOf = ({ code, message, ...fields }: Told): IptcError => new IptcError(code, message, fields);
