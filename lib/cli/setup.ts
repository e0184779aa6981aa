/** `iptc setup basic-server`: the tutorial as one call. The keeper puts everything back if nobody confirms. */
import { join } from 'node:path';
import { Keeper } from '../keeper/keeper';
import { type SetupStep, setUpBasicServer } from '../services/setup';
import { isYes, key } from './ask';
import { asked } from './asked';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';
import { namespaceOf } from './tables';

const TIMEOUT = 20;
/** Milliseconds until the first step. */
const START = 60_000;
/** Milliseconds that an answer may take from here to the keeper. */
const MARGIN = 2000;

const usage = (program: Program) =>
  `Usage: ${program.name} setup basic-server [--allow SERVICE,...] [--dry-run] [--yes] [--timeout SECONDS] [--force]`;
const HELP = `Makes this machine a server that lets nothing in but what it is told: firewalld off, rules in, saved, loaded at boot.

--allow SERVICE,...   what may come in: names of /etc/services or ports, TCP unless told (ssh,http,https,53/udp);
                      ssh unless told. The port of your own SSH session is let in in any case.
--dry-run             only says what it would do
--timeout SECONDS     how long to wait for the confirmation (${TIMEOUT} unless told)
--yes                 doesn't ask
--force               replaces the filter table although other programs have chains in it

Established connections stay. Without a yes in time everything is put back: even if the connection is cut, or this
program is killed.`;

export async function setup(program: Program, words: readonly string[]): Promise<number> {
  const { options, given, rest } = asked(
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
    ],
    usage(program),
    HELP,
  );
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
      confirmWithin: Number(timeout) * 1000 + MARGIN,
      guard: (what) => Keeper.start(what, { within: START }),
      bootCommand: [
        process.execPath,
        join(__dirname, '../cli/iptc.js'),
        'service',
        'boot',
        ...(root === undefined ? [] : [`--root=${root}`]),
      ],
      ...(root !== undefined && { root }),
      ...(netns !== undefined && { namespace: namespaceOf(netns) }),
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
  return isYes(answer);
}
