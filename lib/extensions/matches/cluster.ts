import { match, OptionMismatch, revision, synonym } from '../../codec/extension';
import { integer, isNot, negatable, type Not } from '../../codec/operand';
import { required } from '../../codec/option';
import { bit, struct, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hex } from '../../net/number';

// <linux/netfilter/xt_cluster.h>
const s = struct('xt_cluster_match_info', { total_nodes: u32, node_mask: u32, hash_seed: u32, flags: u32 });

const word = (n: number) => hex(n, 8);
const inverted = bit(s.flags, 0);

/** Matches the connections that fall to some nodes of a cluster that shares its work without a load balancer. */
export const cluster = match({
  name: 'cluster',
  doc: 'Matches the connections that fall to some nodes of a cluster.',
  revisions: [
    revision(0, s, {
      'cluster-local-nodemask': required(negatable(inverted, integer(s.node_mask, 1, 0xffffffff, word))).doc('The nodes as bits, the first node the lowest.'),
      'cluster-total-nodes': required(integer(s.total_nodes, 1, 32)).doc('How many nodes there are, up to 32.'),
      'cluster-hash-seed': required(integer(s.hash_seed, undefined, undefined, word)).doc('The seed of the hash, the same on each node.'),
    }),
  ],
  synonyms: {
    'cluster-local-node': synonym(
      integer(s.node_mask, 1, 32),
      (value: number | Not<number>) => {
        const node = isNot(value) ? value.not : value;
        if (!Number.isInteger(node) || node < 1 || node > 32) throw new Mismatch('an integer from 1 to 32', node);
        const mask = 2 ** (node - 1);
        return { clusterLocalNodemask: isNot(value) ? { not: mask } : mask };
      },
      { doc: 'One node, counted from 1: the nodemask with this bit alone.', negatable: true },
    ),
  },
  check({ clusterLocalNodemask, clusterTotalNodes = 0 }) {
    const mask = isNot(clusterLocalNodemask) ? clusterLocalNodemask.not : clusterLocalNodemask;
    if (mask !== undefined && mask >= 2 ** clusterTotalNodes)
      throw new OptionMismatch('cluster-local-nodemask', new Mismatch(`nodes within --cluster-total-nodes ${clusterTotalNodes}`, word(mask)));
  },
  example: { clusterTotalNodes: 2, clusterLocalNode: 1, clusterHashSeed: 0xdeadbeef },
  list: ({ clusterLocalNodemask: mask, clusterTotalNodes, clusterHashSeed }) =>
    `cluster ${isNot(mask) ? `!node_mask=${word(mask.not)}` : `node_mask=${word(mask!)}`} total_nodes=${clusterTotalNodes} hash_seed=${word(clusterHashSeed!)}`,
});
