import { type Constraint, OptionMismatch, revision, target } from '../../codec/extension';
import { Unknown } from '../../codec/meaning';
import { choice, integer, mac } from '../../codec/operand';
import { flagged, impliedIf, Option, optional } from '../../codec/option';
import { array, bit, bytes, element, pointer, struct, u16, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';
import { parseMac } from '../../net/address';

// <linux/netfilter_ipv4/ipt_CLUSTERIP.h>
const CLUSTERIP_MAX_NODES = 16;
const s = struct(
  'ipt_clusterip_tgt_info',
  {
    flags: u32,
    clustermac: bytes(6),
    num_total_nodes: u16,
    num_local_nodes: u16,
    local_nodes: array(u16, CLUSTERIP_MAX_NODES),
    hash_mode: u32,
    hash_initval: u32,
  },
  { config: pointer },
);
const CLUSTERIP_FLAG_NEW = 0x00000001;
const CLUSTERIP_HASHMODE_SIP = 0;
const CLUSTERIP_HASHMODE_SIP_SPT = 1;
const CLUSTERIP_HASHMODE_SIP_SPT_DPT = 2;

const isNew = bit(s.flags, CLUSTERIP_FLAG_NEW);
const hashModes = {
  sourceip: CLUSTERIP_HASHMODE_SIP,
  'sourceip-sourceport': CLUSTERIP_HASHMODE_SIP_SPT,
  'sourceip-sourceport-destport': CLUSTERIP_HASHMODE_SIP_SPT_DPT,
};
const node = element(s.local_nodes, 0);

const all = ['new', 'hashmode', 'clustermac', 'total-nodes', 'local-node'] as const;
const allOrNothing: Constraint = (given) =>
  given.size === 0 || all.every((name) => given.has(name))
    ? undefined
    : { expected: `all of ${alternatives(all.map((n) => `--${n}`))}, or no option` };
const upper = mac(s.clustermac);

/** Shares an address among the nodes of a cluster, each of which answers its part of the clients. Gone since Linux 6.1. */
export const CLUSTERIP = target({
  name: 'CLUSTERIP',
  families: ['ipv4'],
  doc: 'Shares an address among the nodes of a cluster (kernels before 6.1; today the match cluster does it).',
  revisions: [
    revision(0, s, {
      new: flagged(isNew).doc('Begin a cluster; only its first rule does.'),
      hashmode: optional(isNew, choice(s.hash_mode, hashModes)).doc('What of a packet chooses its node.'),
      clustermac: optional(isNew, { ...upper, print: (v) => v.toUpperCase() }).doc(
        "The cluster's Ethernet address, a multicast one.",
      ),
      'total-nodes': optional(isNew, integer(s.num_total_nodes, 0, CLUSTERIP_MAX_NODES)).doc(
        'How many nodes there are, up to 16.',
      ),
      'local-node': new Option(
        integer(node, 0, CLUSTERIP_MAX_NODES),
        false,
        (m) => (isNew.read(m) ? node.read(m) : undefined),
        (m, value) => {
          integer(node, 0, CLUSTERIP_MAX_NODES).write(m, value);
          s.num_local_nodes.write(m, 1);
        },
      ).doc('Which of them this one is, from 1.'),
      'hash-init': impliedIf(isNew, 0, integer(s.hash_initval)).doc('What the hash begins with.'),
    }),
  ],
  constraints: [allOrNothing],
  check({ clustermac }) {
    if (clustermac !== undefined && !((parseMac(clustermac)?.[0] ?? 1) & 1))
      throw new OptionMismatch('clustermac', new Mismatch('a multicast address', clustermac));
  },
  kernelCheck({ new: isNew, totalNodes = 0, localNode = 0 }) {
    if (isNew && (localNode < 1 || localNode > totalNodes))
      throw new OptionMismatch('local-node', new Mismatch(`a number from 1 to ${totalNodes}`, localNode));
  },
  effect: () => () => ({ unknown: new Unknown('which node takes it'), yes: () => undefined, no: () => 'DROP' }),
  example: { new: true, hashmode: 'sourceip', clustermac: '01:00:5e:00:01:02', totalNodes: 2, localNode: 1 },
  list: (settings) =>
    !settings.new
      ? 'CLUSTERIP'
      : `CLUSTERIP hashmode=${settings.hashmode} clustermac=${settings.clustermac?.toUpperCase()} total_nodes=${settings.totalNodes} local_node=${settings.localNode} hash_init=${settings.hashInit}`,
});
