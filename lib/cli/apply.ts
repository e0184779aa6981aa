/**
 * iptables-apply(8): new rules, taken back unless somebody confirms that he is still there. The keeper, a process that the
 * terminal's end doesn't reach, puts the old rules back when the time is over: even if this process is killed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { IptcError } from '../errors';
import { encodeText, type Family } from '../index';
import { Keeper } from '../keeper/keeper';
import { FAMILY } from '../net/family';
import { isThere, replaceFile } from '../persist/replace';
import { System } from '../persist/system';
import { isYes, key } from './ask';
import { getopt } from './getopt';
import { complain, print } from './output';
import { Exit, failed, type Program, packageVersion } from './program';
import { restore } from './restore';
import { savedTexts } from './save';
import { loadedTables, namespaceOf, openTables } from './tables';
import { pathOf } from './words';

const TIMEOUT = 10;
/** Milliseconds that putting the new rules in may take. */
const PATIENCE = 120_000;
/** Milliseconds that an answer may take from here to the keeper. */
const MARGIN = 500;

const defaultsOf = (family: Family) => {
  const name = FAMILY[family].tool;
  return { rules: `/etc/network/${name}.up.rules`, command: `/etc/network/${name}.up.run` };
};

const usage = (program: Program) => {
  const { rules, command } = defaultsOf(program.family);
  return `${program.name} ${packageVersion()} -- a safer way to update iptables remotely

Usage:
  ${program.name} [-hV] [-t timeout] [-w savefile] {[rulesfile]|-c [runcmd]}

Puts new rules in (as ${FAMILY[program.family].tool}-save writes them), or runs a command that does, and asks whether the
machine can still be reached. Without a yes in time, the old rules come back: even if the connection is cut, the
terminal is closed, or this program is killed.

Options:

-t seconds, --timeout seconds
  How long to wait for the answer (${TIMEOUT} unless told).
-w savefile, --write savefile
  Where to save the rules once they are confirmed (${rules} if it is empty).
-c runcmd, --command runcmd
  Run a command instead of applying a file (${command} unless told).
-h, --help
  This text.
-V, --version
  The version.
`;
};

interface Job {
  /** The file, or the command. */
  readonly source: string;
  readonly running: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly savefile: string | undefined;
  readonly netns: string | undefined;
}

export async function apply(program: Program, words: readonly string[]): Promise<number> {
  const { options, rest } = getopt(
    program.name,
    words,
    [
      { name: 'timeout', letter: 't', argument: true },
      { name: 'write', letter: 'w', argument: true },
      { name: 'command', letter: 'c' },
      { name: 'help', letter: 'h' },
      { name: 'version', letter: 'V' },
      { name: 'netns', argument: true },
    ],
    `Try \`${program.name} -h' for more information.`,
  );
  const defaults = defaultsOf(program.family);
  let timeout = TIMEOUT;
  let savefile: string | undefined;
  let running = false;
  let netns: string | undefined;
  for (const { name, value } of options) {
    if (name === 'help') return said(usage(program));
    if (name === 'version')
      return said(`${program.name} ${packageVersion()} -- a safer way to update iptables remotely\n`);
    if (name === 'timeout')
      timeout = /^\d+$/.test(value!) ? Number(value) : refuse(1, 'timeout must be a positive number');
    else if (name === 'write') savefile = value === '' ? defaults.rules : value;
    else if (name === 'netns') netns = value;
    else running = true;
  }
  if (savefile !== undefined && !(await mayReplace(savefile))) refuse(8, `savefile not writable: ${savefile}`);
  const source = rest[0] ?? (running ? defaults.command : defaults.rules);
  if (running && !may(source, constants.X_OK)) refuse(6, `runcmd not executable: ${source}`);
  if (!running && !may(source, constants.R_OK)) refuse(2, `rulesfile not readable: ${source}`);
  return work(program, { source, running, timeout, savefile, netns });
}

async function work(program: Program, { source, running, timeout, savefile, netns }: Job): Promise<number> {
  const kind = FAMILY[program.family].tool;
  // Before anything changes: whatever happens to this process, the keeper puts the old rules back.
  const keeper = await startKeeper(timeout, running, netns);
  const revert = async (code: number): Promise<number> => {
    print(`Reverting to old ${kind} rules... `);
    try {
      await keeper.revert();
      print('done.\n');
      return code;
    } catch (error) {
      print('failed.\n');
      return failed(program, error);
    }
  };

  print(running ? `Running command '${source}'... ` : `Applying new ${kind} rules from '${source}'... `);
  const status = running ? run(source, timeout) : await load(program, source, netns);
  if (status !== 0) {
    print('failed.\n');
    complain(`Error: ${running ? 'unknown error running command' : "the new rules can't be applied"}: ${source}`);
    return revert(running ? 7 : 5);
  }
  print('done.\n');
  // It may have taken too long.
  if (!(await keeper.extend(timeout * 1000 + MARGIN))) return revert(255);
  print('Can you establish NEW connections to the machine? (y/N) ');
  const answer = await key(timeout * 1000);
  if (!isYes(answer)) {
    print(
      `\n${answer === undefined ? 'Timeout! Something happened (or did not). Better play it safe...' : 'No affirmative response! Better play it safe...'}\n`,
    );
    return revert(255);
  }
  print('\n');
  if (!(await keeper.keep())) {
    print('Too late: the old rules are back.\n');
    return 255;
  }
  if (savefile !== undefined) {
    print(`Writing successfully applied rules to '${savefile}'...\n`);
    await save(program, savefile, netns).catch((error: IptcError) => refuse(9, error.message));
  }
  print('... then my job is done. See you next time.\n');
  return 0;
}

async function startKeeper(timeout: number, running: boolean, netns: string | undefined): Promise<Keeper> {
  const what = netns === undefined ? {} : { namespace: namespaceOf(netns) };
  // What a command has started may go on when this process is gone.
  const clock = { within: timeout * 1000 + PATIENCE, grace: running ? timeout * 1000 : 0 };
  try {
    return await Keeper.start(what, clock);
  } catch (error) {
    const { message, hint } = error as IptcError;
    return refuse(4, hint === undefined ? message : `${message}\n${hint}`);
  }
}

function said(text: string): number {
  complain(text);
  return 0;
}
function refuse(code: number, message: string): never {
  complain(`Error: ${message}`);
  throw new Exit(code);
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(pathOf(path), mode);
    return true;
  } catch {
    return false;
  }
}
const mayReplace = (path: string): Promise<boolean> =>
  isThere(path).then(
    // A name of other bytes than UTF-8 isn't one that a file beside it could be given.
    (there) => pathOf(path).toString() === path && (!there || may(path, constants.W_OK)),
    () => false,
  );

const run = (command: string, timeout: number): number | null =>
  spawnSync(command, { stdio: 'inherit', timeout: timeout * 1000 }).status;

const named = ({ family }: Program, what: string): Program => ({
  name: `${FAMILY[family].command}-${what}`,
  family,
});

async function load(program: Program, source: string, netns: string | undefined): Promise<number> {
  const words = netns === undefined ? [source] : ['--netns', netns, source];
  try {
    return await restore(named(program, 'restore'), words);
  } catch (error) {
    return failed(program, error);
  }
}

async function save(program: Program, path: string, netns: string | undefined): Promise<void> {
  const firewall = openTables({ family: program.family, netns });
  try {
    let text = '';
    for (const name of loadedTables(firewall))
      for (const piece of savedTexts(named(program, 'save'), firewall.table(name).stateSync(), false)) text += piece;
    await replaceFile(new System(), path, encodeText(text));
  } finally {
    await firewall.close();
  }
}
