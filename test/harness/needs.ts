import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { lacksNetns } from './netns';
import { isNftRun, lacksIptables } from './oracle';
import { lacksPing } from './peer';

const NEEDS = {
  /** Network namespaces, and the right to make them. */
  netns: lacksNetns,
  /** The commands of iptables-legacy, as oracle. */
  iptables: lacksIptables,
  ping: lacksPing,
  ipset: () => lacksCommand('ipset'),
  conntrack: () => lacksCommand('conntrack'),
  nft: () => lacksCommand('iptables-nft'),
  addon: lacksAddon,
  /** Tables of ip_tables: what only those have, their lock and libiptc among it. */
  legacy: () => (isNftRun ? 'about legacy tables alone' : undefined),
  /** What the kernel gives to root alone, whatever its capabilities in a namespace of its own. */
  root: () => (isRealRoot() ? undefined : 'not the root of the machine'),
  nfct: () => lacksCommand('nfct'),
  nfacct: () => lacksCommand('nfacct'),
  tmux: () => lacksCommand('tmux'),
  /** Where processes may be traced. */
  strace: () => (spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? undefined : 'no strace'),
  /** A terminal for a command. */
  script: () => (says('script', '--version', 'util-linux') ? undefined : 'no script of util-linux'),
  /** That of util-linux: busybox's can't take everything away. */
  setpriv: () => (says('setpriv', '--version', 'util-linux') ? undefined : 'no setpriv of util-linux'),
  /** Programs in C that stand beside a test. */
  gcc: () => lacksCommand('gcc'),
} as const;

export type Need = keyof typeof NEEDS;

/**
 * `describe`, for tests that need more than Node. Where it isn't there they are skipped, counted as such, and the
 * run's end says why.
 *
 *     describeWith(['netns', 'iptables'], 'an append', () => { … });
 */
export function describeWith(needs: readonly Need[], name: string, body: () => void): void {
  const lacking = needs.map((need) => NEEDS[need]()).filter((reason) => reason !== undefined);
  if (lacking.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: ${lacking.join(', ')}]`, body);
}

/** `test`, in the same way. */
export function testWith(needs: readonly Need[], name: string, body: () => void | Promise<void>): void {
  const lacking = needs.map((need) => NEEDS[need]()).filter((reason) => reason !== undefined);
  if (lacking.length === 0) test(name, body);
  else test.skip(`${name} [skipped: ${lacking.join(', ')}]`, body);
}

/** Whether the process is root outside of every user namespace: only then do buffers grow beyond net.core's limits. */
const isRealRoot = (): boolean =>
  process.getuid?.() === 0 && /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

/** It is looked for, not loaded: one that is there and can't be loaded makes its tests fail. */
function lacksAddon(): string | undefined {
  try {
    require('node-gyp-build').resolve(join(__dirname, '../..'));
    return undefined;
  } catch {
    return 'the addon is not built';
  }
}

const says = (command: string, option: string, text: string): boolean =>
  spawnSync(command, [option], { encoding: 'utf8' }).stdout?.includes(text) ?? false;

function lacksCommand(name: string): string | undefined {
  const folders = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', ...(process.env.PATH ?? '').split(':')];
  return folders.some((folder) => existsSync(join(folder, name))) ? undefined : `no ${name}`;
}
