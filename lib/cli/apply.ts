/**
 * iptables-apply(8): new rules, taken back unless somebody confirms that he is still there. The keeper, a process that the
 * terminal's end doesn't reach, puts the old rules back when the time is over: even if this process is killed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Family } from '../codec/extension';
import { decodeAll } from '../net/text';
import { getopt } from './getopt';
import { complain, print } from './output';
import { Exit, type Program, packageVersion } from './program';

const TIMEOUT = 10;

const defaultsOf = (family: Family) => {
  const name = family === 'ipv6' ? 'ip6tables' : 'iptables';
  return { rules: `/etc/network/${name}.up.rules`, command: `/etc/network/${name}.up.run` };
};

const usage = (program: Program) => {
  const { rules, command } = defaultsOf(program.family);
  return `${program.name} ${packageVersion()} -- a safer way to update iptables remotely

Usage:
  ${program.name} [-hV] [-t timeout] [-w savefile] {[rulesfile]|-c [runcmd]}

Puts new rules in (as ${program.family === 'ipv6' ? 'ip6' : 'ip'}tables-save writes them), or runs a command that does, and asks whether the
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
      { name: 'keep', argument: true },
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
    if (name === 'keep') return keep(program, value!, Number(rest[0]), rest[1] || undefined);
    if (name === 'timeout')
      timeout = /^\d+$/.test(value!) ? Number(value) : refuse(1, 'timeout must be a positive number');
    else if (name === 'write') savefile = value === '' ? defaults.rules : value;
    else if (name === 'netns') netns = value;
    else running = true;
  }
  if (savefile !== undefined && existsSync(savefile) && !may(savefile, constants.W_OK))
    refuse(8, `savefile not writable: ${savefile}`);
  const source = rest[0] ?? (running ? defaults.command : defaults.rules);
  if (running && !may(source, constants.X_OK)) refuse(6, `runcmd not executable: ${source}`);
  if (!running && !may(source, constants.R_OK)) refuse(2, `rulesfile not readable: ${source}`);

  const folder = mkdtempSync(join(tmpdir(), `${program.name}-`));
  const old = join(folder, 'rules');
  const saved = run(program, 'save', ['-c', ...namespaceOf(netns)]);
  if (saved.status !== 0) {
    rmSync(folder, { recursive: true });
    refuse(4, `the old rules can't be saved: ${decodeAll(saved.stderr).trim()}`);
  }
  writeFileSync(old, saved.stdout, { mode: 0o600 });

  // Before anything changes: whatever happens to this process, the keeper takes the rules back.
  const keeper = await startKeeper(program, old, timeout, netns);
  const oldRules = readFileSync(old);
  try {
    print(
      running
        ? `Running command '${source}'... `
        : `Applying new ${program.family === 'ipv6' ? 'ip6' : 'ip'}tables rules from '${source}'... `,
    );
    const done = running
      ? spawnSync(source, { stdio: 'inherit', timeout: timeout * 1000 })
      : run(program, 'restore', [...namespaceOf(netns)], readFileSync(source));
    if (done.status !== 0) {
      print('failed.\n');
      complain(
        `Error: ${running ? `unknown error running command: ${source}` : `the new rules can't be applied: ${source}`}`,
      );
      if (!running && done.stderr) complain(decodeAll(done.stderr).trim());
      await revert(keeper, program, oldRules, netns);
      return running ? 7 : 5;
    }
    print('done.\n');
    settle(keeper, 'asking');
    print('Can you establish NEW connections to the machine? (y/N) ');
    const answer = await key(timeout * 1000);
    if (answer !== undefined && /^y/i.test(answer)) {
      const end = ended(keeper);
      settle(keeper, 'keep');
      print('\n');
      if ((await end) !== KEPT) {
        print('Too late: the old rules are back.\n');
        return 255;
      }
      if (savefile !== undefined) {
        print(`Writing successfully applied rules to '${savefile}'...\n`);
        const result = run(program, 'save', namespaceOf(netns));
        if (result.status !== 0) refuse(9, `the rules can't be written: ${savefile}`);
        try {
          writeFileSync(savefile, result.stdout);
        } catch (error) {
          refuse(9, `the rules can't be written: ${(error as Error).message}`);
        }
      }
      print('... then my job is done. See you next time.\n');
      return 0;
    }
    print(
      `\n${answer === undefined ? 'Timeout! Something happened (or did not). Better play it safe...' : 'No affirmative response! Better play it safe...'}\n`,
    );
    await revert(keeper, program, oldRules, netns);
    return 255;
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
const namespaceOf = (netns: string | undefined) => (netns === undefined ? [] : ['--netns', netns]);

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Another command of ours, as a process of its own: what goes wrong there goes wrong there. */
function run(program: Program, command: 'save' | 'restore', words: readonly string[], input?: Uint8Array) {
  const args = [...self(), `${program.family === 'ipv6' ? 'ip6tc' : 'iptc'}-${command}`, ...words];
  return spawnSync(process.execPath, args, { input, maxBuffer: 1 << 30 });
}
/** This bundle is every command: the multi program beside it. */
const self = (): string[] => [join(__dirname, 'iptc-multi.js')];

