/** Which tables the kernel has loaded, by its own list of a network namespace. */
import { readFileSync } from 'node:fs';
import { IptcError } from '../errors';
import type { Family } from '../rule/rule';

/** The list is there when the support for a family is, whether or not it may be read. */
export const tablesList = (namespace: string, family: Family): string =>
  `${namespace.replace(/\/ns\/net$/, '')}/net/${family === 'ipv4' ? 'ip' : 'ip6'}_tables_names`;

/** In iptables-save's order. There is no other way to know: to ask for a table is to load it. */
export function loadedTables(namespace: string, family: Family): string[] {
  const path = tablesList(namespace, family);
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (cause) {
    const what = `Cannot list the tables (${family === 'ipv4' ? 'IPv4' : 'IPv6'})`;
    if ((cause as NodeJS.ErrnoException).code === 'EACCES')
      throw new IptcError('ERR_PERMISSION', `${what}: only root may read the kernel's list of them, ${path}`, {
        family,
        file: path,
        iptables: `Failed to list table names in /proc/net/${family === 'ipv4' ? 'ip' : 'ip6'}_tables_names: Permission denied`,
        hint: "Name the tables: save({ tables: ['filter'] }), iptc-save -t filter. Or give the process CAP_DAC_READ_SEARCH, or the group root.",
        cause,
      });
    throw new IptcError('ERR_NO_SUPPORT', `${what}: ${path} can't be read`, {
      family,
      hint: `Load the kernel's support with modprobe ${family === 'ipv4' ? 'ip_tables' : 'ip6_tables'}.`,
      cause,
    });
  }
}
