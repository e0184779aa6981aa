/** Which of its two ways a kernel keeps iptables' tables in: the one that is in use, or else that of the machine's iptables. */
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NETLINK } from '../netlink/constants';
import { builtinChains } from '../rule/tables';
import { finish } from '../slice';
import { loadAddon, type NativeNetlink } from './addon';
import type { Backend, Family } from './backend';
import { openNative } from './legacy/backend';
import { NF } from './nft/constants';
import { Reader } from './nft/reader';
import { revisionIn, revisionRequest } from './nft/revision';
import { chainsRequest, hookOf } from './nft/wire';
import { SnapshotReader } from './snapshot';

/** Which of the kernel's tables: those of iptables-legacy, or of iptables-nft. */
export type KernelBackend = 'legacy' | 'nft';
/** Where a table is told to be: as iptables-wrappers of Kubernetes looks for it. */
const HINTS = ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY'];
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

interface Choice {
  readonly kind: KernelBackend;
  /** Why it can't be nf_tables. */
  readonly withoutNft?: string;
}

/** What was decided for a namespace holds as long as somebody has it open. */
const decided = new Map<string, Choice & { open: number }>();

/** Opens what `choose` says, or what was chosen before. */
export function openChosen(
  namespace: string | number | undefined,
  open: (kind: KernelBackend, namespace: string, withoutNft: string | undefined) => Backend,
): Backend {
  const { Netlink } = loadAddon();
  const socket = new Netlink({ protocol: NETLINK.NETFILTER, namespace });
  try {
    const place = `/proc/${process.pid}/task/${socket.thread}/ns/net`;
    const { dev, ino } = statSync(place);
    const key = `${dev}:${ino}`;
    const decision = decided.get(key) ?? { ...choiceFor(socket, place), open: 0 };
    const backend = open(decision.kind, place, decision.withoutNft);
    decided.set(key, decision);
    decision.open++;
    const close = backend.close.bind(backend);
    let closing: Promise<void> | undefined;
    backend.close = () => {
      if (closing === undefined && --decision.open === 0) decided.delete(key);
      closing ??= close();
      return closing;
    };
    return backend;
  } finally {
    void socket.close();
  }
}

/** For a namespace that nobody has open. */
function choiceFor(socket: NativeNetlink, namespace: string): Choice {
  const withoutNft = lackOfNft(socket);
  return withoutNft === undefined ? { kind: choose(socket, namespace) } : { kind: 'legacy', withoutNft };
}
function choose(socket: NativeNetlink, namespace: string): KernelBackend {
  const loaded = FAMILIES.map((family) => loadedIn(namespace, family));
  if (loaded.every((names) => names === undefined) && commandKind() !== 'legacy') return 'nft';
  const nft = nftUse(socket);
  if (nft === 'hinted') return 'nft';
  const legacy = legacyUse(namespace, loaded);
  if (legacy === 'hinted') return 'legacy';
  if (nft && legacy)
    process.emitWarning('There are rules both in legacy tables and in those of nf_tables: a packet has to pass both', {
      type: 'IptcWarning',
      code: 'IPTC_BOTH',
      detail:
        "Say which are meant: Firewall.open({ backend: 'legacy' }), LIBIPTC_BACKEND=nft. `iptc doctor` tells more.",
    });
  if (nft !== legacy) return nft ? 'nft' : 'legacy';
  return commandKind() ?? 'nft';
}

/** Names of legacy tables; undefined if the kernel has none. */
function loadedIn(namespace: string, family: Family): string[] | undefined {
  const path = `${namespace.replace(/\/ns\/net$/, '')}/net/${family === 'ipv4' ? 'ip' : 'ip6'}_tables_names`;
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : [];
  }
}

/** nf_tables, or matches and targets in it. */
function lackOfNft(socket: NativeNetlink): string | undefined {
  try {
    const known = revisionIn(socket.requestSync(revisionRequest('ipv4', 'match', 'comment', 0)).messages) !== undefined;
    if (known) return undefined;
  } catch {
    return 'no nf_tables';
  }
  return 'its nf_tables takes no matches of iptables (it has no nft_compat)';
}

type Use = 'hinted' | boolean;

function nftUse(socket: NativeNetlink): Use {
  let used = false;
  for (const family of FAMILIES) {
    const { chains } = finish(new Reader(family).read(socket.requestSync(chainsRequest(family))));
    for (const { table, name, hook, use, policy } of chains) {
      if (table === 'mangle' && HINTS.includes(name)) return 'hinted';
      if (!hook || !builtinChains(table).includes(name)) continue;
      const ours = hookOf(table, name);
      const same = hook.number === ours.number && hook.priority === ours.priority && hook.type === ours.type;
      used ||= same && (use > 0 || policy === NF.DROP); // emptied ones stay
    }
  }
  return used;
}

/** A table stays named when it has been emptied. One that isn't named mustn't be looked at: that would make it. */
function legacyUse(namespace: string, loaded: readonly (readonly string[] | undefined)[]): Use {
  let used = false;
  for (const [i, names = []] of loaded.entries()) {
    if (names.length === 0) continue;
    let backend: Backend | undefined;
    try {
      backend = openNative({ family: FAMILIES[i]!, namespace });
      for (const name of names) {
        const snapshot = new SnapshotReader(backend.snapshotSync(name));
        used ||= snapshot.rules > 0;
        for (const chain of snapshot.each()) {
          if (name === 'mangle' && HINTS.includes(chain.name)) return 'hinted';
          used ||= !chain.builtin || chain.policy === 'DROP';
        }
      }
    } catch {
      // Whoever may not look there can't use it either.
    } finally {
      void backend?.close();
    }
  }
  return used;
}

/** What `iptables` is on this machine; undefined if there is none, or it is something else. */
export function commandKind(): KernelBackend | undefined {
  for (const folder of `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':')) {
    const path = join(folder, 'iptables');
    try {
      accessSync(path, constants.X_OK);
      const name = basename(realpathSync(path));
      return /nft/.test(name)
        ? 'nft'
        : /^(xtables|iptables)-(legacy-)?multi|legacy|^iptables$/.test(name)
          ? 'legacy'
          : undefined;
    } catch {}
  }
  return undefined;
}
