/** Who else writes rules on this machine. */
import { type AnyTable, everythingIn } from '../backend/nft/everything';
import type { Family, TableState } from '../index';
import type { System } from '../persist/system';
import { BUILTIN_CHAINS } from '../table/names';

/** A table of nf_tables. */
export interface NftTable {
  readonly family: string;
  readonly name: string;
  /** Whether packets enter it by themselves: it has base chains. */
  readonly hooked: boolean;
  readonly rules: number;
  /** `iptables-nft`: what the nft variant of the iptables command wrote. */
  readonly owner?: 'iptables-nft' | 'firewalld' | 'docker';
  /** Programs that have chains in it, by the chains' names. */
  readonly programs?: readonly string[];
}

/** Programs by the names that they give to chains. */
const CHAINS: readonly (readonly [RegExp, string])[] = [
  [/^DOCKER(?:-|$)/, 'Docker'],
  [/^KUBE-/, 'Kubernetes'],
  [/^(?:cali-|CNI-|FLANNEL-)/, 'a network plugin of containers'],
  [/^NETAVARK/, 'Podman'],
  [/^(?:f2b|fail2ban)-/, 'fail2ban'],
  [/^ufw6?-/, 'ufw'],
  [/^LIBVIRT_/, 'libvirt'],
  [/^ts-/, 'Tailscale'],
  [/^(?:INPUT_ZONES|FORWARD_IN_ZONES|IN_public|INPUT_direct)/, 'firewalld'],
];

const programOf = (chain: string): string | undefined => CHAINS.find(([pattern]) => pattern.test(chain))?.[1];

/** Whose chains are in a table, each with one of them. */
export function ownersOf(state: TableState<Family>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { name, builtin } of state.chains) {
    if (builtin) continue;
    const owner = programOf(name);
    if (owner !== undefined && !owners.has(owner)) owners.set(owner, name);
  }
  return owners;
}

/** The tables of nf_tables in a namespace; undefined if this process can't ask for them. */
export async function nftTables(namespace?: string | number): Promise<NftTable[] | undefined> {
  let found: readonly AnyTable[];
  try {
    found = await everythingIn(namespace);
  } catch {
    return undefined;
  }
  return found.map(({ family, name, chains, rules }) => {
    const hooks = chains.filter(({ hooked }) => hooked);
    const owner = ownerOf(
      family,
      name,
      hooks.some((chain) => /^[A-Z]+$/.test(chain.name)),
    );
    const programs = [...new Set(chains.flatMap((chain) => programOf(chain.name) ?? []))];
    return {
      family,
      name,
      hooked: hooks.length > 0,
      rules,
      ...(owner && { owner }),
      ...(programs.length > 0 && { programs }),
    };
  });
}

function ownerOf(family: string, table: string, capitals: boolean): NftTable['owner'] {
  if (table.startsWith('firewalld')) return 'firewalld';
  if (table.startsWith('docker')) return 'docker';
  return capitals && (family === 'ip' || family === 'ip6') && table in BUILTIN_CHAINS ? 'iptables-nft' : undefined;
}

/** Whether the machine's own iptables command writes nft rules; undefined if there is none. */
export async function iptablesVariant(system: System): Promise<'legacy' | 'nf_tables' | undefined> {
  if (system.find('iptables') === undefined) return undefined;
  const { status, stdout } = await system.run('iptables', ['--version']);
  if (status !== 0) return undefined;
  return stdout.includes('nf_tables') ? 'nf_tables' : 'legacy';
}

/** ufw starts at boot. */
export const ufwEnabled = (system: System): boolean =>
  /^ENABLED=["']?yes/im.test(system.text('/etc/ufw/ufw.conf') ?? '');

/** The process that holds the xtables lock right now. */
export function lockHolder(system: System, inode: number): number | undefined {
  for (const line of (system.text('/proc/locks') ?? '').split('\n')) {
    const [, kind, , , pid, place = ''] = line.trim().split(/\s+/);
    if (kind === 'FLOCK' && place.endsWith(`:${inode}`)) return Number(pid);
  }
  return undefined;
}
