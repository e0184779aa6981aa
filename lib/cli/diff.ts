/** `iptc diff FILE`: what restoring a file would change. */
import { readFileSync } from 'node:fs';
import { KnownHosts } from '../command/hosts';
import { Hosts } from '../command/resolver';
import { IptcError } from '../errors';
import { type Ruleset, rulesetOf } from '../file/ruleset';
import type { Family, Firewall, TableName, TableRules, TableState } from '../index';
import { getopt } from './getopt';
import { complain, print } from './output';
import { failed, type Program } from './program';
import { openTables } from './tables';
import { pathOf } from './words';

/** Exit code 0: the same; 1: not the same; 2: trouble, as diff(1). */
export async function diff(program: Program, words: readonly string[]): Promise<number> {
  const { options, rest } = getopt(
    `${program.name} diff`,
    words,
    [
      { name: 'noflush', letter: 'n' },
      { name: 'netns', argument: true },
    ],
    `Usage: ${program.name} diff [--noflush] [--netns name|path] file`,
  );
  if (rest.length !== 1) {
    complain(`Usage: ${program.name} diff [--noflush] [--netns name|path] file`);
    return 2;
  }
  const file = rest[0]!;
  const noflush = options.some(({ name }) => name === 'noflush');
  let firewall: Firewall | undefined;
  try {
    firewall = openTables({ family: program.family, netns: options.find(({ name }) => name === 'netns')?.value });
    const ruleset = await parsed(read(file), program.family, file === '-' ? undefined : file);
    // A table that comes again is restored over what it was made before.
    const restored = new Map<string, { readonly before: Lines; readonly after: Lines }>();
    for (const table of ruleset.tables) {
      const known = restored.get(table.name);
      const there = firewall.table(table.name as TableName);
      const before = known?.before ?? linesNow(there.stateSync());
      restored.set(table.name, { before, after: linesAfter(known?.after ?? before, table, noflush, there) });
    }
    let changes = 0;
    for (const [name, { before, after }] of restored) {
      const lines = compare(flat(before), flat(after));
      if (lines.length === 0) continue;
      changes += lines.length;
      print(`*${name}\n${lines.map((line) => `${paint(line)}\n`).join('')}`);
    }
    return changes === 0 ? 0 : 1;
  } catch (error) {
    failed(program, error);
    return 2;
  } finally {
    void firewall?.close();
  }
}

/** With the addresses of the hosts that it names, as iptc-restore has it. */
async function parsed(bytes: Uint8Array, family: Family, file: string | undefined): Promise<Ruleset> {
  const hosts = new Hosts(family);
  const known = new KnownHosts((host) => hosts.lookUp(host));
  const parse = () => rulesetOf(bytes, { family, ...(file !== undefined && { file }) }, known.resolve) as Ruleset;
  try {
    return parse();
  } catch (error) {
    return known.again(error, parse);
  }
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : pathOf(file));
  } catch (error) {
    throw new IptcError('ERR_IO', `Can't read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function paint(line: string): string {
  if (process.stdout.isTTY !== true || process.env.NO_COLOR) return line;
  return line.startsWith('+')
    ? `\u001b[32m${line}\u001b[0m`
    : line.startsWith('-')
      ? `\u001b[31m${line}\u001b[0m`
      : line;
}

/** The lines of a table by chain, without counters. */
interface Lines {
  readonly heads: ReadonlyMap<string, string>;
  readonly rules: ReadonlyMap<string, readonly string[]>;
  readonly builtin: ReadonlySet<string>;
}
const flat = ({ heads, rules }: Lines): string[] =>
  [...heads.values()].sort().concat([...rules.keys()].sort().flatMap((name) => rules.get(name)!));

const head = (name: string, policy: string | undefined) => `:${name} ${policy ?? '-'}`;

function linesNow(state: TableState): Lines {
  const { chains } = state;
  const rulesOf = (chain: string) => [...state.commands(false, chain)].slice(1).map((line) => line.slice(0, -1));
  return {
    heads: new Map(chains.map(({ name, policy }) => [name, head(name, policy)])),
    rules: new Map(chains.map(({ name }) => [name, rulesOf(name)])),
    builtin: new Set(chains.filter(({ builtin }) => builtin).map(({ name }) => name)),
  };
}

function linesAfter(now: Lines, table: TableRules, noflush: boolean, there: ReturnType<Firewall['table']>): Lines {
  const { builtin } = now;
  const rules = new Map<string, string[]>();
  const heads = new Map<string, string>();
  for (const [name, line] of now.heads) {
    if (!builtin.has(name) && !noflush) continue;
    heads.set(name, line);
    rules.set(name, noflush ? [...now.rules.get(name)!] : []);
  }
  for (const { name, policy } of table.chains) {
    if (policy !== undefined || !heads.has(name)) heads.set(name, head(name, policy));
    if (!rules.has(name) || (noflush && !builtin.has(name))) rules.set(name, []);
  }
  for (const { chain, rule } of table.rules) {
    const list = rules.get(chain) ?? [];
    list.push(there.line(rule, chain));
    rules.set(chain, list);
  }
  return { heads, rules, builtin };
}

/** The lines that go (-) and come (+), in order: what stays is a longest common part, as long as that is quickly found. */
export function compare(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const a = before.slice(start, before.length - end);
  const b = after.slice(start, after.length - end);
  const lines: string[] = [];
  if (a.length * b.length > 4_000_000) {
    // Too many for the table below: lines that are in both, wherever they are, count as kept.
    const left = count(a);
    const right = count(b);
    for (const line of a) if (!take(right, line)) lines.push(`-${line}`);
    for (const line of b) if (!take(left, line)) lines.push(`+${line}`);
    return lines;
  }
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] =
        a[i] === b[j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && length[(i + 1) * width + j]! >= length[i * width + j + 1]!))
      lines.push(`-${a[i++]}`);
    else lines.push(`+${b[j++]}`);
  }
  return lines;
}

function count(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
function take(counts: Map<string, number>, line: string): boolean {
  const left = counts.get(line) ?? 0;
  if (left > 0) counts.set(line, left - 1);
  return left > 0;
}
