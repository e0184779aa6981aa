/** The tutorial as one call: a server that lets nothing in but what it is told, now and after each boot. */
import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import { optionsOf } from '../arguments';
import { IptcError, show } from '../errors';
import { servicePort } from '../net/databases';
import { keptOf, type PersistOptions, systemOf } from '../persist/firewalls';
import { isSaved, saveFiles } from '../persist/save';
import type { Family } from '../rule/rule';
import { formatRule, parseRule } from '../text/rule';
import { BOOT_UNIT, bootService, distributionService, installBootUnit } from './boot';
import { settingUp } from './options';
import { ownersOf } from './rivals';
import { type MachineSnapshot, putBack, takeSnapshot, withOwn } from './snapshot';
import { firewalld, type Service } from './units';

export interface SetupOptions extends Omit<PersistOptions, 'firewalls' | 'tables'> {
  /** Services by name or port, TCP unless told: `ssh`, `443`, `53/udp`, `60000:61000/udp`. */
  readonly allow: readonly string[];
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean;
  /** Replaces the filter table although other programs have chains in it. */
  readonly force?: boolean;
  /** What $SSH_CONNECTION says; that of this process or of one that started it, unless told. */
  readonly sshConnection?: string;
  /** The command that loads the rules at boot where the distribution has no service for it. */
  readonly bootCommand?: readonly string[];
  /** Each step, before it is done. */
  readonly say?: (step: SetupStep) => void;
  /** Asked once the rules are in force. Without a yes everything is put back. */
  readonly confirm: () => Promise<boolean>;
  /** Puts everything back if this process can't any more. */
  readonly guard?: Guard;
}

export interface SetupStep {
  /** `done`: it is so already. */
  readonly state: 'do' | 'done' | 'undo';
  readonly text: string;
}

/** Somebody who has the snapshot and outlives this process. */
export interface Guard {
  /** Before anything is changed. */
  start(snapshot: MachineSnapshot): Promise<void>;
  /** All is well up to here: the rest will take some time. */
  confirmed(): void;
  /** The end: nothing is put back any more. */
  keep(): void;
  /** Puts everything back now; false if it could not. */
  revert(): Promise<boolean>;
}

export interface SetupResult {
  /** `declined`: not confirmed, and put back. */
  readonly outcome: 'done' | 'already' | 'declined' | 'dry-run';
  /** The filter table's text, by family. */
  readonly rules: { readonly [F in Family]?: string };
}

/**
 * Turns firewalld off, puts the rules in, asks for a confirmation, saves them and makes a service load them at boot.
 * The caller isn't locked out: established connections come first, the port of the caller's own SSH session is always
 * let in, and without a confirmation, or after a failure, everything is as it was. What is so
 * already is left alone. Rejects with what failed, everything put back.
 *
 * @example
 * await setUpBasicServer({ allow: ['ssh', 'http', 'https'], confirm: async () => canStillConnect() });
 */
