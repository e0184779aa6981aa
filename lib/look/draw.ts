/** Graphs of tables as SVG, Graphviz' DOT and Mermaid. Readable without colours; names are names, whatever they look like. */
import { amount } from './amount';
import { edgeLabel, type Graph, notesOf } from './graph';
import { type Drawing, layout, NAME_LINE, NOTE_LINE, PADDING } from './layout';
import { escapeText } from './markup';
import { visible } from './visible';

export interface DrawnTable {
  readonly title: string;
  readonly graph: Graph;
}

const TITLE = 30;
const STYLE =
  'svg{background:#fff}text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#000}.note{font-size:10px}.title{font-size:15px;font-weight:bold}' +
  'rect{fill:#fff;stroke:#000}.builtin rect{stroke-width:2.5}.many rect{stroke-dasharray:5 3}path{fill:none;stroke:#000}' +
  'marker path{fill:#000;stroke:none}.label{paint-order:stroke;stroke:#fff;stroke-width:4px;font-size:10px;text-anchor:middle}';

export function svg(tables: readonly DrawnTable[]): string {
  const drawings = tables.map(({ title, graph }) => ({ title, drawing: layout(graph, amount, visible) }));
  const width = Math.max(120, ...drawings.map(({ title, drawing }) => Math.max(drawing.width, title.length * 9 + 20)));
  let y = 0;
  const parts = drawings.map(({ title, drawing }) => {
    const part = `<g transform="translate(0,${y})"><text class="title" x="${PADDING}" y="20">${escapeText(title)}</text><g transform="translate(0,${TITLE})">\n${svgOf(drawing)}</g></g>\n`;
    y += TITLE + drawing.height;
    return part;
  });
  const height = Math.max(TITLE, y);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Chains and their jumps">
<style>${STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${parts.join('')}</svg>
`;
}

function svgOf({ nodes, edges }: Drawing): string {
  const lines = edges.map(
    ({ from, to, path, label, x, y, thickness }) =>
      `<path d="${path}" stroke-width="${thickness}" marker-end="url(#arrow)"><title>${escapeText(`${from} to ${to}`)}</title></path>${label === '' ? '' : `<text class="label" x="${x}" y="${y - 3}">${escapeText(label)}</text>`}\n`,
  );
  const boxes = nodes.map(({ id, x, y, width, height, policy, chains, notes }) => {
    const kind = policy !== undefined ? ' class="builtin"' : chains > 1 ? ' class="many"' : '';
    const below = notes.map(
      (note, i) =>
        `<text class="note" x="${PADDING}" y="${NAME_LINE + PADDING / 2 + (i + 1) * NOTE_LINE - 3}">${escapeText(note)}</text>`,
    );
    return `<g${kind} transform="translate(${x},${y})"><rect width="${width}" height="${height}" rx="4"/><text x="${PADDING}" y="${NAME_LINE}">${escapeText(id)}</text>${below.join('')}</g>\n`;
  });
  return lines.join('') + boxes.join('');
}

const quoted = (text: string): string => `"${visible(text).replace(/["\\]/g, '\\$&')}"`;

export function dot(tables: readonly DrawnTable[]): string {
  const clusters = tables.map(({ title, graph }, t) => {
    const ids = new Map(graph.nodes.map(({ id }, i) => [id, `t${t}n${i}`]));
    const nodes = graph.nodes.map((node) => {
      const label = [node.id, ...notesOf(node, amount)].map((line) => quoted(line).slice(1, -1)).join('\\n');
      const look = node.policy !== undefined ? ', penwidth=2.5' : node.chains > 1 ? ', style=dashed' : '';
      return `    ${ids.get(node.id)} [label="${label}"${look}];\n`;
    });
    const edges = graph.edges.map(
      (edge) => `    ${ids.get(edge.from)} -> ${ids.get(edge.to)} [label=${quoted(edgeLabel(edge, amount))}];\n`,
    );
    return `  subgraph cluster_${t} {\n    label=${quoted(title)};\n${nodes.join('')}${edges.join('')}  }\n`;
  });
  return `digraph chains {\n  rankdir=LR;\n  node [shape=box, fontname="monospace"];\n  edge [fontname="monospace", fontsize=10];\n${clusters.join('')}}\n`;
}

/** Mermaid knows characters by their numbers; whatever could mean something to it is written so. */
const mermaidText = (text: string): string =>
  visible(text).replace(/[^\w .,:-]/gu, (character) => `#${character.codePointAt(0)};`);

export function mermaid(tables: readonly DrawnTable[]): string {
  const graphs = tables.map(({ title, graph }, t) => {
    const ids = new Map(graph.nodes.map(({ id }, i) => [id, `t${t}n${i}`]));
    const nodes = graph.nodes.map((node) => {
      const label = [node.id, ...notesOf(node, amount)].map(mermaidText).join('<br>');
      const [open, close] = node.policy !== undefined ? ['[[', ']]'] : node.chains > 1 ? ['[/', '/]'] : ['[', ']'];
      return `    ${ids.get(node.id)}${open}"${label}"${close}\n`;
    });
    const edges = graph.edges.map((edge) => {
      const label = edgeLabel(edge, amount);
      return `    ${ids.get(edge.from)} -->${label === '' ? '' : `|"${mermaidText(label)}"|`} ${ids.get(edge.to)}\n`;
    });
    return `  subgraph t${t}["${mermaidText(title)}"]\n    direction LR\n${nodes.join('')}${edges.join('')}  end\n`;
  });
  return `flowchart LR\n${graphs.join('')}`;
}
