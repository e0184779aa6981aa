/** A packet that a form describes, on its way through what the kernel has. */
import { type Condition, type Packet, type Simulation, simulate, type TracedPacket } from '../analysis/index';
import { formatPacket } from '../analysis/words';
import { IptcError } from '../errors';
import type { Family, TableState } from '../index';
import type { PageFate } from './page-data';
import { Unanswerable } from './server';

const NUMBERS = ['sport', 'dport'] as const;

/** What a form says of a packet: texts, where ports may be numbers. */
export function follow(states: readonly TableState<Family>[], given: unknown): PageFate {
  if (typeof given !== 'object' || given === null) throw new Unanswerable('Expected a packet.');
  const { family, ...said } = given as Record<string, unknown>;
  for (const name of NUMBERS) if (/^\d+$/.test(String(said[name]))) said[name] = Number(said[name]);
  const tables = states.filter((state) => state.family === family);
  if (tables.length === 0) throw new Unanswerable('There are no tables of that family.');
  let simulation: Simulation;
  try {
    simulation = simulate(tables, said as Packet);
  } catch (error) {
    if (error instanceof IptcError)
      throw new Unanswerable(error.hint === undefined ? error.message : `${error.message}. ${error.hint}`);
    throw error;
  }
  const { verdict, path, dependsOn = [], branches = [] } = simulation;
  const place = ({ table, chain, number }: { table: string; chain: string; number?: number }) =>
    number === undefined ? undefined : numberOf(tables, table, chain, number);
  const rules = new Map<string, PageFate['rules'][number]>();
  const put = (step: { table: string; chain: string; number?: number }, matched: boolean | null) => {
    const rule = place(step);
    const key = `${step.table} ${rule}`;
    if (rule !== undefined && !rules.has(key)) rules.set(key, { table: step.table, rule, matched });
  };
  const rulesOf = (steps: Simulation['path']) => steps.filter(({ kind }) => kind === 'rule');
  for (const step of rulesOf(path)) put(step, true);
  for (const branch of branches) for (const step of rulesOf(branch.path)) put(step, null);
  for (const condition of dependsOn) put(condition, null);
  return {
    family: tables[0]!.family,
    verdict,
    rules: [...rules.values()],
    notes: [
      ...path.map(({ step }) => step),
      ...dependsOn.map((condition) => `It depends on ${said_(condition)}.`),
      ...branches.map((branch) => `Perhaps ${branch.verdict}: ${branch.path.map(({ step }) => step).join(', ')}`),
    ],
  };
}

/** The way of a packet that the kernel has told. */
export function traced(states: readonly TableState<Family>[], family: Family, seen: TracedPacket): PageFate {
  const tables = states.filter((state) => state.family === family);
  const rules = seen.path.flatMap(({ kind, table, chain, number }) => {
    const rule = kind === 'rule' ? numberOf(tables, table, chain, number) : undefined;
    return rule === undefined ? [] : [{ table, rule, matched: true }];
  });
  const steps = seen.path.map(({ step, text }) => (text === undefined ? step : `${step} ${text}`));
  return {
    family,
    verdict: seen.verdict,
    rules,
    notes: [...(seen.lost ? ['Some were lost.'] : []), formatPacket(seen.packet), ...steps],
  };
}

const said_ = ({ needs, chain, number }: Condition): string =>
  `${needs}${number === undefined ? '' : `, for rule ${number} of ${chain}`}`;

function numberOf(states: readonly TableState[], table: string, chain: string, number: number): number | undefined {
  let first = 0;
  for (const { name, length } of states.find((state) => state.name === table)?.chains ?? []) {
    if (name === chain) return first + number - 1;
    first += length;
  }
  return undefined;
}