export async function setUpBasicServer(options: SetupOptions): Promise<SetupResult> {
  return setUp(optionsOf('setUpBasicServer', options, settingUp));
}
async function setUp(options: SetupOptions): Promise<SetupResult> {
  const { dryRun = false, say = () => {}, guard } = options;
  const system = systemOf(options);
  const session = sessionOf(options.sshConnection);
  const allowed = [...new Set(options.allow.map(portOf))];
  const own = session && `${session.serverPort}/tcp`;
  if (own !== undefined && !allowed.includes(own)) allowed.unshift(own);
  const families: Family[] = [];
  const rules: { [F in Family]?: string } = {};
  const inForce: { [F in Family]?: boolean } = {};
  for (const family of options.families ?? (['ipv4', 'ipv6'] as const)) {
    const table = tableOf(family, allowed);
    const state = await current(family, options, say);
    if (!state) continue;
    families.push(family);
    rules[family] = table;
    inForce[family] = withoutCounters(state.toText()) === withoutCounters(table);
    const owners = [...ownersOf(state).keys()].filter((owner) => owner !== 'firewalld');
    if (owners.length > 0 && !inForce[family] && !options.force)
      throw new IptcError(
        'ERR_CONFLICT',
        `Cannot replace the ${shown(family)} filter table: ${owners.join(', ')} has chains in it`,
        {
          family,
          table: 'filter',
          hint: 'Add your rules beside them, or say --force: then start that program again, so that it makes its chains anew.',
        },
      );
  }
  if (families.length === 0)
    throw new IptcError('ERR_NO_SUPPORT', 'Cannot set up the server: the kernel has legacy tables of neither family', {
      hint: 'See iptc doctor.',
    });

  const persist: PersistOptions = { ...options, families };
  const fire = await firewalld({ root: system.root }).status();
  const loaders = await loadersOf(families, options);
  const steps = new Steps(say, dryRun);
  const snapshot = await takeSnapshot(families, options);
  // What firewalld takes away when it stops has to come back.
  const filling = fire.state === 'active' || fire.state === 'changing';
  const pending = filling || families.some((family) => !inForce[family]);
  if (!dryRun) await guard?.start(snapshot);

  try {
    if (filling || (fire.enabled && !fire.masked)) {
      await steps.do('Stop firewalld, and mask it: nobody starts it again by accident', async () => {
        const service = firewalld({ root: system.root });
        if (filling) await service.stop();
        await service.mask();
      });
    } else
      steps.done(
        `firewalld is ${fire.state === 'absent' ? 'not installed' : fire.state === 'unknown' ? 'not under systemd' : fire.masked ? 'masked' : 'off'}`,
      );

    for (const family of families) {
      if (inForce[family] && !filling) steps.done(`The ${shown(family)} rules are in force`);
      else
        await steps.do(`Put the ${shown(family)} rules in: ${summary(family, allowed)}`, () =>
          withOwn(family, options, (firewall) => firewall.restore(rules[family]!)),
        );
    }
    if (pending && !dryRun) {
      if (!(await options.confirm())) {
        await revert(snapshot, options, 'Nobody confirmed');
        return { outcome: 'declined', rules };
      }
      guard?.confirmed();
    }
    for (const family of families) {
      const { path } = keptOf(system, family, options);
      if (!(dryRun && !inForce[family]) && (await isSaved({ ...persist, families: [family] })))
        steps.done(`${path} has the rules`);
      else
        await steps.do(`Save the ${shown(family)} rules to ${path}`, () =>
          saveFiles({ ...persist, families: [family] }),
        );
    }
    for (const loader of loaders) await enable(loader, options, steps);
    guard?.keep();
    return { outcome: dryRun ? 'dry-run' : steps.changed ? 'done' : 'already', rules };
  } catch (error) {
    if (!dryRun) await revert(snapshot, options, (error as Error).message);
    throw error;
  }
}

async function revert(snapshot: MachineSnapshot, { guard, say = () => {} }: SetupOptions, why: string): Promise<void> {
  say({ state: 'undo', text: `${why}: put everything back` });
  if (guard && (await guard.revert())) return;
  const failures = await putBack(snapshot);
  for (const failure of failures) say({ state: 'undo', text: `could not be put back: ${failure.message}` });
}

class Steps {
  changed = false;
  constructor(
    private readonly say: (step: SetupStep) => void,
    private readonly dryRun: boolean,
  ) {}
  async do(text: string, work: () => Promise<unknown>): Promise<void> {
    this.say({ state: 'do', text });
    this.changed = true;
    if (!this.dryRun) await work();
  }
  done(text: string): void {
    this.say({ state: 'done', text });
  }
}

async function current(family: Family, options: SetupOptions, say: (step: SetupStep) => void) {
  try {
    return await withOwn(family, options, (firewall) => firewall.table('filter').state());
  } catch (error) {
    if (!(error instanceof IptcError) || error.code !== 'ERR_NO_SUPPORT') throw error;
    say({ state: 'done', text: `The kernel has no legacy tables for ${shown(family)}: left alone` });
    return undefined;
  }
}

/** The services that are to load the rules: the distribution's, or else our own. */
async function loadersOf(families: readonly Family[], options: SetupOptions): Promise<Service[]> {
  const found = new Map<string, Service>();
  const boot = bootService({ root: options.root });
  for (const family of families) {
    const service = distributionService(family, options);
    const status = await service?.status();
    if (service && status && status.state !== 'absent') found.set(service.unit, service);
    else found.set(boot.unit, boot);
  }
  return [...found.values()];
}

