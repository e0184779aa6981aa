/** `iptc plan FILE`, `iptc diff FILE`: what has to change so that a file holds. `iptc apply FILE` changes it, `iptc watch FILE` goes on. */
import { readFileSync } from 'node:fs';
import { Hosts } from '../command/resolver';
import { IptcError } from '../errors';
import type { Family, Firewall } from '../index';
import { apply as applied } from '../policy/apply';
import type { Own, Place } from '../policy/own';
import { type Plan, type PlanOptions, plan as planned } from '../policy/plan';
import { watch as watched } from '../policy/watch';
import { isYes, key } from './ask';
import { asked } from './asked';
import type { Flag } from './getopt';
import { toJson } from './json';
import { complain, isTerminal, print, printStyled, safe } from './output';
import { failed, type Program } from './program';
import { openTables } from './tables';
import { trafficOf } from './traffic';
import { pathOf } from './words';

const OWN = '[--own chains=PATTERN,...|comment=PATTERN,... [--place first|last|before=RULE]]';
const USAGE = {
  diff: '[--noflush] [--netns name|path] file',
  watch: `[--noflush] ${OWN} [--repair] [--json] [--netns name|path] file`,
  plan: `[--noflush] ${OWN} [--traffic] [--json] [--netns name|path] file`,
  apply: `[--noflush] ${OWN} [--confirm seconds [--force]] [--dry-run] [--netns name|path] file`,
} as const;
type Verb = keyof typeof USAGE;
const OWNED =
  '--own: only chains of these names (patterns like web-*), or rules with such a comment, are looked at and touched.';
const HELP: Readonly<Record<Verb, string>> = {
  diff: 'Shows what has to change so that the rules of a saved file hold. Exit code 0: nothing; 1: something; 2: trouble.',
  watch: `Tells when the rules are no longer those of a saved file, and with --repair puts them back.\n${OWNED}`,
  plan: `Shows which edits it takes that the rules of a saved file hold; changes nothing. --traffic: which packets fare otherwise\nthen. ${OWNED}\nExit code 0: nothing; 1: something; 2: trouble.`,
  apply: `Makes the rules of a saved file hold, by as few edits as it takes, one commit a table.\n--confirm: puts the old rules back unless a yes comes within so many seconds.\n${OWNED}`,
};

const FLAGS: Readonly<Record<Verb, readonly Flag[]>> = {
  diff: [
    { name: 'noflush', letter: 'n' },
    { name: 'netns', argument: true },
  ],
  plan: [
    { name: 'noflush', letter: 'n' },
    { name: 'own', argument: true },
    { name: 'place', argument: true },
    { name: 'traffic' },
    { name: 'json' },
    { name: 'netns', argument: true },
  ],
  watch: [
    { name: 'noflush', letter: 'n' },
    { name: 'own', argument: true },
    { name: 'place', argument: true },
    { name: 'repair' },
    { name: 'json' },
    { name: 'netns', argument: true },
  ],
  apply: [
    { name: 'noflush', letter: 'n' },
    { name: 'own', argument: true },
    { name: 'place', argument: true },
    { name: 'confirm', argument: true },
    { name: 'force' },
    { name: 'dry-run' },
    { name: 'netns', argument: true },
  ],
};
/** Seconds to wait for the lock. */
const WAIT = 30;
/** Milliseconds that an answer may take from here to the keeper. */
const MARGIN = 500;
/** Ends as diff(1) in trouble. */
const TROUBLE = 2;
const NOT_CONFIRMED = 255;

interface Asked {
  readonly file: string;
  readonly given: ReadonlyMap<string, string | undefined>;
  readonly options: PlanOptions<Family>;
}

/** Exit code 0: nothing would change; 1: something would; 2: trouble. */
export const diff = (program: Program, words: readonly string[]): Promise<number> =>
  compared(program, 'diff', words, (changes) => changes.toString({ context: 0 }));
export const plan = (program: Program, words: readonly string[]): Promise<number> =>
  compared(program, 'plan', words, (changes, given, firewall) => {
    if (given.has('traffic')) return traffic(changes, given.has('json'), firewall);
    return given.has('json') ? toJson(changes) : changes.toString();
  });

async function traffic(changes: Plan<Family>, json: boolean, firewall: Firewall<Family>): Promise<string> {
  const compared = await trafficOf(changes, firewall);
  const { formatTraffic } = require('../analysis/traffic-text') as typeof import('../analysis/traffic-text');
  return json ? toJson(compared) : formatTraffic(compared);
}

async function compared(
  program: Program,
  verb: Verb,
  words: readonly string[],
  shown: (changes: Plan<Family>, given: Asked['given'], firewall: Firewall<Family>) => string | Promise<string>,
): Promise<number> {
  return within(program, verb, words, async (firewall, { file, given, options }) => {
    const changes = await planned(firewall, read(file), options);
    printStyled(painted(await shown(changes, given, firewall)));
    return changes.empty ? 0 : 1;
  });
}

