/** What stands in the way of rules: looked at, nothing changed. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { constants as os, release } from 'node:os';
import { dirname } from 'node:path';
import { optionsOf } from '../arguments';
import { IptcError } from '../errors';
import { type Family, Firewall, type TableName, type TableState } from '../index';
import { FAMILY } from '../net/family';
import { lockFile } from '../net/lock-file';
import { familiesOf, type PersistOptions, systemOf, tablesOf } from '../persist/firewalls';
import type { System } from '../persist/system';
import { bootService, distributionService } from './boot';
import { checkBoot } from './bootfiles';
import type { Finding, FindingLevel, Say } from './findings';
import { examining } from './options';
import { iptablesVariant, lockHolder, type NftTable, nftTables, ownersOf, ufwEnabled } from './rivals';
import { firewalld, type ServiceStatus } from './units';

export interface DoctorReport {
  /** False if something would bite. */
  readonly ok: boolean;
  readonly kernel: string;
  readonly findings: readonly Finding[];
  readonly services: readonly ServiceStatus[];
  /** Undefined if this process can't ask for them. */
  readonly nft?: readonly NftTable[];
}

export type DoctorOptions = Omit<PersistOptions, 'firewalls'>;

/**
 * Looks at all that decides whether rules come into force and stay: the kernel, capabilities, the lock, who else writes
 * rules, the services, and whether the boot files are in step with the kernel.
 *
 * @example
 * const { ok, findings } = await doctor();
 * for (const { level, message } of findings) if (level !== 'ok') console.log(level, message);
 */
export async function doctor(options?: DoctorOptions): Promise<DoctorReport> {
  return examine(optionsOf('doctor', options, examining));
}
async function examine(options: DoctorOptions): Promise<DoctorReport> {
  const system = systemOf(options);
  const findings: Finding[] = [];
  const say = (about: string, level: FindingLevel, message: string, more: Pick<Finding, 'family' | 'hint'> = {}) =>
    findings.push({ about, level, message, ...more });

  const tables = new Map<Family, readonly TableState<Family>[]>();
  const kinds = new Set<Kind>();
  const told: Parameters<Say>[] = [];
  for (const family of familiesOf(options)) {
    const { kind, states } = await kernel(system, family, options, (...finding) => told.push(finding));
    if (kind) kinds.add(kind);
    if (!states) continue;
    tables.set(family, states);
    others(family, states, (...finding) => told.push(finding));
  }
  const isNft = kinds.has('nft') && !kinds.has('legacy');
  capabilities(isNft, say);
  for (const finding of told) say(...finding);
  if (!isNft) lock(system, options, say);
  const services = await rivals(system, options, say);
  await commandBeside(system, isNft, say);
  if (isNft) await legacyBeside(options, say);
  const nft = await nftBeside(isNft, options, say);
  for (const [family, found] of tables) await checkBoot(system, family, found, options, services, say);

  const ok = findings.every(({ level }) => level === 'ok' || level === 'note');
  return { ok, kernel: release(), findings, services: [...services.values()], ...(nft && { nft }) };
}

const CAPABILITIES = [
  [12, 'CAP_NET_ADMIN'],
  [13, 'CAP_NET_RAW'],
] as const;

