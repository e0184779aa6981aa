import { match, revision, synonym, wrong } from '../../codec/extension';
import { bare, integer, isNot, type Not, negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { bit, struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hex } from '../../net/number';

// <linux/netfilter/xt_cluster.h>
const s = struct('xt_cluster_match_info', { total_nodes: u32, node_mask: u32, hash_seed: u32, flags: u32 });
const XT_CLUSTER_F_INV = 1 << 0;

const word = (n: number) => hex(n, 8);
const nodes = negatable(bit(s.flags, XT_CLUSTER_F_INV), integer(s.node_mask, 1, 0xffffffff, word));
const toMask = (value: number | Not<number>) => {
  const node = bare(value);
  if (!Number.isInteger(node) || node < 1 || node > 32) throw new Mismatch('an integer from 1 to 32', node);
  return { clusterLocalNodemask: isNot(value) ? { not: 2 ** (node - 1) } : 2 ** (node - 1) };
};

/** Matches the connections that fall to some nodes of a cluster that shares its work without a load balancer. */
export const cluster = match({
  name: 'cluster',
  doc: 'Matches the connections that fall to some nodes of a cluster.',
  revisions: [
    revision(0, s, {
      'cluster-local-nodemask': required(nodes).doc('The nodes as bits, the first node the lowest.'),
      'cluster-total-nodes': required(integer(s.total_nodes, 1, 32)).doc('How many nodes there are, up to 32.'),
      'cluster-hash-seed': required(integer(s.hash_seed, 0, undefined, word)).doc('The same number on each node.'),
    }),
  ],
  synonyms: {
    'cluster-local-node': synonym(integer(s.node_mask, 1, 32), toMask, {
      doc: 'One node, counted from 1: the nodemask with this bit alone.',
      negatable: true,
    }),
  },
  check({ clusterLocalNodemask: mask = 0, clusterTotalNodes: total = 0 }) {
    if (bare(mask) >= 2 ** total) throw wrong('cluster-local-nodemask', `nodes up to ${total}`, word(bare(mask)));
  },
  example: { clusterTotalNodes: 2, clusterLocalNode: 1, clusterHashSeed: 0xdeadbeef },
  list: ({ clusterLocalNodemask: mask = 0, clusterTotalNodes: total, clusterHashSeed: seed = 0 }) =>
    `cluster ${isNot(mask) ? '!' : ''}node_mask=${word(bare(mask))} total_nodes=${total} hash_seed=${word(seed)}`,
});
