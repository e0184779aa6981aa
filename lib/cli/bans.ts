/** `iptc ban`, `unban`, `allow`, `bans`, `banned`: who is kept away. */
import type { Ban, BanOptions, Direction, Ports } from '../bans';
import { Bans } from '../bans';
import { durationText } from '../bans/duration';
import { IptcError } from '../errors';
import { Firewall } from '../index';
import { Sets } from '../sets';
import { getopt } from './getopt';
import { complain, print } from './output';
import { EXIT, Exit, failed, type Program } from './program';
import { namespaceOf } from './tables';

const JOURNAL = '/var/lib/libiptc/bans';

const FLAGS = [
  { name: 'for', argument: true },
  { name: 'reason', argument: true },
  { name: 'ports', argument: true },
  { name: 'direction', argument: true },
  { name: 'remove' },
  { name: 'json' },
  { name: 'name', argument: true },
  { name: 'journal', argument: true },
  { name: 'netns', argument: true },
  { name: 'help', letter: 'h' },
] as const;
type Command = 'ban' | 'unban' | 'allow' | 'bans' | 'banned';

const USAGE: Readonly<Record<Command, readonly [words: string, text: string]>> = {
  ban: [
    'ADDRESS... [--for 2h] [--reason TEXT] [--ports 80,8000-8080] [--direction in|out|both]',
    'Keeps packets from addresses, networks or ranges away, and ends their connections.',
  ],
  unban: ['ADDRESS...', 'Lets them in again. Exit code 1 if none was banned.'],
  allow: ['ADDRESS... [--for 2h] [--reason TEXT] [--remove]', 'Lets addresses pass, whatever is banned.'],
  bans: ['[--json]', 'Lists who is banned and who is allowed.'],
  banned: ['ADDRESS [--json]', 'Is the address banned, and why? Exit code 1 if it is not.'],
};
const SHARED = '[--name NAME] [--journal FILE|none] [--netns NAME|PATH]';

export const bansCommand =
  (command: Command) =>
  async (program: Program, words: readonly string[]): Promise<number> => {
    const [own, text] = USAGE[command];
    const usage = `Usage: ${program.name} ${command} ${own}`;
    const { options, rest } = getopt(program.name, words, FLAGS, usage);
    const given = new Map(options.map(({ name, value }) => [name, value]));
    if (given.has('help')) {
      print(`${usage} ${SHARED}\n\n${text}\n`);
      return 0;
    }
    const needed = command === 'bans' ? 0 : 1;
    if (command === 'banned' || command === 'bans' ? rest.length !== needed : rest.length < needed) {
      complain(`${program.name}: Expected ${needed === 0 ? 'no address' : 'an address'} for ${command}`);
      complain(usage);
      throw new Exit(EXIT.USAGE);
    }
    try {
      return await withBans(given, command === 'ban' || command === 'allow', (bans) => run(command, bans, rest, given));
    } catch (error) {
      return failed(program, error);
    }
  };

/** Counters as text: they may be larger than JSON's numbers are exact. */
const toJson = (value: unknown): string =>
  `${JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each), 2)}\n`;

type Given = ReadonlyMap<string, string | undefined>;

/** Who only looks makes nothing: without sets nobody is banned. */
async function withBans(
  given: Given,
  makes: boolean,
  work: (bans: Bans | undefined) => Promise<number>,
): Promise<number> {
  const netns = given.get('netns');
  const at = netns === undefined ? {} : { namespace: namespaceOf(netns) };
  const name = given.get('name') ?? 'bans';
  const path = given.get('journal') ?? (netns === undefined ? JOURNAL : 'none');
  if (!makes) {
    const sets = await Sets.open(at);
    const names = await sets.names().finally(() => sets.close());
    if (!names.includes(`${name}4`)) return work(undefined);
  }
  const ipv4 = await Firewall.open({ ...at, family: 'ipv4' });
  const ipv6 = await Firewall.open({ ...at, family: 'ipv6' });
  try {
    const bans = await Bans.open({ ipv4, ipv6 }, { name, ...(path !== 'none' && { journal: path }) });
    try {
      return await work(bans);
    } finally {
      await bans.close();
    }
  } finally {
    await ipv4.close();
    await ipv6.close();
  }
}

