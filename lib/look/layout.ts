/** Where a graph's nodes and edges are drawn. */
import { graphlib, layout as place } from '@dagrejs/dagre';

import { edgeLabel, type Graph, type GraphEdge, type GraphNode, notesOf } from './graph';

export interface DrawnNode extends GraphNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly notes: readonly string[];
}
export interface DrawnEdge extends GraphEdge {
  readonly path: string;
  readonly label: string;
  /** The label's middle. */
  readonly x: number;
  readonly y: number;
  readonly thickness: number;
}
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/** Of letters of one width: 12 px high names and 10 px high notes. */
const [NAME, NOTE] = [7.4, 6.3];
export const [PADDING, NAME_LINE, NOTE_LINE] = [10, 16, 13] as const;
/** Beyond, layout takes minutes. */
export const MOST_NODES = 300;

/** Letters of East Asia are as wide as two. */
const columns = (text: string): number => {
  let width = 0;
  for (const character of text) width += character >= '\u1100' ? 2 : 1;
  return width;
};

/** `shown`: how names look. */
export function layout(
  graph: Graph,
  amount: (value: number) => string,
  shown: (name: string) => string = (name) => name,
): Drawing {
  const drawn = new graphlib.Graph()
    .setGraph({ rankdir: 'LR', nodesep: 14, edgesep: 10, ranksep: 46, marginx: 8, marginy: 8 })
    .setDefaultEdgeLabel(() => ({}));
  const notes = graph.nodes.map((node) => notesOf(node, amount).map(shown));
  graph.nodes.forEach(({ id }, i) => {
    const wide = Math.max(columns(shown(id)) * NAME, ...notes[i]!.map((note) => columns(note) * NOTE));
    const height = NAME_LINE + notes[i]!.length * NOTE_LINE + PADDING;
    drawn.setNode(id, { width: Math.ceil(wide) + 2 * PADDING, height });
  });
  for (const edge of graph.edges) {
    const width = columns(edgeLabel(edge, amount)) * NOTE;
    drawn.setEdge(edge.from, edge.to, { width, height: width > 0 ? NOTE_LINE : 0, labelpos: 'c' });
  }
  place(drawn);
  const { width = 0, height = 0 } = drawn.graph();
  const ranks = ranksOf(graph.nodes.map(({ id }) => drawn.node(id)));
  const most = Math.max(1, ...graph.edges.map(({ packets }) => packets));
  return {
    width: Math.max(0, Math.ceil(width)),
    height: Math.max(0, Math.ceil(height)),
    nodes: graph.nodes.map((node, i) => {
      const { x, y, width, height } = drawn.node(node.id);
      return { ...node, notes: notes[i]!, width, height, x: round(x - width / 2), y: round(y - height / 2) };
    }),
    edges: graph.edges.map((edge) => {
      const { points = [], x = 0, y = 0 } = drawn.edge(edge.from, edge.to);
      const thickness = round(1 + (2 * Math.log1p(edge.packets)) / Math.log1p(most));
      return {
        ...edge,
        path: pathOf(points, drawn.node(edge.from), drawn.node(edge.to), ranks),
        label: edgeLabel(edge, amount),
        x: round(x),
        y: round(y),
        thickness,
      };
    }),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
interface Point {
  readonly x: number;
  readonly y: number;
}
const at = ({ x, y }: Point): string => `${round(x)},${round(y)}`;

interface Box extends Point {
  readonly width: number;
}
/** From where to where boxes of a column reach, by its middle. */
type Ranks = ReadonlyMap<number, { readonly left: number; readonly right: number }>;

function ranksOf(boxes: readonly Box[]): Ranks {
  const ranks = new Map<number, { left: number; right: number }>();
  for (const { x, width } of boxes) {
    const rank = ranks.get(round(x)) ?? { left: x, right: x };
    ranks.set(round(x), { left: Math.min(rank.left, x - width / 2), right: Math.max(rank.right, x + width / 2) });
  }
  return ranks;
}

/** Lines bend between the columns alone, where no boxes are. */
function pathOf(points: readonly Point[], from: Box, to: Box, ranks: Ranks): string {
  if (from.x >= to.x) return curve(points);
  const across = ({ x, y }: Point): Point[] => {
    const { left, right } = ranks.get(round(x)) ?? { left: x, right: x };
    return [
      { x: left, y },
      { x: right, y },
    ];
  };
  const start = { x: from.x + from.width / 2, y: from.y };
  const end = { x: to.x - to.width / 2, y: to.y };
  const way = [across(from)[1]!, ...points.slice(1, -1).flatMap(across), across(to)[0]!, end];
  let path = `M${at(start)}`;
  let last = start;
  for (const point of way) {
    const middle = (last.x + point.x) / 2;
    if (last.y === point.y) path += `L${at(point)}`;
    else path += `C${at({ x: middle, y: last.y })} ${at({ x: middle, y: point.y })} ${at(point)}`;
    last = point;
  }
  return path;
}

/** Through the middles between the points, bent towards them. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const [a, b] = [rest[i]!, rest[i + 1]!];
    path += `Q${at(a)} ${at({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })}`;
  }
  return `${path}L${at(rest[rest.length - 1] ?? first)}`;
}
