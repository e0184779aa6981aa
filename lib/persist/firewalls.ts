/** What saving and loading have in common: whose tables, and which files. */
import { resolve } from 'node:path';
import { IptcError, show } from '../errors';
import { type Family, Firewall, type FirewallOptions, type TableName } from '../index';
import { readConfig, type ServiceConfig } from './config';
import { findPlace, type PersistLayout, type Place } from './places';
import { System } from './system';

export interface PersistOptions {
  /** Both, unless told; or those of `firewalls`. */
  readonly families?: readonly Family[];
  /** Open firewalls to save from or load to, instead of ones of its own. They stay open. */
  readonly firewalls?: readonly Firewall<Family>[];
  /** For firewalls of its own, so not beside `firewalls`: another network namespace, another lock. */
  readonly namespace?: FirewallOptions['namespace'];
  readonly lock?: FirewallOptions['lock'];
  /** Other tables than those that the kernel has loaded. */
  readonly tables?: readonly TableName[];
  /** The files, instead of those of the distribution. */
  readonly files?: { readonly [F in Family | 'sets']?: string };
  /**
   * Whether sets are kept, too: those of the namespace of the tables, unless told. Where files are given, they are if
   * theirs is.
   */
  readonly sets?: boolean;
  /** Whose files, instead of this distribution's. */
  readonly layout?: PersistLayout;
  /** Where the machine's folders begin: `/` unless told. */
  readonly root?: string;
}

/** One family: its tables, its file and its settings. */
export interface Kept {
  readonly family: Family;
  readonly path: string;
  readonly config: ServiceConfig;
  readonly counters: boolean;
}

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

export function familiesOf({ families, firewalls, namespace, lock }: PersistOptions): readonly Family[] {
  for (const [name, value] of Object.entries({ namespace, lock }))
    if (firewalls && value !== undefined)
      throw new IptcError('ERR_BAD_ARGUMENT', `Expected no ${name} beside firewalls but received ${show(value)}`, {
        hint: `A firewall has its own, from Firewall.open({ ${name} }).`,
      });
  for (const family of FAMILIES)
    if (firewalls && firewalls.filter((firewall) => firewall.family === family).length > 1)
      throw new IptcError(
        'ERR_BAD_ARGUMENT',
        `Expected one firewall of ${family} among those given but received several`,
        {
          family,
          hint: 'There is one file for each family: save or load those of other namespaces on their own, with files.',
        },
      );
  return families ?? firewalls?.map((firewall) => firewall.family) ?? FAMILIES;
}

export function keptOf(system: System, family: Family, { files, layout }: PersistOptions): Kept {
  let place: Place | undefined;
  const given = files?.[family];
  try {
    place = findPlace(system, layout);
  } catch (error) {
    // A path that is given needs no distribution.
    if (given === undefined || layout !== undefined) throw error;
  }
  const config = readConfig(system, family, given === undefined || layout ? place?.configs?.[family] : undefined);
  const counters = config.saveCounter || (given === undefined && place?.counters === true);
  return { family, path: given === undefined ? system.path(place!.files[family]) : resolve(given), config, counters };
}

/** Does something with the firewall of a family: the caller's, or one that is closed afterwards. */
export async function withFirewall<R>(
  options: PersistOptions,
  { family, config }: Kept,
  work: (firewall: Firewall<Family>) => Promise<R>,
): Promise<R> {
  const given = options.firewalls?.find((each) => each.family === family);
  if (options.firewalls && !given)
    throw new IptcError('ERR_BAD_ARGUMENT', `Expected a firewall of ${family} among those given but received none`, {
      family,
    });
  if (given) return work(given);
  const lock = options.lock ?? {
    wait: config.restoreWait,
    interval: Math.max(1, Math.min(1000, config.restoreWaitInterval)),
  };
  const firewall = await Firewall.open<Family>({
    family,
    lock,
    ...(options.namespace !== undefined && { namespace: options.namespace }),
  });
  try {
    return await work(firewall);
  } finally {
    await firewall.close();
  }
}

/** The tables that there are to save: none if the kernel has no support for the family loaded. */
export function tablesOf(firewall: Firewall<Family>, { tables }: PersistOptions): readonly TableName[] {
  if (tables) return tables;
  try {
    return firewall.loadedTables() as TableName[];
  } catch (error) {
    const cause = (error as IptcError).cause as NodeJS.ErrnoException | undefined;
    if (cause?.code === 'ENOENT') return [];
    throw error;
  }
}

export const systemOf = ({ root }: PersistOptions): System => new System({ root });
