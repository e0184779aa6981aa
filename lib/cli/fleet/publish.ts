/** What those do who say what holds: publish, go back, steer, define, make keys. */
import { writeFileSync } from 'node:fs';
import { IptcError } from '../../errors';
import {
  type FleetPolicy,
  newKeys,
  type Published,
  Publisher,
  type PublishOptions,
  parsePolicy,
  type Store,
} from '../../fleet';
import type { Flag } from '../getopt';
import { complain, print } from '../output';
import { EXIT, type Program } from '../program';
import { DEFAULT_KEY, Given, readText, STORE, STORE_USAGE } from './given';

const flag = (name: string): Flag => ({ name, argument: true });
const SIGNING: readonly Flag[] = [...STORE, flag('sign'), flag('keys'), flag('author')];
const PACE: readonly Flag[] = [
  flag('waves'),
  flag('failures'),
  flag('hold'),
  flag('timeout'),
  flag('message'),
  { name: 'no-wait' },
  { name: 'force' },
];
const PACE_USAGE =
  '[--waves 1,10%,role=canary,100%] [--failures 10%] [--hold seconds] [--timeout seconds] [--message text] [--force] [--no-wait]';

/** Reads the options; gives an exit code if they are wrong. */
function read(
  program: Program,
  verb: string,
  words: readonly string[],
  flags: readonly Flag[],
  usage: string,
  rest: number,
): Given | number {
  const line = `Usage: ${program.name} fleet ${verb} ${usage}`;
  const given = Given.of(`${program.name} fleet ${verb}`, words, flags, line);
  if (given.rest.length === rest) return given;
  complain(line);
  return EXIT.USAGE;
}

async function withPublisher(
  given: Given,
  signs: boolean,
  work: (publisher: Publisher) => Promise<number>,
): Promise<number> {
  const store: Store = given.store();
  try {
    const author = given.one('author');
    const publisher = await Publisher.open(store, {
      ...given.fleet,
      ...(signs && { key: readText(given.one('sign') ?? DEFAULT_KEY) }),
      ...((given.one('keys') !== undefined || !signs) && { keys: given.keys }),
      ...(author !== undefined && { author }),
    });
    return await work(publisher);
  } finally {
    await store.close();
  }
}

function paceOf(given: Given): PublishOptions {
  const share = given.one('failures');
  const failures = share?.endsWith('%') ? Number(share.slice(0, -1)) / 100 : given.number('failures');
  const waves = given.has('waves')
    ? given.list('waves').map((each) => (/^[\d.]+$/.test(each) ? `${each}%` : each))
    : undefined;
  const milliseconds = (name: string) => {
    const seconds = given.number(name);
    return seconds === undefined ? {} : { [name]: 1000 * seconds };
  };
  const message = given.one('message');
  return {
    ...(waves && { waves }),
    ...(failures !== undefined && { failures }),
    ...milliseconds('hold'),
    ...milliseconds('timeout'),
    ...(message !== undefined && { message }),
    ...(given.has('force') && { force: true }),
  };
}

async function published(publisher: Publisher, { group, seq, size, blob }: Published, given: Given): Promise<number> {
  print(`Published number ${seq} for group ${group}: ${size} bytes, ${blob.slice(0, 12)}\n`);
  return given.has('waves') && !given.has('no-wait') ? rolled(publisher, group) : 0;
}
async function rolled(publisher: Publisher, group: string): Promise<number> {
  const ended = await publisher.rollOut(group, {
    onProgress: ({ wave, state, hosts, good, failed }) =>
      print(
        `${wave}${state === 'paused' ? ' (paused)' : ''}: ${good} of ${hosts} good${failed > 0 ? `, ${failed} failed` : ''}\n`,
      ),
  });
  print(ended ? `Taken back: ${ended.reason}\n` : 'All have it.\n');
  return ended ? 1 : 0;
}

const groupOf = (given: Given): string => {
  const name = given.one('group');
  if (name === undefined)
    throw new IptcError('ERR_BAD_ARGUMENT', 'Expected a group but received none', {
      hint: 'Say for which hosts it is: --group NAME.',
    });
  return name;
};

export async function publish(program: Program, words: readonly string[]): Promise<number> {
  const usage = `FILE --group name [--file6 file] [--own chain,...] [--set variable=value]... [--counter comment]... [--sign key] ${PACE_USAGE} ${STORE_USAGE}`;
  const flags = [...SIGNING, ...PACE, ...['group', 'file6', 'own', 'set', 'counter'].map(flag)];
  const given = read(program, 'publish', words, flags, usage, 1);
  if (typeof given === 'number') return given;
  const name = groupOf(given);
  const policy = policyOf(program, given, name);
  return withPublisher(given, true, async (publisher) =>
    published(publisher, await publisher.publish(name, policy, paceOf(given)), given),
  );
}

