/** A table as a graph: chains, and the jumps between them. What is many and alike is folded. */

/** What a graph is made of: a page has it in another form than a program. */
export interface GraphChain {
  readonly name: string;
  readonly policy?: string | undefined;
  /** What the policy counted. */
  readonly packets: number;
  readonly rules: Iterable<GraphRule>;
}
export interface GraphRule {
  /** The verdict, the chain or the extension; '' if it only counts. */
  readonly target: string;
  readonly packets: number;
}

export interface GraphNode {
  /** The chain's name, or what the names of several begin with, and `*`. */
  readonly id: string;
  readonly policy: string | undefined;
  /** What the policy counted. */
  readonly packets: number;
  /** How many chains it stands for. */
  readonly chains: number;
  readonly rules: number;
  /** How many of them jump to another of these chains. */
  readonly inner: number;
  /** How many rules have which target, chains left aside. */
  readonly targets: Readonly<Record<string, number>>;
}
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly rules: number;
  readonly packets: number;
}
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export function chainGraph(chains: readonly GraphChain[]): Graph {
  const names = new Set(chains.map(({ name }) => name));
  const edges = new Edges();
  const nodes = chains.map(({ name, policy, packets, rules }) => {
    const targets: Record<string, number> = Object.create(null);
    let count = 0;
    for (const rule of rules) {
      count++;
      if (names.has(rule.target)) edges.add(name, rule.target, 1, rule.packets);
      else if (rule.target !== '') targets[rule.target] = (targets[rule.target] ?? 0) + 1;
    }
    return { id: name, policy, packets, chains: 1, rules: count, inner: 0, targets };
  });
  return { nodes, edges: edges.all() };
}

/** Edges by their ends: several between the same two are one. */
class Edges {
  private readonly from = new Map<string, Map<string, GraphEdge>>();

  add(from: string, to: string, rules: number, packets: number): void {
    let ends = this.from.get(from);
    if (!ends) {
      ends = new Map();
      this.from.set(from, ends);
    }
    const edge = ends.get(to);
    ends.set(to, { from, to, rules: rules + (edge?.rules ?? 0), packets: packets + (edge?.packets ?? 0) });
  }
  all(): GraphEdge[] {
    return [...this.from.values()].flatMap((ends) => [...ends.values()]);
  }
}

/** Fewer are drawn one by one. */
const AT_LEAST = 6;
/** Names are parted by these. */
const PREFIX = /^(.+[-_:.])[^-_:.]+[-_:.]?$/;

/** Chains whose names differ in the last part alone become one, where they are many. */
export function fold(graph: Graph, atLeast = AT_LEAST): Graph {
  const groups = new Map<string, string[]>();
  for (const { id, policy } of graph.nodes) {
    const prefix = policy === undefined ? PREFIX.exec(id.replace(/\*$/, ''))?.[1] : undefined;
    if (prefix === undefined) continue;
    const group = groups.get(prefix);
    if (group) group.push(id);
    else groups.set(prefix, [id]);
  }
  const foldedTo = new Map<string, string>();
  for (const [prefix, ids] of groups) if (ids.length >= atLeast) for (const id of ids) foldedTo.set(id, `${prefix}*`);
  if (foldedTo.size === 0) return graph;

  const nodes = new Map<string, GraphNode>();
  const put = (node: GraphNode) => {
    const there = nodes.get(node.id);
    nodes.set(node.id, there ? joined(there, node) : node);
  };
  for (const node of graph.nodes) put({ ...node, id: foldedTo.get(node.id) ?? node.id });
  const edges = new Edges();
  for (const { from, to, rules, packets } of graph.edges) {
    const [a, b] = [foldedTo.get(from) ?? from, foldedTo.get(to) ?? to];
    if (a === b && from !== to) nodes.set(a, { ...nodes.get(a)!, inner: nodes.get(a)!.inner + rules });
    else edges.add(a, b, rules, packets);
  }
  return { nodes: [...nodes.values()], edges: edges.all() };
}

function joined(a: GraphNode, b: GraphNode): GraphNode {
  const targets: Record<string, number> = { ...a.targets };
  for (const [target, rules] of Object.entries(b.targets)) targets[target] = (targets[target] ?? 0) + rules;
  return { ...a, chains: a.chains + b.chains, rules: a.rules + b.rules, inner: a.inner + b.inner, targets };
}

/** Folded until so many are left, if names allow it. */
export function foldTo(graph: Graph, most: number): Graph {
  let now = graph;
  for (let least = AT_LEAST; now.nodes.length > most; ) {
    const next = fold(now, least);
    if (next === now && least === 2) break;
    if (next === now) least = 2;
    now = next;
  }
  return now;
}

const counted = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** What is said of a node below its name: at most two lines. */
export function notesOf(node: GraphNode, amount: (value: number) => string): string[] {
  const { policy, packets, chains, rules, inner, targets } = node;
  const parts = Object.entries(targets)
    .sort(([, a], [, b]) => b - a)
    .map(([target, count]) => `${count} ${target}`);
  const told = parts.length > 3 ? [...parts.slice(0, 3), '…'] : parts;
  const first =
    policy !== undefined
      ? [`policy ${policy}, ${amount(packets)} ${packets === 1 ? 'packet' : 'packets'}`]
      : chains > 1
        ? [`${counted(chains, 'chain')}${inner > 0 ? `, ${counted(inner, 'jump')} among them` : ''}`]
        : [];
  return [...first, `${counted(rules, 'rule')}${told.length > 0 ? `: ${told.join(', ')}` : ''}`];
}
/** What is said of an edge: how many packets went there, and by how many rules, if several. */
export const edgeLabel = ({ rules, packets }: GraphEdge, amount: (value: number) => string): string =>
  [...(packets > 0 ? [amount(packets)] : []), ...(rules > 1 ? [`${rules} rules`] : [])].join(', ');