async function run(
  command: Command,
  bans: Bans | undefined,
  addresses: readonly string[],
  given: Given,
): Promise<number> {
  const [duration, reason] = [given.get('for'), given.get('reason')];
  const beside = { ...(duration !== undefined && { for: duration }), ...(reason !== undefined && { reason }) };
  let found = false;
  switch (command) {
    case 'ban':
      for (const address of addresses)
        for (const ban of await bans!.ban(address, { ...beside, ...banOptions(given) })) print(`${sentence(ban)}\n`);
      return 0;
    case 'unban':
      for (const address of addresses) {
        const was = (await bans?.unban(address)) ?? false;
        print(`${address} ${was ? 'is let in again' : 'was not banned'}\n`);
        found ||= was;
      }
      return found ? 0 : EXIT.OTHER;
    case 'allow':
      for (const address of addresses)
        if (given.has('remove'))
          print(`${address} ${(await bans!.disallow(address)) ? 'is no longer allowed' : 'was not allowed'}\n`);
        else {
          await bans!.allow(address, beside);
          print(`${address} is allowed\n`);
        }
      return 0;
    case 'banned':
      return banned(bans, addresses[0]!, given.has('json'));
    default:
      return list(bans, given.has('json'));
  }
}

function banOptions(given: Given): BanOptions {
  const [ports, direction] = [given.get('ports'), given.get('direction')];
  return {
    ...(ports !== undefined && { ports: ports.split(',').map(portsOf) }),
    ...(direction !== undefined && { direction: direction as Direction }),
  };
}
function portsOf(word: string): Ports {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [];
  if (first === undefined)
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected a port or a range of ports for --ports but received ${JSON.stringify(word)}`,
    );
  return last === undefined ? Number(first) : [Number(first), Number(last)];
}

const until = ({ until: end }: Pick<Ban, 'until'>): string =>
  end === undefined ? 'for good' : `for ${durationText((end - Date.now()) / 1000)}`;
const because = ({ reason }: Pick<Ban, 'reason'>): string => (reason === undefined ? '' : `: ${line(reason)}`);
const sentence = (ban: Ban): string => `${ban.address} is banned ${until(ban)}${because(ban)}`;
/** Nothing that a log has brought in moves the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const line = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');

async function banned(bans: Bans | undefined, address: string, json: boolean): Promise<number> {
  const verdict = (await bans?.isBanned(address)) ?? { banned: false };
  if (json) print(toJson(verdict));
  else if (verdict.ban) print(`${verdict.ban.address === address ? '' : `${address}: `}${sentence(verdict.ban)}\n`);
  else if (verdict.allowed) print(`${address} is allowed${because(verdict.allowed)}\n`);
  else print(`${address} is ${verdict.banned ? '' : 'not '}banned\n`);
  return verdict.banned ? 0 : EXIT.OTHER;
}

async function list(bans: Bans | undefined, json: boolean): Promise<number> {
  const all: Ban[] = [];
  for await (const ban of bans ?? []) all.push(ban);
  const allowed = bans?.allowed() ?? [];
  if (json) {
    print(toJson({ bans: all, allowed }));
    return 0;
  }
  const rows = [
    ['ADDRESS', 'BANNED', 'LEFT', 'PACKETS', 'REASON'],
    ...all.map((ban) => [
      ban.address +
        (ban.ports ? `:${ban.ports.map((each) => (Array.isArray(each) ? each.join('-') : each)).join()}` : ''),
      new Date(ban.since).toISOString().slice(0, 16).replace('T', ' '),
      ban.until === undefined ? '-' : durationText((ban.until - Date.now()) / 1000),
      String(ban.hits?.packets ?? 0),
      line(ban.reason ?? ''),
    ]),
    ...allowed.map(({ address, since, until: end, reason = '' }) => [
      address,
      new Date(since).toISOString().slice(0, 16).replace('T', ' '),
      end === undefined ? '-' : durationText((end - Date.now()) / 1000),
      'allowed',
      line(reason),
    ]),
  ];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows)
    print(
      `${row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd()}\n`,
    );
  return 0;
}
