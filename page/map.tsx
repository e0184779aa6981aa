/** The chains of a table and the jumps between them, as a picture that can be pressed. */
import { useMemo } from 'preact/hooks';
import { amount } from '../lib/look/amount';
import { chainGraph, fold, foldTo } from '../lib/look/graph';
import { layout, MOST_NODES, NAME_LINE, NOTE_LINE, PADDING } from '../lib/look/layout';
import type { PageTable } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';

/** More are folded at once: a map is to be seen as a whole. */
const EASY = 60;

interface Given {
  readonly table: PageTable;
  readonly chain: string;
  /** Chains that a packet came through. */
  readonly lit: ReadonlySet<string>;
  readonly choose: (chain: string) => void;
}

export function ChainMap({ table, chain, lit, choose }: Given) {
  // Counters tick each second; the picture is drawn anew when rules are others.
  const shape =
    table.rules.length === 0
      ? table.name
      : `${table.family} ${table.name} ${table.rules.length} ${table.chains.length}`;
  const drawing = useMemo(() => {
    const rules = new Map<number, { target: string; packets: number }[]>();
    for (const [of, , target, , packets] of table.rules) {
      const list = rules.get(of);
      if (list) list.push({ target, packets });
      else rules.set(of, [{ target, packets }]);
    }
    const chains = table.chains.map(([name, policy, packets], i) => ({
      name,
      policy: policy ?? undefined,
      packets,
      rules: rules.get(i) ?? [],
    }));
    const whole = chainGraph(chains);
    const graph = foldTo(whole.nodes.length > EASY ? fold(whole) : whole, MOST_NODES);
    return graph.nodes.length > MOST_NODES ? undefined : layout(graph, amount, visible);
  }, [shape]);
  if (!drawing) return <p class="hint">There are too many chains for a map: search, or see the list.</p>;
  const { width, height, nodes, edges } = drawing;
  return (
    <div class="map" tabIndex={0} role="region" aria-label="Map of the chains, can be scrolled">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label={`Chains of ${table.name} and their jumps`}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {edges.map(({ from, to, path, label, x, y, thickness }) => (
          <g key={`${from}\0${to}`} class={lit.has(from) && lit.has(to) ? 'edge lit' : 'edge'}>
            <path d={path} stroke-width={thickness} marker-end="url(#arrow)">
              <title>{visible(`${from} to ${to}`)}</title>
            </path>
            {label !== '' && (
              <text class="label" x={x} y={y - 3}>
                {label}
              </text>
            )}
          </g>
        ))}
        {nodes.map(({ id, x, y, width, height, policy, chains, notes }) => {
          const pick = () => choose(chain === id ? '' : id);
          const kind = [policy !== undefined ? 'builtin' : chains > 1 ? 'many' : '', lit.has(id) ? 'lit' : ''].join(
            ' ',
          );
          return (
            <g
              key={id}
              class={`node ${kind}`}
              role="button"
              tabindex={0}
              aria-pressed={chain === id}
              transform={`translate(${x},${y})`}
              onClick={pick}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                pick();
              }}
            >
              <rect width={width} height={height} rx="5" />
              <text x={PADDING} y={NAME_LINE}>
                {visible(id)}
              </text>
              {notes.map((note, i) => (
                <text key={note} class="note" x={PADDING} y={NAME_LINE + PADDING / 2 + (i + 1) * NOTE_LINE - 3}>
                  {note}
                </text>
              ))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}