/** Exit code 0: it is so; 255: not confirmed, the old rules are back; 10: they could not be put back. */
export async function apply(program: Program, words: readonly string[]): Promise<number> {
  return within(program, 'apply', words, async (firewall, { file, given, options }) => {
    const text = read(file);
    if (given.has('dry-run')) {
      printStyled(painted(`${await planned(firewall, text, options)}`));
      return 0;
    }
    if (!given.has('confirm')) {
      printStyled(painted(`${await applied(firewall, text, options)}`));
      return 0;
    }
    const seconds = Number(given.get('confirm'));
    const guard = { confirmWithin: seconds * 1000 + MARGIN, force: given.has('force') };
    const change = await applied(firewall, text, { ...options, guard });
    printStyled(painted(`${change.plan}`));
    if (change.plan.empty) return 0;
    print(`Can you establish NEW connections to the machine? (y/N, ${seconds} seconds) `);
    const answer = await key(seconds * 1000);
    print('\n');
    if (isYes(answer) && (await change.confirm())) return 0;
    await change.revert();
    print('Not confirmed: the old rules are back.\n');
    return NOT_CONFIRMED;
  });
}

/** Until it is interrupted: exit code 0; 2: trouble, or somebody keeps changing what is repaired. */
export async function watch(program: Program, words: readonly string[]): Promise<number> {
  return within(program, 'watch', words, async (firewall, { file, given, options }) => {
    const looking = watched(firewall, read(file), { ...options, repair: given.has('repair') });
    const end = () => void looking.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
    looking.on('repair', ({ plan: done, at }) => {
      if (!given.has('json')) print(`# ${at.toISOString()} repaired: ${done.changes.length} edits\n`);
    });
    for await (const drift of looking)
      if (given.has('json')) print(toJson(drift, 0));
      else {
        const who = drift.by.map(({ program: name, pid }) => `${name} (${pid})`).join(', ');
        print(`# ${drift.at.toISOString()} changed${who && ` by ${who}`}\n`);
        printStyled(painted(`${drift.plan}`));
      }
    return 0;
  });
}

async function within(
  program: Program,
  verb: Verb,
  words: readonly string[],
  work: (firewall: Firewall<Family>, asked: Asked) => Promise<number>,
): Promise<number> {
  const usage = `Usage: ${program.name} ${verb} ${USAGE[verb]}`;
  const { given, rest } = asked(`${program.name} ${verb}`, words, FLAGS[verb], usage, HELP[verb], TROUBLE);
  const [file] = rest;
  const own = ownOf(given.get('own'), given.get('place'));
  const wrong = faultOf(given, own);
  if (file === undefined || rest.length > 1 || wrong !== undefined) {
    if (wrong !== undefined) complain(`${program.name} ${verb}: ${wrong}`);
    complain(usage);
    return TROUBLE;
  }
  let firewall: Firewall<Family> | undefined;
  try {
    firewall = openTables<Family>({ family: program.family, netns: given.get('netns'), wait: WAIT });
    const hosts = new Hosts(program.family);
    const resolve = (name: string) => hosts.lookUp(name);
    const of = { resolve, noflush: given.has('noflush'), ...(own && { own }), ...(file !== '-' && { file }) };
    return await work(firewall, { file, given, options: of });
  } catch (error) {
    const code = failed(program, error);
    if (verb !== 'apply') return TROUBLE;
    return error instanceof IptcError && error.code === 'ERR_NOT_CONFIRMED' ? NOT_CONFIRMED : code;
  } finally {
    await firewall?.close();
  }
}

function faultOf(given: Asked['given'], own: Own<Family> | undefined | null): string | undefined {
  const confirm = given.get('confirm') ?? '1';
  if (!/^[1-9]\d{0,5}$/.test(confirm)) return `Expected 1 to 999999 seconds for --confirm but received ${confirm}`;
  if (own === null && given.has('own') && !/^(chains|comment)=./s.test(given.get('own')!))
    return `Expected chains=PATTERN or comment=PATTERN for --own but received ${given.get('own')}`;
  if (own === null && !given.has('own')) return 'Expected --own with --place, which says where what is owned stands';
  if (own === null) return `Expected first, last or before=RULE for --place but received ${given.get('place')}`;
  // What is owned alone isn't all that packets meet.
  if (own && given.has('traffic'))
    return 'Expected no --own with --traffic: what is owned alone is not all that packets meet';
  return undefined;
}

/** Null if it isn't understood. */
function ownOf(own: string | undefined, place: string | undefined): Own<Family> | undefined | null {
  if (own === undefined) return place === undefined ? undefined : null;
  const [, kind, patterns] = /^(chains|comment)=(.+)$/s.exec(own) ?? [];
  const where = /^(first|last)$|^before=(.+)$/s.exec(place ?? 'first');
  if (kind === undefined || !where) return null;
  const at = (where[1] ?? { before: where[2] }) as Place<Family>;
  return { [kind]: patterns!.split(','), ...(place !== undefined && { place: at }) } as unknown as Own<Family>;
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : pathOf(file));
  } catch (error) {
    throw new IptcError('ERR_IO', `Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function painted(text: string): string {
  if (!isTerminal(1)) return text;
  const plain = safe(text);
  if (process.env.NO_COLOR) return plain;
  return plain.replace(/^[+-].*$/gm, (line) => `\u001b[${line.startsWith('+') ? 32 : 31}m${line}\u001b[0m`);
}
