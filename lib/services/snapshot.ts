/** What there is on a machine, kept so that it can be put back: all tables, and files and services besides. */
import type { Stats } from 'node:fs';
import { lstat, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IptcError } from '../errors';
import {
  type Family,
  Firewall,
  type FirewallOptions,
  type TableName,
  type TableState,
  type Transaction,
} from '../index';
import { FAMILY } from '../net/family';
import { FAMILIES, tablesOf } from '../persist/firewalls';
import { isThere, linkOf, readPieces, removeFile, replaceByLink, replaceFile } from '../persist/replace';
import { System } from '../persist/system';
import { BOOT_UNIT, bootService, uninstallBootUnit } from './boot';
import { Systemd } from './systemd';
import { Service, type ServiceStatus } from './units';

/** What to keep. Plain data: another process may be told it. */
export interface Keeping {
  /** Whose tables: all that are loaded. Both, unless told. */
  readonly families?: readonly Family[];
  readonly namespace?: FirewallOptions['namespace'];
  readonly lock?: FirewallOptions['lock'];
  /** What they live in: as for a firewall; or all that they may live in. */
  readonly backend?: 'legacy' | 'nft' | readonly ('legacy' | 'nft')[];
  readonly files?: readonly string[];
  readonly units?: readonly string[];
  /** Where the machine's folders begin: `/` unless told. */
  readonly root?: string;
}

/** Milliseconds that the lock is waited for at least, to put things back: nobody is served by giving up early. */
const PATIENCE = 120_000;

export class MachineSnapshot {
  private constructor(
    private readonly system: System,
    private readonly tables: readonly KeptTables[],
    private readonly files: readonly KeptFile[],
    private readonly services: readonly ServiceStatus[],
  ) {}

  /** Rejects where something can't be read, and so could not be put back. To be closed at the end. */
  static async take(what: Keeping): Promise<MachineSnapshot> {
    const { families = FAMILIES, files = [], units = [], root } = what;
    const system = new System({ root });
    const tables: KeptTables[] = [];
    const machine = new MachineSnapshot(
      system,
      tables,
      await all(files, keepFile),
      await all(units, (unit) => new Service(unit, system, '').status()),
    );
    try {
      const { backend } = what;
      for (const family of families)
        for (const each of Array.isArray(backend) ? backend : [backend as 'nft' | undefined])
          tables.push(await KeptTables.take(family, each, what));
      return machine;
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** Has the kernel check that it would take all tables again; nothing changes. Rejects if it would not. */
  async prove(): Promise<void> {
    for (const each of this.tables) await each.prove();
  }

  /**
   * Puts everything back, and goes on where something fails. Rejects then with ERR_NOT_REVERTED, which names the files
   * that have the old rules.
   */
  async putBack(): Promise<void> {
    const { files, services, system } = this;
    const failures: unknown[] = [];
    const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => failures.push(error));
    // First of all the way in.
    let lost = await this.putTables();
    for (const file of files) await attempt(putFile(system, file));
    if (services.some(({ state }) => state !== 'unknown')) await attempt(new Systemd(system).reloadUnits());
    for (const service of services) await attempt(putService(system, service));
    // Services that start or stop write rules, too.
    if (services.length > 0 || lost.size > 0) lost = await this.putTables();
    failures.unshift(...lost.values());
    if (failures.length > 0) throw await notPutBack(system, failures as Error[], [...lost.keys()]);
  }

  private async putTables(): Promise<Map<KeptTables, unknown>> {
    const failed = new Map<KeptTables, unknown>();
    for (const each of this.tables) await each.putBack().catch((error: unknown) => failed.set(each, error));
    return failed;
  }

  async close(): Promise<void> {
    for (const each of this.tables) await each.close();
  }
}

/** Somebody who puts everything back unless he is told in time that all is well. */
export interface Guard {
  /** Goes on for so many milliseconds. False if that came too late, or nobody is there any more: revert() then. */
  extend(within: number): Promise<boolean>;
  /** The end: nothing is put back any more. False if that came too late: everything has been put back. */
  keep(): Promise<boolean>;
  /** Puts everything back, now; once more, if that has been done already. Rejects with ERR_NOT_REVERTED. */
  revert(): Promise<void>;
}

/** This process: it knows no time, and nobody puts anything back if it is killed. */
export async function guardHere(what: Keeping): Promise<Guard> {
  const machine = await MachineSnapshot.take(what);
  const ending = async <R>(work: Promise<R>): Promise<R> => {
    try {
      return await work;
    } finally {
      await machine.close();
    }
  };
  await machine.prove().catch((error: unknown) => ending(Promise.reject(error)));
  return {
    extend: async () => true,
    keep: () => ending(Promise.resolve(true)),
    revert: () => ending(machine.putBack()),
  };
}

/** All tables of a family, as the bytes that they were. The firewall stays open, and the namespace with it. */
class KeptTables {
  private constructor(
    readonly family: Family,
    private readonly firewall: Firewall<Family>,
    private readonly states: readonly TableState<Family>[],
    /** To put them back; whoever may not begin in time is told sooner. */
    private readonly wait: number,
  ) {}

