/** Where the structs of the extensions that nf_tables has expressions for have what: as their definitions say. */
import type { Family } from '../../codec/extension';
import { registry } from '../../extensions/registry';

/** Offsets behind the header of an element, and the size of what is there. */
export function layoutOf<Member extends string>(
  kind: 'match' | 'target',
  family: Family,
  name: string,
  revision: number,
  ...members: readonly Member[]
): Readonly<Record<Member | 'size', number>> {
  const { size, layout } = registry[kind].find(family, name)!.revisionNumbered(revision)!;
  const offsets = members.map((member) => [member, layout.$offsets.get(member)!]);
  return Object.fromEntries([...offsets, ['size', size]]);
}

export const portsLayout = (family: Family) => ({
  tcp: layoutOf('match', family, 'tcp', 0, 'spts', 'dpts', 'option', 'flg_mask', 'flg_cmp', 'invflags'),
  udp: layoutOf('match', family, 'udp', 0, 'spts', 'dpts', 'invflags'),
});
/** XT_TCP_INV_…; the first two are XT_UDP_INV_…, too. */
export const PORTS_INV = { SRCPT: 1, DSTPT: 2, FLAGS: 4, OPTION: 8 } as const;
export const markLayout = (family: Family) => layoutOf('match', family, 'mark', 1, 'mark', 'mask', 'invert');
export const limitLayout = (family: Family) => layoutOf('match', family, 'limit', 0, 'avg', 'burst');
/** XT_LIMIT_SCALE: what `avg` counts in a second. */
export const LIMIT_SCALE = 10_000;
export const nflogLayout = (family: Family) =>
  layoutOf('target', family, 'NFLOG', 0, 'len', 'group', 'threshold', 'flags', 'prefix');
/** With the zero behind it. */
export const NFLOG_PREFIX_SIZE = 64;
/** XT_NFLOG_F_COPY_LEN: `len` says something. */
export const NFLOG_COPY_LEN = 1;
export const markTargetLayout = (family: Family) => layoutOf('target', family, 'MARK', 2, 'mark', 'mask');
/** icmp's, or icmp6's. */
export const icmpLayout = (family: Family) =>
  layoutOf('match', family, family === 'ipv4' ? 'icmp' : 'icmp6', 0, 'type', 'code', 'invflags');
/** ttl's, or hl's. */
export function hopsLayout(family: Family) {
  if (family === 'ipv6') {
    const { mode, hop_limit: count, size } = layoutOf('match', family, 'hl', 0, 'mode', 'hop_limit');
    return { mode, count, size };
  }
  const { mode, ttl: count, size } = layoutOf('match', family, 'ttl', 0, 'mode', 'ttl');
  return { mode, count, size };
}
export const pkttypeLayout = (family: Family) => layoutOf('match', family, 'pkttype', 0, 'pkttype', 'invert');
export const commentLayout = (family: Family) => layoutOf('match', family, 'comment', 0, 'comment');
