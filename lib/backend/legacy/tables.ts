/** Which tables the kernel has loaded, by its own list of a network namespace: to ask for a table would load it. */
import { readFileSync } from 'node:fs';
import type { BackendFailure, Cause, Family } from '../backend';
import { failure } from './failure';

/** In iptables-save's order. The list is there when the support for a family is, whether or not it may be read. */
export function loadedTables(namespace: string, family: Family): string[] {
  const six = family === 'ipv4' ? '' : '6';
  const path = `${namespace.replace(/\/ns\/net$/, '')}/net/ip${six}_tables_names`;
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    const { code, errno = 0, message } = error as NodeJS.ErrnoException;
    const because = code === 'EACCES' ? forbidden(path, six) : unsupported(path, six);
    throw Object.assign(failure('read', -errno, message, { family }), { because }) satisfies BackendFailure;
  }
}

const forbidden = (file: string, six: string): Cause => ({
  code: 'ERR_PERMISSION',
  why: `only root may read the kernel's list of them, ${file}`,
  hint: "Name the tables: save({ tables: ['filter'] }), iptc-save -t filter. Or give the process CAP_DAC_READ_SEARCH, or the group root.",
  iptables: `Failed to list table names in /proc/net/ip${six}_tables_names: Permission denied`,
  file,
});

const unsupported = (file: string, six: string): Cause => ({
  code: 'ERR_NO_SUPPORT',
  why: `${file} can't be read`,
  hint: `Load the kernel's support with modprobe ip${six}_tables.`,
});
