/** `iptc trace FILTER`: live packets, step by step, as the kernel tells them. */
import { type TracedPacket, trace as traced } from '../analysis';
import { pathSvg } from '../analysis/svg';
import { formatPacket } from '../analysis/words';
import type { Family, Firewall } from '../index';
import { asked } from './asked';
import type { Flag } from './getopt';
import { toJson } from './json';
import { writeFile } from './look';
import { complain, print } from './output';
import { failed, type Program } from './program';
import { openTables } from './tables';

const FLAGS: readonly Flag[] = [
  { name: 'count', letter: 'c', argument: true },
  { name: 'for', argument: true },
  { name: 'limit', argument: true },
  { name: 'json' },
  { name: 'svg', argument: true },
  { name: 'netns', argument: true },
];
const USAGE =
  "[--count packets] [--for seconds] [--limit rate] [--json] [--svg file] [--netns name|path] address|port|'rule-specification'";
const TROUBLE = 2;
const WAIT = 30;

/** Until it is interrupted, or has seen enough. Exit code 0; 2: trouble. */
export async function trace(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} trace ${USAGE}`;
  const { given, rest } = asked(
    `${program.name} trace`,
    // A rule is no option.
    words.map((word) => (/^-\S* /.test(word) ? ` ${word}` : word)),
    FLAGS,
    usage,
    'Shows the way of live packets through the rules, step by step, as the kernel tells it: of those from or to an address\nor a port, or that a rule matches. Puts rules into the table raw for as long, and takes them away again.\nEnds when it is interrupted, or has seen --count packets, or after --for seconds. Exit code 2: trouble.',
    TROUBLE,
  );
  const filter = rest[0]?.trim();
  const numbers = [given.get('count'), given.get('for')];
  if (filter === undefined || rest.length > 1 || numbers.some((n) => n !== undefined && !/^[1-9]\d{0,5}$/.test(n))) {
    complain(usage);
    return TROUBLE;
  }
  const [count, seconds] = numbers.map((n) => (n === undefined ? undefined : Number(n)));
  const family = filter.includes(':') && !filter.startsWith('-') ? 'ipv6' : program.family;
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  let firewall: Firewall<Family> | undefined;
  try {
    firewall = openTables<Family>({ family, netns: given.get('netns'), wait: WAIT });
    const limit = given.get('limit');
    const packets = traced(firewall, /^\d+$/.test(filter) ? { port: Number(filter) } : filter, {
      ...(limit !== undefined && { limit }),
      ...(count !== undefined && { count }),
      ...(seconds !== undefined && { within: seconds * 1000 }),
      signal: ending.signal,
    });
    for await (const packet of packets) {
      print(given.has('json') ? toJson(packet, 0) : textOf(packet));
      const svg = given.get('svg');
      if (svg !== undefined) writeFile(svg, pathSvg(packet.packet, packet, family));
    }
    return 0;
  } catch (error) {
    failed(program, error);
    return TROUBLE;
  } finally {
    await firewall?.close();
  }
}

function textOf({ verdict, path, packet, lost }: TracedPacket): string {
  const width = Math.max(0, ...path.map(({ step }) => step.length));
  const steps = path.map(({ step, text = '' }) => `  ${step.padEnd(width)}  ${text}`.trimEnd());
  return `${lost ? 'Some were lost.\n' : ''}${verdict}  ${formatPacket(packet)}\n${steps.join('\n')}\n`;
}
