import { amount } from '../../../lib/look/amount';
import { dot, mermaid, svg } from '../../../lib/look/draw';
import { chainGraph, fold, foldTo, type Graph, notesOf } from '../../../lib/look/graph';
import { layout } from '../../../lib/look/layout';
import { describe, expect, test } from '../../harness';

/** `INPUT DROP: web web:12 ACCEPT`: a chain, its policy, the targets of its rules and what they counted. */
const graphOf = (...lines: readonly string[]): Graph =>
  chainGraph(
    lines.map((line) => {
      const [head, rules = ''] = line.split(': ');
      const [name, policy] = head!.replace(/:$/, '').split(' ');
      const targets = rules.split(' ').filter(Boolean);
      const of = (word: string) => ({ target: word.split(':')[0]!, packets: Number(word.split(':')[1] ?? 0) });
      return { name: name!, policy, packets: policy ? 7 : 0, rules: targets.map(of) };
    }),
  );
const services = Array.from({ length: 8 }, (_, i) => `S-${i}: E-${i}:2`);
const endpoints = Array.from({ length: 8 }, (_, i) => `E-${i}: DNAT E-${(i + 1) % 8}`);
const kube = graphOf(
  `INPUT DROP: ${services.map((line) => line.slice(0, 3)).join(' ')} ACCEPT`,
  ...services,
  ...endpoints,
);
const ends = ({ edges }: Graph) => edges.map(({ from, to, rules, packets }) => `${from}>${to} ${rules} ${packets}`);

describe('a graph of chains', () => {
  test('has the jumps between them, and what they counted', () => {
    const graph = graphOf('INPUT DROP: web:3 ACCEPT web:4 ACCEPT DROP', 'web: RETURN', 'alone:');
    expect(ends(graph)).toEqual(['INPUT>web 2 7']);
    expect(graph.nodes.map((node) => notesOf(node, amount))).toEqual([
      ['policy DROP, 7 packets', '5 rules: 2 ACCEPT, 1 DROP'],
      ['1 rule: 1 RETURN'],
      ['0 rules'],
    ]);
    const odd = graphOf('INPUT DROP: constructor __proto__');
    expect(notesOf(odd.nodes[0]!, amount)[1]).toBe('2 rules: 1 constructor, 1 __proto__');
  });
  test('is folded by what names begin with, where chains are many', () => {
    const graph = fold(kube);
    expect(ends(graph)).toEqual(['INPUT>S-* 8 0', 'S-*>E-* 8 16']);
    expect(graph.nodes.map((node) => [node.id, ...notesOf(node, amount)])).toEqual([
      ['INPUT', 'policy DROP, 7 packets', '9 rules: 1 ACCEPT'],
      ['S-*', '8 chains', '8 rules'],
      ['E-*', '8 chains, 8 jumps among them', '16 rules: 8 DNAT'],
    ]);
    expect(fold(kube, 9)).toBe(kube);
    expect(foldTo(kube, 17)).toBe(kube);
    expect(foldTo(kube, 16).nodes).toHaveLength(3);
    const deep = graphOf(
      'INPUT DROP:',
      ...['a', 'b', 'c'].flatMap((x) => [1, 2, 3, 4, 5, 6].map((i) => `cali-${x}-${i}:`)),
    );
    expect(foldTo(deep, 4).nodes.map(({ id }) => id)).toEqual(['INPUT', 'cali-a-*', 'cali-b-*', 'cali-c-*']);
    expect(foldTo(deep, 2).nodes.map(({ id, chains }) => [id, chains])).toEqual([
      ['INPUT', 1],
      ['cali-*', 18],
    ]);
    expect(foldTo(graphOf('a:', 'b:', 'c:'), 1).nodes).toHaveLength(3);
  });
  test('has boxes that do not overlap, and lines from one to the other', () => {
    const { nodes, edges, width, height } = layout(kube, amount);
    for (const a of nodes) {
      expect([a.x >= 0, a.y >= 0, a.x + a.width <= width, a.y + a.height <= height]).toEqual([true, true, true, true]);
      for (const b of nodes)
        if (a !== b)
          expect([
            a.id,
            b.id,
            a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height,
          ]).toEqual([a.id, b.id, false]);
    }
    const [edge] = edges;
    const [from, to] = [edge!.from, edge!.to].map((id) => nodes.find((node) => node.id === id)!);
    const [start, end] = [/^M([\d.]+),/.exec(edge!.path)![1], /([\d.]+),[\d.]+$/.exec(edge!.path)![1]].map(Number);
    expect(start).toBeCloseTo(from!.x + from!.width, 0);
    expect(end).toBeCloseTo(to!.x, 0);
    expect(layout({ nodes: [], edges: [] }, amount)).toMatchObject({ nodes: [], edges: [] });
  });
});

describe('a picture', () => {
  const hostile = graphOf('INPUT DROP: <script>"]\\|#-->\u001b:5', '<script>"]\\|#-->\u001b:');
  const tables = [{ title: '</style>', graph: hostile }];

  test('as SVG tells built-in chains, folded ones and policies without colours', () => {
    const text = svg([{ title: 'filter', graph: fold(kube) }]);
    expect(text).toContain('<g class="builtin"');
    expect(text.match(/<g class="many"/g)).toHaveLength(2);
    expect(text).toContain('>policy DROP, 7 packets<');
    expect(text).toContain('>16, 8 rules<');
    expect(new Set(text.match(/#[0-9a-f]{3,6}\b/g))).toEqual(new Set(['#fff', '#000']));
  });
  test('has no markup but its own', () => {
    const text = svg(tables);
    expect(text).toContain('&#60;script&#62;&#34;]\\|#--&#62;\\x1b');
    expect([...new Set(text.match(/<\w+/g))].sort()).toEqual([
      '<defs',
      '<g',
      '<marker',
      '<path',
      '<rect',
      '<style',
      '<svg',
      '<text',
      '<title',
    ]);
    expect(text.match(/<\/style/g)).toHaveLength(1);
  });
  test('as DOT and Mermaid has names that stay names', () => {
    expect(dot(tables)).toContain('t0n1 [label="<script>\\"]\\\\|#-->\\\\x1b\\n0 rules"];');
    expect(dot(tables)).toContain('t0n0 -> t0n1 [label="5"];');
    expect(dot(tables)).toContain('t0n0 [label="INPUT\\npolicy DROP, 7 packets\\n1 rule", penwidth=2.5];');
    expect(mermaid(tables)).toContain(
      't0n1["#60;script#62;#34;#93;#92;#124;#35;--#62;#92;x1b<br>0 rules"]\n    t0n0 -->|"5"| t0n1\n',
    );
    expect(mermaid([{ title: 'filter', graph: fold(kube) }])).toContain('t0n1[/"S-#42;<br>8 chains<br>8 rules"/]');
  });
});