async function enable(service: Service, options: SetupOptions, steps: Steps): Promise<void> {
  const status = await service.status();
  const own = service.unit === BOOT_UNIT;
  if (status.state === 'unknown')
    return steps.done('systemd does not run this machine: let something else run iptc service boot at boot');
  if (own) {
    if (status.state !== 'absent' && status.enabled) return steps.done(`${service.unit} loads the rules at boot`);
    return steps.do(`Install ${service.unit}: it loads the rules at boot, before the network`, () =>
      installBootUnit({
        ...(options.root !== undefined && { root: options.root }),
        ...(options.bootCommand && { command: options.bootCommand }),
      }),
    );
  }
  if (status.masked) await steps.do(`Unmask ${service.unit}`, () => service.unmask());
  if (status.enabled) steps.done(`${service.unit} is enabled: it loads the rules at boot`);
  else await steps.do(`Enable ${service.unit}: it loads the rules at boot`, () => service.enable());
  if (status.state === 'active') steps.done(`${service.unit} is active`);
  else await steps.do(`Start ${service.unit}: it loads the same rules`, () => service.start());
}

const shown = (family: Family) => (family === 'ipv4' ? 'IPv4' : 'IPv6');
const withoutCounters = (text: string) => text.replace(/^(:.*) \[\d+:\d+\]$/gm, '$1');

/** Where /etc/services is missing, as in small containers. */
const WELL_KNOWN: Readonly<Record<string, number>> = {
  ssh: 22,
  smtp: 25,
  domain: 53,
  http: 80,
  https: 443,
  imaps: 993,
};

/** `ssh` -> `22/tcp`; `53/udp` as it is. */
function portOf(word: string): string {
  const [, name = '', protocol = 'tcp'] = /^([^/]+?)(?:\/(tcp|udp|sctp|dccp|udplite))?$/.exec(word) ?? [];
  const ports = name
    .split(':')
    .map((each) => (/^\d+$/.test(each) ? Number(each) : (servicePort(each, protocol) ?? WELL_KNOWN[each])));
  if (
    name === '' ||
    ports.length > 2 ||
    ports.some((port) => port === undefined || port < 1 || port > 65535) ||
    (ports.length === 2 && ports[0]! > ports[1]!)
  )
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Expected a service of /etc/services, or PORT[:PORT][/PROTOCOL], to allow but received ${show(word)}`,
      { option: 'allow' },
    );
  return `${ports.join(':')}/${protocol}`;
}

export interface SshSession {
  readonly family: Family;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

/** The caller's session: that of this process, or of the nearest that started it (sudo leaves the variable out). */
export function sessionOf(given?: string): SshSession | undefined {
  let text = given ?? process.env.SSH_CONNECTION;
  for (let pid = process.ppid; text === undefined && pid > 1; ) {
    try {
      text = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];
      pid = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    } catch {
      break;
    }
  }
  const [from = '', clientPort, to = '', serverPort] = (text ?? '').split(' ');
  const plain = (address: string) => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  const [client, server] = [plain(from), plain(to)];
  const family = isIPv4(client) && isIPv4(server) ? 'ipv4' : isIPv6(client) && isIPv6(server) ? 'ipv6' : undefined;
  if (!family || !Number(clientPort) || !Number(serverPort)) return undefined;
  return { family, client, clientPort: Number(clientPort), server, serverPort: Number(serverPort) };
}

/** The filter table: of the tutorial, and for IPv6 what it needs to work at all. */
function tableOf(family: Family, allowed: readonly string[]): string {
  const rules = [
    '-i lo -j ACCEPT',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...(family === 'ipv6' ? ['-p ipv6-icmp -j ACCEPT', '-d fe80::/64 -p udp --dport 546 -j ACCEPT'] : []),
    ...allowed.map((each) => {
      const [port, protocol] = each.split('/');
      return `-p ${protocol} --dport ${port} -j ACCEPT`;
    }),
  ];
  const lines = rules.map((rule) => `-A INPUT ${formatRule<Family>(parseRule<Family>(rule, { family }), { family })}`);
  return ['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', ...lines, 'COMMIT', ''].join(
    '\n',
  );
}

function summary(family: Family, allowed: readonly string[]): string {
  return `loopback, answers, ${family === 'ipv6' ? 'ICMPv6, ' : ''}${allowed.join(', ')} come in; nothing else does, nothing is forwarded`;
}
