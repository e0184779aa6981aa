/** `iptc setup basic-server`: the tutorial as one call. A process of its own puts everything back if nobody confirms. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { IptcError } from '../errors';
import { type Guard, type SetupStep, setUpBasicServer } from '../services/setup';
import { type MachineSnapshot, putBack } from '../services/snapshot';
import { key } from './apply';
import { getopt } from './getopt';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';

const TIMEOUT = 20;
/** Seconds for what comes after the confirmation. */
const REST = 300;

const usage = (program: Program) =>
  `Usage: ${program.name} setup basic-server [--allow SERVICE,...] [--dry-run] [--yes] [--timeout SECONDS] [--force]`;
const HELP = `
Makes this machine a server that lets nothing in but what it is told: firewalld off, rules in, saved, loaded at boot.

--allow SERVICE,...   what may come in: names of /etc/services or ports, TCP unless told (ssh,http,https,53/udp);
                      ssh unless told. The port of your own SSH session is let in in any case.
--dry-run             only says what it would do
--timeout SECONDS     how long to wait for the confirmation (${TIMEOUT} unless told)
--yes                 doesn't ask
--force               replaces the filter table although other programs have chains in it

Established connections stay. Without a yes in time everything is put back: even if the connection is cut, or this
program is killed.
`;

export async function setup(program: Program, words: readonly string[]): Promise<number> {
  const { options, rest } = getopt(
    program.name,
    words,
    [
      { name: 'allow', argument: true },
      { name: 'dry-run', letter: 'n' },
      { name: 'yes', letter: 'y' },
      { name: 'timeout', letter: 't', argument: true },
      { name: 'force' },
      { name: 'root', argument: true },
      { name: 'netns', argument: true },
      { name: 'keeper' },
      { name: 'help', letter: 'h' },
    ],
    usage(program),
  );
  const given = new Map(options.map(({ name, value }) => [name, value]));
  if (given.has('help')) {
    print(`${usage(program)}\n${HELP}`);
    return 0;
  }
  if (given.has('keeper')) return keep();
  const timeout = given.get('timeout') ?? String(TIMEOUT);
  if (rest.length !== 1 || rest[0] !== 'basic-server' || !/^[1-9]\d{0,4}$/.test(timeout)) {
    complain(usage(program));
    return EXIT.USAGE;
  }
  const root = given.get('root');
  const netns = given.get('netns');
  const dryRun = given.has('dry-run');
  const allow = options
    .filter(({ name }) => name === 'allow')
    .flatMap(({ value }) => value!.split(',').filter(Boolean));
  try {
    const { outcome } = await setUpBasicServer({
      allow: allow.length > 0 ? allow : ['ssh'],
      dryRun,
      force: given.has('force'),
      say: (step) => print(`${line(step, dryRun)}\n`),
      confirm: given.has('yes') ? async () => true : () => ask(Number(timeout)),
      guard: new Keeper(Number(timeout)),
      bootCommand: [
        process.execPath,
        join(__dirname, 'iptc.js'),
        'service',
        'boot',
        ...(root === undefined ? [] : [`--root=${root}`]),
      ],
      ...(root !== undefined && { root }),
      ...(netns !== undefined && { namespace: netns.includes('/') ? netns : `/run/netns/${netns}` }),
    });
    print(
      {
        done: 'Done: these rules are in force, now and after each boot.\n',
        already: 'Nothing to do: it is so already.\n',
        declined: 'Everything is as it was.\n',
        'dry-run': 'Nothing was changed.\n',
      }[outcome],
    );
    return outcome === 'declined' ? 255 : 0;
  } catch (error) {
    return failed(program, error, { read: EXIT.OTHER });
  }
}

function line({ state, text }: SetupStep, dryRun: boolean): string {
  if (state === 'done') return `  is so: ${text}.`;
  return state === 'undo'
    ? `! ${text}`
    : `${dryRun ? '  would' : '+'} ${dryRun ? text.charAt(0).toLowerCase() + text.slice(1) : text}`;
}

async function ask(seconds: number): Promise<boolean> {
  print(`Can you establish NEW connections to the machine? (y/N, ${seconds} seconds) `);
  const answer = await key(seconds * 1000);
  print('\n');
  return answer !== undefined && /^y/i.test(answer);
}

/** A process in a session of its own, which no hang-up reaches; it's told the end by a pipe, or the clock tells it. */
class Keeper implements Guard {
  private child: ChildProcess | undefined;
  constructor(private readonly seconds: number) {}

  async start(snapshot: MachineSnapshot): Promise<void> {
    const child = spawn(process.execPath, [join(__dirname, 'iptc.js'), 'setup', '--keeper'], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.child = child;
    child.stdin?.on('error', () => {});
    child.stdin?.write(`${JSON.stringify({ seconds: this.seconds + 2, snapshot })}\n`);
    const ready = await new Promise<boolean>((resolve) => {
      child.stdout?.once('data', () => resolve(true));
      child.once('exit', () => resolve(false));
      child.once('error', () => resolve(false));
    });
    if (!ready)
      throw new IptcError(
        'ERR_IO',
        'Cannot start the process that puts everything back if nobody confirms; nothing was changed',
      );
    child.stdout?.destroy();
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
  }
  confirmed(): void {
    this.tell('confirmed');
  }
  keep(): void {
    this.tell('keep');
  }
  async revert(): Promise<boolean> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return false;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.ref();
    this.tell('revert');
    return (await ended) === 0;
  }
  private tell(word: string): void {
    this.child?.stdin?.write(`${word}\n`);
  }
}

async function keep(): Promise<number> {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE'] as const) process.on(signal, () => {});
  const told = new Promise<number>((resolve) => {
    let snapshot: MachineSnapshot | undefined;
    let timer: NodeJS.Timeout | undefined;
    const revert = async () => resolve((await putBack(snapshot!)).length === 0 ? 0 : 1);
    const wait = (seconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(revert, seconds * 1000);
    };
    process.stdin.on('error', () => {});
    // The pipe's end says nothing: whoever held it may be dead. Only a word counts, or the clock.
    createInterface({ input: process.stdin }).on('line', (text) => {
      if (!snapshot) {
        const first = JSON.parse(text) as { seconds: number; snapshot: MachineSnapshot };
        snapshot = first.snapshot;
        wait(first.seconds);
        process.stdout.on('error', () => {});
        process.stdout.write('ready\n');
      } else if (text === 'confirmed') wait(REST);
      else if (text === 'keep') resolve(0);
      else if (text === 'revert') revert();
    });
  });
  process.exit(await told);
}
