/** `iptc why WORDS`, `iptc simulate PACKET`: what becomes of a packet, and by which rules. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Packet, parsePacket, type SimulateOptions, type Simulation, simulate as simulated } from '../analysis';
import { pathSvg, textOf } from '../analysis/svg';
import { familyOf, formatPacket } from '../analysis/words';
import { IptcError } from '../errors';
import type { Family } from '../index';
import { asked } from './asked';
import type { Flag } from './getopt';
import { toJson } from './json';
import { writeFile } from './look';
import { complain, print } from './output';
import { failed, type Program } from './program';
import { foundRuleset } from './rulesets';

const FLAGS: readonly Flag[] = [
  { name: 'file', letter: 'f', argument: true },
  { name: 'json' },
  { name: 'svg', argument: true },
  { name: 'netns', argument: true },
];
const WHERE = '[-f file] [--netns name|path] [--json] [--svg file]';
const USAGE = {
  why: `${WHERE} protocol source[:port] -> destination[:port] in interface [out interface] [state STATE] [name value]...`,
  simulate: `${WHERE} packet (as JSON, or - for standard input)`,
} as const;
const CODES = 'Exit code 0: it is accepted; 1: it is not, or that depends; 2: trouble.';
const HELP = {
  why: `Says what happens to a packet, and by which rules: why tcp 203.0.113.5 -> 192.0.2.1:22 in eth0\n${CODES}`,
  simulate: `Says what happens to a packet that is given as data, and by which rules. ${CODES}`,
} as const;
/** Ends as diff(1) in trouble. */
const TROUBLE = 2;

export const why = (program: Program, words: readonly string[]): Promise<number> =>
  answered(program, 'why', words, (rest) => parsePacket(rest.join(' ')));
export const simulate = (program: Program, words: readonly string[]): Promise<number> =>
  answered(program, 'simulate', words, ([word = '']) => {
    const text = word === '-' ? readFileSync(0, 'utf8') : word;
    try {
      return JSON.parse(text) as Packet;
    } catch (cause) {
      throw new IptcError(
        'ERR_BAD_TEXT',
        `Expected a packet as JSON but received ${JSON.stringify(text.slice(0, 40))}`,
        {
          cause,
          hint: `Say it as {"protocol":"tcp","source":"203.0.113.5","dport":22,"inInterface":"eth0"}, or in words: ${program.name} why.`,
        },
      );
    }
  });

/** Exit code 0: it is accepted; 1: it isn't, or that depends; 2: trouble. */
async function answered(
  program: Program,
  verb: keyof typeof USAGE,
  words: readonly string[],
  packetOf: (rest: readonly string[]) => Packet,
): Promise<number> {
  const usage = `Usage: ${program.name} ${verb} ${USAGE[verb]}`;
  // An arrow is no option.
  const { given, rest } = asked(
    `${program.name} ${verb}`,
    words.map((word) => (word === '->' ? '→' : word)),
    FLAGS,
    usage,
    HELP[verb],
    TROUBLE,
  );
  if (rest.length === 0 || (verb === 'simulate' && rest.length > 1)) {
    complain(usage);
    return TROUBLE;
  }
  try {
    const packet = packetOf(rest);
    const family = familyOf(packet, program.family);
    const { ruleset, around } = await rulesFor(family, given);
    const answer = simulated(ruleset, packet, around);
    print(given.has('json') ? toJson({ ...answer, given: packet }) : textFor(answer, family));
    const svg = given.get('svg');
    if (svg !== undefined) writeFile(svg, pathSvg(packet, answer, family));
    return answer.verdict === 'ACCEPT' ? 0 : 1;
  } catch (error) {
    failed(program, error);
    return TROUBLE;
  }
}

interface Asked {
  readonly ruleset: Parameters<typeof simulated>[0];
  readonly around: SimulateOptions;
}
async function rulesFor(family: Family, given: ReadonlyMap<string, string | undefined>): Promise<Asked> {
  const [file, netns] = [given.get('file'), given.get('netns')];
  const { ruleset, backend } = await foundRuleset(family, { file, netns });
  if (file !== undefined) return { ruleset, around: {} };
  return {
    ruleset,
    around: {
      time: new Date(),
      ...(backend && { backend }),
      ...(netns === undefined && { addresses: ownAddresses() }),
    },
  };
}

const ownAddresses = (): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(networkInterfaces()).map(([name, list = []]) => [
      name,
      list.flatMap(({ cidr }) => (cidr ? [cidr.replace(/%.*\//, '/')] : [])),
    ]),
  );

function textFor({ verdict, path, packet, dependsOn, branches, incomplete }: Simulation, family: Family): string {
  const width = Math.max(0, ...path.map(({ step }) => step.length));
  let text = `${verdict === 'UNKNOWN' ? 'It depends' : verdict}\n`;
  for (const step of path) {
    text += `  ${step.step.padEnd(width)}  ${textOf(step, family)}\n`;
    if (step.packet) text += `  ${''.padEnd(width)}  now ${formatPacket(step.packet)}\n`;
  }
  for (const { needs, step, table, chain, rule } of dependsOn ?? []) {
    const said = rule ? `: ${textOf({ step: '', table, chain, kind: 'rule', number: 0, rule }, family)}` : '';
    text += `It depends on ${needs} (${step ?? `${table}:${chain}`}${said})\n`;
  }
  for (const { verdict: each, path: way, answers } of branches ?? []) {
    const when = answers.map(({ needs, is, holds }) => `${needs}${is ? ` ${is}` : ''} ${holds ? 'yes' : 'no'}`);
    text += `  ${each} if ${when.join(', ')}: ${way
      .slice(path.length)
      .map(({ step }) => step)
      .join(' ')}\n`;
  }
  if (incomplete) text += 'There are more ways than were followed.\n';
  return branches ? text : `${text}The packet: ${formatPacket(packet)}\n`;
}