/** nf_tables asks for the first alone. */
function capabilities(isNft: boolean, say: Say): void {
  const needed = isNft ? CAPABILITIES.slice(0, 1) : CAPABILITIES;
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`,
  );
  const missing = needed.filter(([bit]) => ((effective >> BigInt(bit)) & 1n) === 0n).map(([, name]) => name);
  if (missing.length === 0)
    say('capabilities', 'ok', `This process may change tables (${needed.map(([, name]) => name).join(', ')}).`);
  else
    say('capabilities', 'error', `This process may not change tables: ${missing.join(' and ')} missing.`, {
      hint: `Run as root, or give the process these capabilities (AmbientCapabilities= in its unit; --cap-add for a container)${isNft ? '' : ', and a lock file that it may open'}.`,
    });
}

type Kind = Firewall['backend'];

/** The tables that are loaded; undefined if there can't be any. Nothing is loaded by looking. */
async function kernel(
  system: System,
  family: Family,
  options: DoctorOptions,
  say: Say,
): Promise<{ readonly kind?: Kind; readonly states?: readonly TableState<Family>[] }> {
  let firewall: Firewall<Family>;
  try {
    firewall = await Firewall.open<Family>({
      family,
      ...(options.namespace !== undefined && { namespace: options.namespace }),
      ...(options.lock !== undefined && { lock: options.lock }),
    });
  } catch (error) {
    if (!(error instanceof IptcError)) throw error;
    say(error.code === 'ERR_NO_ADDON' ? 'addon' : 'kernel', 'error', error.message, {
      family,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
    return {};
  }
  const kind = firewall.backend;
  try {
    const names = tablesOf(firewall, {});
    if (names.length === 0 && !supportLoaded(firewall)) {
      withoutSupport(system, family, say);
      return {};
    }
    const states: TableState<Family>[] = [];
    for (const name of names) states.push(await firewall.table(name as TableName).state());
    const list = states.map(({ name, length }) => `${name} (${rulesOf(length)})`).join(', ');
    say(
      'kernel',
      'ok',
      `Linux ${release()} has ${kind === 'nft' ? `${FAMILY[family].tool} in nf_tables` : `legacy ${FAMILY[family].tool}`}${list === '' ? '; no table is in use' : `: ${list}`}.`,
      { family },
    );
    return { kind, states };
  } catch (error) {
    if (!(error instanceof IptcError)) throw error;
    if (error.errno === os.errno.EACCES) {
      say('kernel', 'note', 'This user may not look at the tables.', { family });
      return { kind };
    }
    say('kernel', 'error', error.message, { family, ...(error.hint !== undefined && { hint: error.hint }) });
    return { kind };
  } finally {
    await firewall.close();
  }
}

const rulesOf = (count: number) => `${count} ${count === 1 ? 'rule' : 'rules'}`;

function supportLoaded(firewall: Firewall<Family>): boolean {
  try {
    firewall.loadedTables();
    return true;
  } catch (error) {
    return !(error instanceof IptcError && error.code === 'ERR_NO_SUPPORT');
  }
}

function withoutSupport(system: System, family: Family, say: Say): void {
  const module = FAMILY[family].module;
  const lists = ['modules.dep', 'modules.builtin'].map(
    (name) => system.text(`/lib/modules/${release()}/${name}`) ?? '',
  );
  if (lists.some((list) => new RegExp(`/${module}\\.ko`).test(list)))
    say('kernel', 'note', `The module ${module} isn't loaded; the first rule will load it, if this process may.`, {
      family,
      hint: `modprobe ${module}`,
    });
  else
    say(
      'kernel',
      family === 'ipv4' ? 'error' : 'warning',
      `This kernel (${release()}) has no legacy ${FAMILY[family].tool} and no module ${module}, and its nf_tables takes no rules of iptables.`,
      {
        family,
        hint: 'Take a kernel that was built with CONFIG_NFT_COMPAT or CONFIG_NETFILTER_XTABLES_LEGACY, or load nft_compat or the module on the host if this is a container.',
      },
    );
}

function others(family: Family, states: readonly TableState<Family>[], say: Say): void {
  const owners = new Map<string, string>();
  for (const state of states)
    for (const [owner, chain] of ownersOf(state))
      if (!owners.has(owner)) owners.set(owner, `${chain} of table ${state.name}`);
  for (const [owner, chain] of owners)
    say('others', 'note', `${owner} has chains in these tables (${chain}).`, {
      family,
      hint: 'Leave its chains to it: flush only your own, and expect them in saved files.',
    });
}

function lock(system: System, { lock: given }: DoctorOptions, say: Say): void {
  if (given === false) return;
  const path = lockFile(given);
  try {
    accessSync(existsSync(path) ? path : dirname(path), existsSync(path) ? constants.R_OK : constants.W_OK);
  } catch {
    say('lock', 'warning', `This process may not open the xtables lock (${path}): it can't change tables.`, {
      hint: `Let its group read the lock: echo 'f ${path} 0640 root GROUP' >/etc/tmpfiles.d/xtables.conf; systemd-tmpfiles --create xtables.conf`,
    });
    return;
  }
  try {
    const holder = lockHolder(system, statSync(path).ino);
    if (holder === undefined) say('lock', 'ok', `Nobody holds the xtables lock (${path}).`);
    else
      say('lock', 'note', `Process ${holder} holds the xtables lock (${path}) right now.`, {
        hint: 'Changes wait for it; if it stays so, see what that process does.',
      });
  } catch {
    say('lock', 'ok', `The xtables lock (${path}) has not been needed yet.`);
  }
}

async function rivals(system: System, options: DoctorOptions, say: Say): Promise<Map<string, ServiceStatus>> {
  const services = new Map<string, ServiceStatus>();
  const add = (status: ServiceStatus) => services.set(status.unit, status);
  const fire = add(await firewalld({ root: system.root }).status()).get('firewalld.service')!;
  if (fire.state === 'unknown')
    say('services', 'note', 'systemd does not run this machine: what starts at boot is not known.');
  else if (fire.state === 'active' || fire.state === 'changing')
    say(
      'firewalld',
      'warning',
      'firewalld is running: it fills tables by itself, and its reload takes away the rules of others.',
      {
        hint: 'Leave the firewall to it (firewall-cmd), or let iptc setup basic-server take over from it. Stopped by hand, it leaves the machine open until other rules are loaded.',
      },
    );
  else if (fire.enabled && !fire.masked)
    say('firewalld', 'warning', 'firewalld does not run now, but starts at boot.', {
      hint: 'systemctl mask firewalld',
    });
  else
    say(
      'firewalld',
      'ok',
      `firewalld is ${fire.state === 'absent' ? 'not installed' : fire.masked ? 'masked' : 'off'}.`,
    );
  if (ufwEnabled(system))
    say('ufw', 'warning', 'ufw is enabled: it loads rules of its own at boot and at each of its commands.', {
      hint: 'Leave the firewall to it (ufw allow …). ufw disable ends that, and leaves the machine open until other rules are loaded.',
    });
  for (const family of ['ipv4', 'ipv6'] as const) {
    const service = distributionService(family, options);
    if (service && !services.has(service.unit)) add(await service.status());
  }
  add(await bootService({ root: system.root }).status());
  return services;
}

