/** `iptc ban`, `unban`, `allow`, `bans`, `banned`: who is kept away. */
import type { Ban, BanOptions, Direction, FormatName, Ports, Protocol } from '../bans';
import { Bans } from '../bans';
import { durationText } from '../bans/duration';
import { textOf } from '../bans/transfer';
import { IptcError } from '../errors';
import { Firewall } from '../index';
import { Sets } from '../sets';
import { asked } from './asked';
import { toJson } from './json';
import { complain, print } from './output';
import { EXIT, Exit, failed, type Program } from './program';
import { namespaceOf } from './tables';

const JOURNAL = '/var/lib/libiptc/bans';

const FLAGS = [
  { name: 'for', argument: true },
  { name: 'reason', argument: true },
  { name: 'ports', argument: true },
  { name: 'direction', argument: true },
  { name: 'protocol', argument: true },
  { name: 'remove' },
  { name: 'import', argument: true },
  { name: 'export' },
  { name: 'format', argument: true },
  { name: 'as', argument: true },
  { name: 'skip' },
  { name: 'list', argument: true },
  { name: 'json' },
  { name: 'name', argument: true },
  { name: 'journal', argument: true },
  { name: 'netns', argument: true },
] as const;
type Command = 'ban' | 'unban' | 'allow' | 'bans' | 'banned';

const USAGE: Readonly<Record<Command, readonly [words: string, text: string]>> = {
  ban: [
    'ADDRESS... [--for 2h] [--reason TEXT] [--ports 80,8000-8080 [--protocol tcp|udp]] [--direction in|out|both]',
    'Keeps packets from addresses, networks or ranges away, and ends their connections.',
  ],
  unban: ['ADDRESS...', 'Lets them in again. Exit code 1 if none was banned.'],
  allow: ['ADDRESS... [--for 2h] [--reason TEXT] [--remove]', 'Lets addresses pass, whatever is banned.'],
  bans: [
    '[--json | --export | --import FILE|- | --list NAME [--remove | FILE|-]] [--format FORMAT]',
    'Lists who is banned and who is allowed. --import bans whom a file names, or allows them (--as allow, and of files such as csf.allow); FORMAT is lines, csf, fail2ban, ipset or json, seen by the lines unless told. --skip passes over what cannot be kept. --list makes a file what a list of its own keeps away, in a single step.',
  ],
  banned: ['ADDRESS [--json]', 'Is the address banned, and why? Exit code 1 if it is not.'],
};
const SHARED = '[--name NAME] [--journal FILE|none] [--netns NAME|PATH]';

export const bansCommand =
  (command: Command) =>
  async (program: Program, words: readonly string[]): Promise<number> => {
    const [own, text] = USAGE[command];
    const usage = `Usage: ${program.name} ${command} ${own} ${SHARED}`;
    const { given, rest } = asked(program.name, words, FLAGS, usage, text);
    const [least, most] = wordsOf(command, given);
    if (rest.length < least || rest.length > most) {
      const what = given.has('list') ? 'one file' : most === 0 ? 'no address' : 'an address';
      complain(`${program.name}: Expected ${what} for ${command}${given.has('list') ? ' --list' : ''}`);
      complain(usage);
      throw new Exit(EXIT.USAGE);
    }
    try {
      const makes = command === 'ban' || command === 'allow' || given.has('import') || given.has('list');
      return await withBans(given, makes, (bans) => run(command, bans, rest, given));
    } catch (error) {
      return failed(program, error);
    }
  };

function wordsOf(command: Command, given: Given): readonly [least: number, most: number] {
  if (command === 'bans') return given.has('list') && !given.has('remove') ? [1, 1] : [0, 0];
  return [1, command === 'banned' ? 1 : Number.POSITIVE_INFINITY];
}

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
        const { ban } = was ? {} : ((await bans?.isBanned(address)) ?? {});
        const still = ban ? `is still banned, with ${ban.address}` : 'was not banned';
        print(`${address} ${was ? 'is let in again' : still}\n`);
        found ||= was;
      }
      return found ? 0 : EXIT.OTHER;
    case 'allow':
      for (const address of addresses)
        if (given.has('remove'))
          print(`${address} ${(await bans!.disallow(address)) ? 'is no longer allowed' : 'was not allowed'}\n`);
        else {
          await bans!.allow(address, { ...beside, ...banOptions(given) });
          print(`${address} is allowed\n`);
        }
      return 0;
    case 'banned':
      return banned(bans, addresses[0]!, given.has('json'));
    default:
      if (given.has('list')) return blocklist(bans!, given, addresses[0]);
      if (given.has('import')) return imported(bans!, given);
      if (given.has('export') && bans) print(await bans.export(formatOf(given)));
      if (given.has('export')) return 0;
      return list(bans, given.has('json'));
  }
}

function banOptions(given: Given): BanOptions {
  const [ports, direction, protocol] = ['ports', 'direction', 'protocol'].map((name) => given.get(name));
  return {
    ...(ports !== undefined && { ports: ports.split(',').map(portsOf) }),
    ...(protocol !== undefined && { protocol: protocol as Protocol }),
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

const formatOf = (given: Given): { readonly format?: FormatName } => {
  const format = given.get('format');
  return format === undefined ? {} : { format: format as FormatName };
};

async function imported(bans: Bans, given: Given): Promise<number> {
  const file = given.get('import')!;
  const [as, duration, reason] = ['as', 'for', 'reason'].map((name) => given.get(name));
  // What such a file names isn't to be banned, whatever the lines look like.
  const named = /(^|\/)csf\.(allow|ignore)$/.test(file) ? 'allow' : undefined;
  const told = as ?? named;
  try {
    const { banned, allowed, ended, skipped } = await bans.import(await textOf(file), {
      ...formatOf(given),
      ...(told !== undefined && { as: told as 'ban' | 'allow' }),
      ...(duration !== undefined && { for: duration }),
      ...(reason !== undefined && { reason }),
      skip: given.has('skip'),
      include: textOf,
    });
    for (const { line: number, message } of skipped) complain(`${file}:${number}: ${message}`);
    print(`${banned} banned, ${allowed} allowed, ${ended} had ended, ${skipped.length} passed over\n`);
    return 0;
  } catch (error) {
    throw error instanceof IptcError && error.line !== undefined ? error.within({ file }) : error;
  }
}

async function blocklist(bans: Bans, given: Given, file: string | undefined): Promise<number> {
  const name = given.get('list')!;
  const known = bans.blocklist(name);
  if (file === undefined) {
    const was = await known.remove();
    print(`list ${name} ${was ? 'is gone' : 'was not there'}\n`);
    return was ? 0 : EXIT.OTHER;
  }
  const { ipv4, ipv6 } =
    file === '-'
      ? await known.replace(await textOf(file), formatOf(given))
      : await known.refresh(file, formatOf(given));
  print(`list ${name} has ${ipv4} networks and addresses of IPv4, ${ipv6} of IPv6\n`);
  return 0;
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
  else print(`${address} is ${verdict.banned ? '' : 'not '}banned${verdict.list ? `: list ${verdict.list}` : ''}\n`);
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