/** In a session of its own, so that no hang-up reaches it; it reads from a pipe whether it is still wanted. */
function startKeeper(program: Program, old: string, seconds: number, netns: string | undefined): Promise<ChildProcess> {
  const args = [
    ...self(),
    `${program.family === 'ipv6' ? 'ip6tc' : 'iptc'}-apply`,
    '--keep',
    old,
    '--',
    String(seconds),
    netns ?? '',
  ];
  const keeper = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
  keeper.stdin?.on('error', () => {});
  keeper.unref();
  // Nothing changes before it has the old rules.
  return new Promise((resolve, reject) => {
    keeper.once('message', () => resolve(keeper));
    keeper.once('error', reject);
    keeper.once('exit', (code) =>
      reject(new Error(`The process that would put the old rules back ended with ${code}.`)),
    );
  });
}

function settle(keeper: ChildProcess, word: 'asking' | 'keep' | 'revert'): void {
  keeper.stdin?.write(`${word}\n`);
}

/** What the keeper ends with. */
const KEPT = 3;

const ended = (keeper: ChildProcess): Promise<number | null> => {
  keeper.ref();
  return keeper.exitCode === null
    ? new Promise((resolve) => keeper.once('exit', resolve))
    : Promise.resolve(keeper.exitCode);
};

async function revert(
  keeper: ChildProcess,
  program: Program,
  old: Uint8Array,
  netns: string | undefined,
): Promise<void> {
  print(`Reverting to old ${program.family === 'ipv6' ? 'ip6' : 'ip'}tables rules... `);
  const end = ended(keeper);
  settle(keeper, 'revert');
  let code = await end;
  if (code !== 0) code = run(program, 'restore', ['-c', ...namespaceOf(netns)], old).status;
  print(code === 0 ? 'done.\n' : 'failed.\n');
}

/**
 * The keeper: takes the old rules into memory, and puts them back at the word `revert` or when the time is over. The time
 * runs from the question on; if whoever asks is gone before that, from then on.
 */
async function keep(program: Program, old: string, seconds: number, netns: string | undefined): Promise<number> {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE'] as const) process.on(signal, () => {});
  const rules = readFileSync(old);
  process.send?.('ready');
  process.disconnect?.();
  const word = await new Promise<string>((resolve) => {
    let timer = setTimeout(() => resolve('revert'), (seconds + PATIENCE) * 1000);
    let asked = false;
    const start = () => {
      asked = true;
      clearTimeout(timer);
      timer = setTimeout(() => resolve('revert'), seconds * 1000 + MARGIN);
    };
    process.stdin.on('error', () => {});
    process.stdin.on('data', (data: Buffer) => {
      for (const said of data.toString().split('\n')) {
        if (said === 'asking') start();
        else if (said !== '') resolve(said);
      }
    });
    process.stdin.on('end', () => {
      if (!asked) start();
    });
  });
  rmSync(dirname(old), { recursive: true, force: true });
  if (word === 'keep') process.exit(KEPT);
  process.exit(run(program, 'restore', ['-c', ...namespaceOf(netns)], rules).status ?? 1);
}
/** Seconds that putting the new rules in may take; milliseconds that an answer may take from here to there. */
const PATIENCE = 120;
const MARGIN = 500;

/** One key, or undefined when the time is over or nobody is there. */
export function key(milliseconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const end = (answer: string | undefined) => {
      clearTimeout(timer);
      stdin.removeAllListeners('data');
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      stdin.unref?.();
      resolve(answer);
    };
    const timer = setTimeout(() => end(undefined), milliseconds);
    process.on('SIGHUP', () => end(undefined));
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('error', () => end(undefined));
    stdin.on('data', (data: Buffer) => end(data.toString()));
    stdin.on('end', () => {
      // As read -t: an end is no answer.
      end(undefined);
    });
  });
}