/** Of iptables-save's lines, or of JSON: a policy as the schema has it. */
function policyOf({ family }: Program, given: Given, name: string): FleetPolicy {
  const [file = ''] = given.rest;
  const text = readText(file);
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text) as FleetPolicy;
    } catch (cause) {
      throw new IptcError(
        'ERR_BAD_TEXT',
        `Expected JSON in ${file} but received what is none: ${(cause as Error).message}`,
        { file, cause },
      );
    }
  }
  const ipv6 = given.one('file6');
  const [own, variables, counters] = [given.list('own'), given.pairs('set'), given.all('counter')];
  try {
    return parsePolicy(
      { [family]: text, ...(ipv6 !== undefined && { ipv6: readText(ipv6) }) },
      {
        group: name,
        ...(own.length > 0 && { own }),
        ...(Object.keys(variables).length > 0 && { variables }),
        ...(counters.length > 0 && { counters }),
      },
    );
  } catch (error) {
    throw error instanceof IptcError ? error.within({ file }) : error;
  }
}

export async function rollback(program: Program, words: readonly string[]): Promise<number> {
  const usage = `--group name [--to number] [--sign key] ${PACE_USAGE} ${STORE_USAGE}`;
  const given = read(program, 'rollback', words, [...SIGNING, ...PACE, flag('group'), flag('to')], usage, 0);
  if (typeof given === 'number') return given;
  const to = given.number('to');
  return withPublisher(given, true, async (publisher) =>
    published(
      publisher,
      await publisher.rollback(groupOf(given), { ...paceOf(given), ...(to !== undefined && { to }) }),
      given,
    ),
  );
}

const READING: readonly Flag[] = [...STORE, flag('keys'), flag('group')];
export async function roll(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'roll', words, READING, `--group name ${STORE_USAGE}`, 0);
  if (typeof given === 'number') return given;
  const store = given.store();
  try {
    return await rolled(await Publisher.open(store, given.fleet), groupOf(given));
  } finally {
    await store.close();
  }
}
export const steer =
  (verb: 'pause' | 'resume' | 'abort') =>
  async (program: Program, words: readonly string[]): Promise<number> => {
    const given = read(program, verb, words, READING, `--group name ${STORE_USAGE}`, 0);
    if (typeof given === 'number') return given;
    const store = given.store();
    try {
      const done = await (await Publisher.open(store, given.fleet))[verb](groupOf(given));
      if (!done) complain(`${program.name}: Group ${groupOf(given)} has no roll-out.`);
      return done ? 0 : 1;
    } finally {
      await store.close();
    }
  };

export async function history(program: Program, words: readonly string[]): Promise<number> {
  const given = read(
    program,
    'history',
    words,
    [...READING, { name: 'json' }],
    `--group name [--json] ${STORE_USAGE}`,
    0,
  );
  if (typeof given === 'number') return given;
  return withPublisher(given, false, async (publisher) => {
    const all = await publisher.history(groupOf(given));
    if (given.has('json')) print(`${JSON.stringify(all, undefined, 2)}\n`);
    else
      for (const { seq, at, author, blob, message = '' } of all)
        print(
          `${String(seq).padStart(6)}  ${new Date(at).toISOString().slice(0, 19)}Z  ${blob.slice(0, 12)}  ${author}  ${message}\n`,
        );
    return 0;
  });
}

export async function host(program: Program, words: readonly string[]): Promise<number> {
  const usage = `HOST [--label name=value]... [--group name]... [--set variable=value]... [--sign key] ${STORE_USAGE}`;
  const given = read(program, 'host', words, [...SIGNING, ...['label', 'group', 'set'].map(flag)], usage, 1);
  if (typeof given === 'number') return given;
  const config = { labels: given.pairs('label'), groups: given.list('group'), variables: given.pairs('set') };
  return withPublisher(given, true, async (publisher) => {
    await publisher.setHost(given.rest[0]!, config);
    return 0;
  });
}
export async function group(program: Program, words: readonly string[]): Promise<number> {
  const given = read(
    program,
    'group',
    words,
    [...SIGNING, flag('label')],
    `GROUP [--label name=value]... [--sign key] ${STORE_USAGE}`,
    1,
  );
  if (typeof given === 'number') return given;
  return withPublisher(given, true, async (publisher) => {
    await publisher.setGroup(given.rest[0]!, given.pairs('label'));
    return 0;
  });
}

/** Two files: FILE, which is to be kept secret, and FILE.pub, for the hosts. None is overwritten. */
export async function keygen(program: Program, words: readonly string[]): Promise<number> {
  const given = read(program, 'keygen', words, [], 'FILE', 1);
  if (typeof given === 'number') return given;
  const [file = ''] = given.rest;
  const keys = newKeys();
  const write = (path: string, text: string, mode: number) => {
    try {
      writeFileSync(path, text, { mode, flag: 'wx' });
    } catch (cause) {
      throw new IptcError('ERR_IO', `Cannot write ${path}: ${(cause as Error).message}`, {
        file: path,
        hint: 'Choose another name, or take that file away yourself.',
        cause,
      });
    }
  };
  write(file, keys.private, 0o600);
  write(`${file}.pub`, `${keys.public}\n`, 0o644);
  print(
    `Wrote ${file}, which signs and is to be kept secret, and ${file}.pub, for the hosts. Its name is ${keys.id}.\n`,
  );
  return 0;
}
