/**
 * The keeper's process. It takes what there is into its memory, has the kernel check that it can be put back, and says
 * so. From then on only a word in time keeps it from doing that: whatever becomes of the process that asked for it, of
 * the terminal, of its parent.
 */
import { writeSync } from 'node:fs';
import { IptcError } from '../errors';
import { MachineSnapshot } from '../services/snapshot';
import { claim } from './claim';
import type { Answer, Clock, Order, Told } from './orders';

/** All that would end it, and can be refused. */
const DEAF = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE', 'SIGALRM', 'SIGUSR2'] as const;

/** What setTimeout can wait. */
const LONGEST = 2 ** 31 - 1;

let machine: MachineSnapshot | undefined;
let timer: NodeJS.Timeout | undefined;
let grace = 0;
let ending = false;
const claims: (() => void)[] = [];

for (const signal of DEAF) process.on(signal, () => {});
process.on('message', (order: Order) => void obey(order));
process.on('exit', () => release());
process.on('uncaughtException', () => (machine ? void revert() : process.exit(1)));
process.on('disconnect', () => {
  if (machine) wait({ within: grace, grace });
  else process.exit(); // nothing has been begun
});

async function obey(order: Order): Promise<void> {
  if (ending) return; // too late, which has been said
  switch (order.is) {
    case 'begin':
      return begin(order);
    case 'extend':
      wait(order);
      return say({ is: 'extended' });
    case 'keep':
      return end({ is: 'kept' });
    case 'revert':
      return revert();
  }
}

async function begin({ what, ...clock }: Order & { is: 'begin' }): Promise<void> {
  try {
    for (const family of what.families ?? ['ipv4', 'ipv6']) claims.push(await claim(what, family));
    const taken = await MachineSnapshot.take(what);
    await taken.prove();
    if (!process.connected) process.exit();
    machine = taken;
    wait(clock);
    await say({ is: 'ready' });
  } catch (error) {
    await end({ is: 'failed', error: told(error) });
  }
}

const release = (): void => {
  for (const each of claims.splice(0)) each();
};

function wait(clock: Clock): void {
  if (ending) return;
  grace = clock.grace ?? 0;
  clearTimeout(timer);
  timer = setTimeout(() => void revert(), Math.min(clock.within, LONGEST));
}

async function revert(): Promise<void> {
  if (ending) return;
  ending = true;
  await say({ is: 'reverting' });
  try {
    await machine!.putBack();
    if (!process.connected) complain('Nobody said that all is well: everything has been put back.');
    await end({ is: 'reverted' });
  } catch (error) {
    const { message, hint } = error as IptcError;
    if (!process.connected) complain(`${message}${hint === undefined ? '' : `\n${hint}`}`);
    await end({ is: 'failed', error: told(error) });
  }
}

async function end(answer: Answer): Promise<void> {
  ending = true;
  clearTimeout(timer);
  release(); // before another one is begun, since this one is over
  await say(answer);
  process.exit();
}

/** It may be that nobody hears it. */
const say = (answer: Answer): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send!(answer, undefined, undefined, () => resolve());
    else resolve();
  });

/** The error as data, with the facts of what caused it. */
function told(error: unknown): Told {
  const { message, cause } = error as IptcError;
  if (!(error instanceof IptcError)) return { code: 'ERR_IO', message };
  return { ...error, message, cause: cause instanceof Error ? { ...cause, message: cause.message } : undefined };
}

function complain(text: string): void {
  try {
    writeSync(2, `libiptc: ${text}\n`);
  } catch {} // the terminal is gone
}