  static async take(
    family: Family,
    backend: 'legacy' | 'nft' | undefined,
    { namespace, lock }: Keeping,
  ): Promise<KeptTables> {
    const firewall = await Firewall.open<Family>({
      family,
      lock,
      ...(namespace !== undefined && { namespace }),
      ...(backend && { backend }),
    });
    try {
      return new KeptTables(
        family,
        firewall,
        await all(tablesOf(firewall, {}), (name) => firewall.table(name).state()),
        Math.max(PATIENCE, lock ? (lock.wait ?? 0) : 0),
      );
    } catch (error) {
      await firewall.close();
      throw error;
    }
  }

  async prove(): Promise<void> {
    for (const state of this.states)
      try {
        await this.table(state).restoreState(state, { test: true });
      } catch (error) {
        const { code, message, ...fields } = error as IptcError;
        throw new IptcError(code, `Cannot put back what is there now, so nothing is begun: ${message}`, fields);
      }
  }

  async putBack(): Promise<void> {
    const failures: unknown[] = [];
    for (const state of this.states)
      await this.table(state)
        .restoreState(state, { wait: this.wait })
        .catch((error) => failures.push(error));
    // A table that wasn't loaded was empty.
    const known = this.states.map(({ name }) => name);
    for (const name of tablesOf(this.firewall, {}))
      if (!known.includes(name)) await this.emptied(name).catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  /** As iptables-save -c prints them. */
  *lines(): Generator<string> {
    for (const state of this.states) yield* state.saveLines({ counters: true });
  }

  close(): Promise<void> {
    return this.firewall.close();
  }
  private emptied(name: TableName): Promise<void> {
    const empty = async (tx: Transaction<Family>) => {
      await tx.flush();
      await tx.deleteChains();
      for (const { name, builtin } of (await tx.state()).chains)
        if (builtin) await tx.chain(name as 'OUTPUT').setPolicy('ACCEPT');
    };
    return this.firewall.table(name).transaction(empty, { wait: this.wait });
  }
  private table = ({ name }: TableState<Family>) => this.firewall.table(name as TableName);
}

interface KeptFile {
  readonly path: string;
  /** Where it leads, if it is a link. */
  readonly link?: string;
  readonly bytes?: Uint8Array;
  readonly stats?: Stats;
}

async function keepFile(path: string): Promise<KeptFile> {
  if (!(await isThere(path))) return { path };
  const link = await linkOf(path);
  if (link !== undefined) return { path, link };
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(path)) pieces.push(piece);
  return { path, bytes: Buffer.concat(pieces), stats: await lstat(path) };
}

async function putFile(system: System, was: KeptFile): Promise<void> {
  const { path, link, bytes, stats } = was;
  const is = await keepFile(path).catch((): KeptFile => ({ path }));
  if (link !== undefined) return is.link === link ? undefined : replaceByLink(path, link);
  if (!bytes || !stats) return removeFile(path);
  const same = is.bytes && Buffer.compare(is.bytes, bytes) === 0 && is.stats?.mode === stats.mode;
  if (!same) await replaceFile(system, path, bytes, { mode: stats.mode & 0o7777, owner: stats });
}

async function putService(system: System, was: ServiceStatus): Promise<void> {
  const { root } = system;
  const service = was.unit === BOOT_UNIT ? bootService({ root }) : new Service(was.unit, system, '');
  const now = await service.status();
  if (now.state === 'unknown') return;
  if (now.masked && !was.masked) await service.unmask();
  if (was.state === 'absent' && was.unit === BOOT_UNIT) {
    await uninstallBootUnit({ root });
    return;
  }
  if (was.enabled !== now.enabled && now.state !== 'absent') await (was.enabled ? service.enable() : service.disable());
  const wasUp = was.state === 'active' || was.state === 'changing';
  const isUp = now.state === 'active' || now.state === 'changing';
  if (wasUp && !isUp) await service.start();
  if (!wasUp && isUp) await service.stop();
  if (was.masked && !now.masked) await service.mask();
}

/** The error that says so, after the rules that are lost otherwise have been written down. */
async function notPutBack(system: System, failures: readonly Error[], lost: readonly KeptTables[]): Promise<IptcError> {
  const first = failures[0]!;
  const paths: string[] = [];
  let where = '';
  try {
    const folder = lost.length > 0 ? await mkdtemp(join(tmpdir(), 'iptc-old-rules-')) : '';
    for (const tables of lost) {
      const path = join(folder, FAMILY[tables.family].tool);
      await replaceFile(system, path, [...tables.lines()]);
      paths.push(path);
      where += `. The ${FAMILY[tables.family].name} rules that were there are in ${path}`;
    }
  } catch (error) {
    where += `. The rules that were there could not be written down either: ${(error as Error).message}`;
  }
  const load = lost.map(({ family }, i) => `${FAMILY[family].command}-restore -c ${paths[i]}`);
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return new IptcError('ERR_NOT_REVERTED', `Cannot put everything back: ${first.message}${more}${where}`, {
    file: paths[0],
    applied: 'unknown',
    hint: paths.length > 0 ? `Once that is mended, they are loaded by: ${load.join('; ')}.` : undefined,
    cause: first,
  });
}

async function all<T, R>(things: readonly T[], of: (thing: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const thing of things) results.push(await of(thing));
  return results;
}
