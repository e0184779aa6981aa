/** The kernel's tables as the commands use them: as iptables does, in every way. */
import { readFileSync } from 'node:fs';
import { IptcError } from '../errors';
import { type Family, Firewall, type TableName } from '../index';
import { FAMILY } from '../net/family';
import { opened } from './kind';
import { complain } from './output';

export interface TablesOptions {
  readonly family: Family;
  /** A name under /run/netns, or a path. */
  readonly netns?: string | undefined;
  /** Seconds to wait for the lock, as iptables counts them: less than 0 is for ever. */
  readonly wait?: number;
  readonly modprobe?: string | undefined;
}

/** The path of a namespace that --netns names. */
export const namespaceOf = (netns: string): string => (netns.includes('/') ? netns : `/run/netns/${netns}`);

export function openTables<F extends Family>({ family, netns, wait = 0, modprobe }: TablesOptions): Firewall<F> {
  const firewall = Firewall.openSync({
    family: family as F,
    namespace: netns === undefined ? undefined : namespaceOf(netns),
    lock: { wait: wait < 0 ? Number.POSITIVE_INFINITY : wait * 1000 },
    manner: 'iptables',
    modprobe,
  });
  opened(firewall.backend);
  if (firewall.backend === 'nft') warnOfLegacy(firewall);
  return firewall;
}

/** As iptables-nft does: a packet has to pass those, too. */
function warnOfLegacy({ family, namespace }: Firewall<Family>): void {
  const { tool, module } = FAMILY[family];
  let loaded = '';
  try {
    loaded = readFileSync(`${namespace.replace(/\/ns\/net$/, '')}/net/${module}_names`, 'latin1');
  } catch {
    return; // there is no such thing
  }
  if (loaded !== '') complain(`# Warning: ${tool}-legacy tables present, use ${tool}-legacy to see them`);
}

/** The tables that the kernel has loaded: none where it has no support for them. */
export function loadedTables(firewall: Firewall): TableName[] {
  try {
    return firewall.loadedTables() as TableName[];
  } catch (error) {
    if (error instanceof IptcError && error.code === 'ERR_NO_SUPPORT') return [];
    throw error;
  }
}

/** What is said of each table with chains that iptables has no words for. */
export function foreignNotes(firewall: Firewall): ReadonlyMap<string, string> {
  const note = (table: string) =>
    `# Table \`${table}' contains incompatible base-chains, use 'nft' tool to list them.\n`;
  return new Map(firewall.foreignChains().map(({ table }) => [table, note(table)]));
}
