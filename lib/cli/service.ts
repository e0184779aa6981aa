/** `iptc service WORD`: what `service iptables WORD` does with iptables-services; and a unit of our own for hosts without. */
import { join } from 'node:path';
import type { IptcError } from '../errors';
import { Firewall } from '../index';
import { FAMILY } from '../net/family';
import type { PersistOptions } from '../persist/firewalls';
import { load } from '../persist/load';
import { BOOT_UNIT, installBootUnit, type OnFailure, uninstallBootUnit } from '../services/boot';
import { ServiceVerbs, type Speech, VERBS, type Verb } from '../services/verbs';
import { asked } from './asked';
import { complain, print, printStyled } from './output';
import { EXIT, failed, type Program } from './program';
import { namespaceOf } from './tables';

const usage = (program: Program) => `Usage: ${program.name} service {${VERBS.join('|')}}
       ${program.name} service install [--on-failure open|closed]
       ${program.name} service uninstall`;

export async function service(program: Program, words: readonly string[]): Promise<number> {
  const { given, rest } = asked(
    program.name,
    words,
    [
      { name: 'netns', argument: true },
      { name: 'root', argument: true },
      { name: 'file', argument: true },
      { name: 'on-failure', argument: true },
    ],
    usage(program),
    `Does what the init script of iptables-services does, for ${FAMILY[program.family].name}. install makes a unit that loads the\nrules of both families at boot, before the network; uninstall takes it away.`,
  );
  const root = given.get('root');
  const netns = given.get('netns');
  const file = given.get('file');
  const persist: PersistOptions = {
    ...(root !== undefined && { root }),
    ...(netns !== undefined && { namespace: namespaceOf(netns) }),
    ...(file !== undefined && { files: { [program.family]: file } }),
  };
  const onFailure = given.get('on-failure') ?? 'open';
  const word = rest[0] === 'force-reload' ? 'restart' : rest[0] === 'try-restart' ? 'condrestart' : rest[0];
  if (rest.length !== 1 || (onFailure !== 'open' && onFailure !== 'closed')) return misused(program);
  try {
    switch (word) {
      case 'install': {
        const path = await installBootUnit({
          ...(root !== undefined && { root }),
          onFailure,
          command: bootCommand(root),
        });
        print(`Wrote ${path}, and enabled ${BOOT_UNIT}: the rules that are saved come back at boot.\n`);
        return 0;
      }
      case 'uninstall':
        print(
          (await uninstallBootUnit({ root }))
            ? `Removed ${BOOT_UNIT}. The rules stay as they are.\n`
            : `${BOOT_UNIT} is not there.\n`,
        );
        return 0;
      case 'boot':
        return await boot(persist, onFailure);
    }
    if (!VERBS.includes(word as Verb)) return misused(program);
    if (process.getuid?.() !== 0) {
      speech.begin(`${FAMILY[program.family].tool}: Only usable by root.`);
      speech.end('WARNING');
      return 4;
    }
    return await new ServiceVerbs(program.family, persist, speech).run(word as Verb);
  } catch (error) {
    return failed(program, error, { read: EXIT.OTHER });
  }
}

function misused(program: Program): number {
  complain(usage(program));
  return EXIT.USAGE;
}

const bootCommand = (root: string | undefined): string[] => [
  process.execPath,
  join(__dirname, '../cli/iptc.js'),
  'service',
  'boot',
  ...(root === undefined ? [] : [`--root=${root}`]),
];

/** Where the init script puts its [  OK  ], and in which colour. */
const COLUMN = '\u001b[60G';
const COLOURS = { OK: '32', FAILED: '31', WARNING: '33' } as const;

const speech: Speech = {
  begin: print,
  end(outcome) {
    const word = outcome === 'OK' ? '  OK  ' : outcome;
    printStyled(
      process.stdout.isTTY ? `${COLUMN}[\u001b[0;${COLOURS[outcome]}m${word}\u001b[0;39m]\r\n` : `[${word}]\n`,
    );
  },
  line: (text) => print(`${text}\n`),
  complain: tell,
};

function tell(error: IptcError): void {
  const where = [error.file, error.line, error.column].filter((part) => part !== undefined).join(':');
  complain(`${where === '' || error.message.includes(where) ? '' : `${where}: `}${error.message}`);
  if (error.hint !== undefined) complain(error.hint);
}

/** What the unit runs. Its words go to the journal; a failure leaves the firewall as configured. */
async function boot(options: PersistOptions, onFailure: OnFailure): Promise<number> {
  let code = 0;
  for (const loaded of await load(options)) {
    const { path, outcome, error } = loaded;
    const name = loaded.family ? FAMILY[loaded.family].tool : 'ipset';
    if (outcome === 'loaded') print(`${name}: loaded ${path}.\n`);
    else if (outcome === 'absent') print(`${name}: there is no ${path}; nothing to load.\n`);
    else {
      if (error) tell(error);
      code = 1;
      // Rules that name them say so themselves.
      if (!loaded.family) continue;
      const { family, fallbackError } = loaded;
      if (fallbackError) tell(fallbackError);
      if (outcome === 'fallback')
        complain(`${name}: ${path} could not be loaded; the rules of ${path}.fallback are in force.`);
      else if (onFailure === 'open')
        complain(`${name}: ${path} could not be loaded. The firewall is OPEN, as configured.`);
      else {
        await close(family, options);
        complain(
          `${name}: ${path} could not be loaded. The firewall is CLOSED, as configured: only what this host begins itself gets an answer.`,
        );
      }
    }
  }
  return code;
}

/** Nothing comes in but answers; and for IPv6 what makes it work at all. */
async function close(family: Firewall['family'], { namespace }: PersistOptions): Promise<void> {
  const firewall = await Firewall.open({ family, ...(namespace !== undefined && { namespace }) });
  const discovery = family === 'ipv6' ? '-A INPUT -p ipv6-icmp -j ACCEPT\n' : '';
  try {
    await firewall.restore(`*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
${discovery}COMMIT
`);
  } finally {
    await firewall.close();
  }
}
