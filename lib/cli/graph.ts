/** `iptc graph [FILE]`: chains and the jumps between them as a picture. */
import { IptcError } from '../errors';
import { type DrawnTable, dot, mermaid, svg } from '../look/draw';
import { chainGraph, fold, foldTo } from '../look/graph';
import { MOST_NODES } from '../look/layout';
import { type SeenTable, targetName } from '../look/model';
import { asked } from './asked';
import { tablesSeen, writeFile } from './look';
import { complain, print } from './output';
import { EXIT, failed, type Program } from './program';

const FORMATS = { svg, dot, mermaid } as const;
const FLAGS = [
  { name: 'format', argument: true },
  { name: 'fold' },
  { name: 'table', letter: 't', argument: true },
  { name: 'out', letter: 'o', argument: true },
  { name: 'netns', argument: true },
] as const;

export function graph(program: Program, words: readonly string[]): number {
  const usage = `Usage: ${program.name} graph [--format svg|mermaid|dot] [--fold] [-t table] [-o file] [--netns name|path] [file]`;
  const { given, rest } = asked(
    `${program.name} graph`,
    words,
    FLAGS,
    usage,
    `Draws chains, and the jumps between them with their counters, of the kernel's tables or of a saved file. --fold: chains\nwhose names differ in the last part alone are one; so they are drawn in any case where there are more than ${MOST_NODES}.`,
  );
  const format = given.get('format') ?? 'svg';
  if (rest.length > 1 || !Object.hasOwn(FORMATS, format)) {
    complain(usage);
    return EXIT.USAGE;
  }
  try {
    const tables = tablesSeen(program, { file: rest[0], netns: given.get('netns'), table: given.get('table') });
    const used = tables.filter(({ chains }) =>
      chains.some(({ rules, policy }) => rules.length > 0 || policy === undefined),
    );
    const drawn = (used.length > 0 ? used : tables).map((table) => graphOf(table, given.has('fold')));
    const text = FORMATS[format as keyof typeof FORMATS](drawn);
    const out = given.get('out');
    if (out === undefined) print(text);
    else writeFile(out, text);
    return 0;
  } catch (error) {
    return failed(program, error);
  }
}

function graphOf({ family, name, chains }: SeenTable, folds: boolean): DrawnTable {
  const whole = chainGraph(
    chains.map((chain) => ({
      name: chain.name,
      policy: chain.policy,
      packets: Number(chain.packets),
      rules: chain.rules.map((rule) => ({ target: targetName(rule), packets: Number(rule.packets) })),
    })),
  );
  const graph = foldTo(folds ? fold(whole) : whole, MOST_NODES);
  if (!folds && graph !== whole)
    complain(`Table ${name} has ${chains.length} chains: those with names alike are drawn as one (--fold).`);
  if (graph.nodes.length > MOST_NODES)
    throw new IptcError(
      'ERR_BAD_ARGUMENT',
      `Cannot draw table ${name}: ${graph.nodes.length} of its chains have names that have nothing in common`,
      { table: name, hint: 'Name another table with -t, or see iptc list.' },
    );
  return { title: family === 'ipv6' ? `${name} (IPv6)` : name, graph };
}
