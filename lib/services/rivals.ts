/** Who else writes rules on this machine. */
import type { Family, TableState } from '../index';
import type { System } from '../persist/system';
import { BUILTIN_CHAINS } from '../table/names';

/** A table of nftables. */
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

interface NftObject {
  readonly table?: { readonly family: string; readonly name: string };
  readonly chain?: { readonly family: string; readonly table: string; readonly name: string; readonly hook?: string };
  readonly rule?: { readonly family: string; readonly table: string };
}

/** The tables of nftables, in a namespace that has a path; undefined if there is nobody to ask. */
export async function nftTables(system: System, namespace?: string | number): Promise<NftTable[] | undefined> {
  const nft = system.find('nft');
  if (nft === undefined || typeof namespace === 'number') return undefined;
  const enter = namespace === undefined ? [] : ['nsenter', `--net=${namespace}`];
  const [program = 'nft', ...args] = [
    ...enter,
    ...(enter.length > 0 ? [nft] : ['nft']),
    '--json',
    '--stateless',
    'list',
    'ruleset',
  ];
  const { status, stdout } = await system.run(program, args);
  if (status !== 0) return undefined;
  let objects: readonly NftObject[];
  try {
    ({ nftables: objects } = JSON.parse(stdout) as { nftables: NftObject[] });
  } catch {
    return undefined;
  }
  const key = (family: string, table: string) => `${family} ${table}`;
  const found = new Map<string, { hooked: boolean; rules: number; capitals: boolean; programs: Set<string> }>();
  for (const { table, chain, rule } of objects) {
    if (table)
      found.set(key(table.family, table.name), { hooked: false, rules: 0, capitals: false, programs: new Set() });
    const of = chain ?? rule;
    const known = of && found.get(key(of.family, of.table));
    if (!known) continue;
    if (rule) known.rules++;
    const program = chain && programOf(chain.name);
    if (program !== undefined) known.programs.add(program);
    if (chain?.hook === undefined) continue;
    known.hooked = true;
    if (/^[A-Z]+$/.test(chain.name)) known.capitals = true;
  }
  return [...found].map(([name, { hooked, rules, capitals, programs }]) => {
    const [family = '', table = ''] = name.split(/ (.*)/s);
    const owner = ownerOf(family, table, capitals);
    const named = programs.size > 0 && { programs: [...programs] };
    return { family, name: table, hooked, rules, ...(owner && { owner }), ...named };
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