/** Where a person at the machine would look in vain. */
async function commandBeside(system: System, isNft: boolean, say: Say): Promise<void> {
  const variant = await iptablesVariant(system);
  if (variant === undefined || (variant === 'nf_tables') === isNft) return;
  const which = isNft ? 'the legacy one' : 'the nft variant';
  say('iptables', 'note', `The iptables command of this machine is ${which}: it does not show these tables.`, {
    hint: 'iptc -L and iptc -6 -L show them.',
  });
}

/** Of nf_tables' tables: rules in those of ip_tables. */
async function legacyBeside(options: DoctorOptions, say: Say): Promise<void> {
  const inUse: string[] = [];
  for (const family of familiesOf(options)) inUse.push(...(await legacyInUse(family, options)));
  if (inUse.length > 0)
    say(
      'legacy',
      'warning',
      `Legacy tables are in use, too: ${inUse.join(', ')}. A packet must pass their rules and these.`,
      {
        hint: 'See them: iptables-legacy-save; ip6tables-legacy-save. iptc migrate --to nft moves them here.',
      },
    );
}

async function legacyInUse(family: Family, { namespace, lock }: DoctorOptions): Promise<string[]> {
  let firewall: Firewall<Family> | undefined;
  try {
    firewall = await Firewall.open<Family>({
      family,
      backend: 'legacy',
      ...(namespace !== undefined && { namespace }),
      ...(lock !== undefined && { lock }),
    });
    const inUse: string[] = [];
    for (const name of firewall.loadedTables()) {
      const state = await firewall.table(name as TableName).state();
      const closed = [...state.chains.values()].some(({ policy }) => policy === 'DROP');
      if (state.length > 0 || closed) inUse.push(`${FAMILY[family].tool} ${name} (${rulesOf(state.length)})`);
    }
    return inUse;
  } catch (error) {
    if (error instanceof IptcError) return []; // there are none, or whoever may not look there can't use them
    throw error;
  } finally {
    await firewall?.close();
  }
}

async function nftBeside(isNft: boolean, { namespace }: DoctorOptions, say: Say): Promise<NftTable[] | undefined> {
  const tables = await nftTables(namespace);
  if (!tables) return undefined;
  const isOurs = ({ owner }: NftTable) => isNft && owner === 'iptables-nft';
  const filtering = tables.filter((table) => table.hooked && table.rules > 0 && !isOurs(table));
  const named = (list: readonly NftTable[]) =>
    list.map(({ family, name, rules }) => `${family} ${name} (${rulesOf(rules)})`).join(', ');
  const nftIptables = filtering.filter(({ owner }) => owner === 'iptables-nft');
  const rest = filtering.filter(({ owner }) => owner === undefined);
  const known = filtering.filter(({ owner }) => owner === 'firewalld' || owner === 'docker');
  if (nftIptables.length > 0) {
    const has = (which: string) => nftIptables.some(({ family }) => family === which);
    const see = [...(has('ip') ? ['iptables-nft-save'] : []), ...(has('ip6') ? ['ip6tables-nft-save'] : [])];
    const programs = [...new Set(nftIptables.flatMap((table) => table.programs ?? []))];
    // Some of them are of programs that nobody asked: no advice that would take those away.
    const leave = programs.length === 0 ? '' : ` Leave those of ${programs.join(' and ')} alone.`;
    say('nft', 'warning', `iptables-nft is in use: ${named(nftIptables)}. A packet must pass its rules and these.`, {
      hint: `See them: ${see.join('; ')}. Write new rules by one of the two commands only.${leave}`,
    });
  }
  if (rest.length > 0)
    say('nft', 'warning', `nftables has rules beside these tables: ${named(rest)}. A packet must pass both.`, {
      hint: 'nft list ruleset shows them.',
    });
  if (known.length > 0) say('nft', 'note', `nftables has tables of known programs: ${named(known)}.`);
  if (filtering.length === 0) say('nft', 'ok', 'nftables has no rules beside these tables.');
  return tables;
}
