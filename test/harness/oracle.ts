/** iptables-legacy (or iptables-nft, in a run on nf_tables), which says what is right: it writes tables that we read, and reads tables that we wrote. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Netns, Output } from './netns';

export type Family = 'ipv4' | 'ipv6';

const COMMAND = { ipv4: 'iptables', ipv6: 'ip6tables' } as const;

/** The table as iptables-save prints it (all tables that are loaded, if none is named), without the date lines. */
export function save(netns: Netns, family: Family, table?: string, flags: readonly string[] = []): string {
  const args = [...(table === undefined ? [] : ['-t', table]), ...flags];
  return must(netns, `${commandOf(family)}-save`, args).replace(/^# (?:Generated|Completed) .*\n/gm, '');
}

/** Commits iptables-save text. With the flag `--noflush` what is there stays. */
export function restore(netns: Netns, family: Family, text: string | Uint8Array, flags: readonly string[] = []): void {
  must(netns, `${commandOf(family)}-restore`, flags, text);
}

/** What `iptables ARGS` prints, `list(netns, 'ipv4', ['-L', '-v', '-n'])`; throws if it refuses. */
export function list(netns: Netns, family: Family, args: readonly string[]): string {
  return must(netns, commandOf(family), args);
}

/** `iptables ARGS`, where a refusal is an answer too. */
export function iptables(netns: Netns, family: Family, args: readonly string[]): Output {
  return netns.execSync(commandOf(family), args);
}

/** Why there is no oracle, or undefined if there is. */
export function lacksIptables(): string | undefined {
  const command = find(['iptables-legacy', 'iptables']);
  if (command === undefined) return 'no iptables-legacy';
  const version = spawnSync(command, ['-V'], { encoding: 'utf8' }).stdout;
  return /nf_tables/.test(version) ? 'iptables is the nft variant, and there is no iptables-legacy' : undefined;
}

function must(netns: Netns, command: string, args: readonly string[], input: string | Uint8Array = ''): string {
  const { stdout, stderr, status } = netns.execSync(command, args, { input });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit status ${status}: ${stderr.trim()}`);
  return stdout;
}

/** In a run with LIBIPTC_BACKEND=nft everything is about tables of nf_tables. */
export const isNftRun = process.env.LIBIPTC_BACKEND === 'nft';

/** The command's path. On systems that know no other than legacy, CentOS 7 among them, it has no suffix. */
export function commandOf(family: Family): string {
  const name = COMMAND[family];
  return isNftRun ? `${name}-nft` : (find([`${name}-legacy`, name]) ?? name);
}

function find(names: readonly string[]): string | undefined {
  const folders = `${process.env.PATH}:/usr/sbin:/sbin`.split(':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}
