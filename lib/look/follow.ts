/** A packet that a form describes, on its way through what the kernel has. */
import { type Condition, type Packet, type Simulation, simulate } from '../analysis/index';
import { IptcError } from '../errors';
import type { Family, TableState } from '../index';
import { Unanswerable } from './server';

/** Rules by their numbers among those of their tables; `matched`: null if it depends on what isn't known. */
export interface Fate {
  readonly verdict: string;
  readonly rules: readonly { readonly table: string; readonly rule: number; readonly matched: boolean | null }[];
  readonly notes: readonly string[];
}

const NUMBERS = ['sport', 'dport'] as const;

/** What a form says of a packet: texts, where ports may be numbers. */
export function follow(states: readonly TableState<Family>[], given: unknown): Fate {
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
  const rules = new Map<string, Fate['rules'][number]>();
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
    verdict,
    rules: [...rules.values()],
    notes: [
      ...path.map(({ step }) => step),
      ...dependsOn.map((condition) => `It depends on ${said_(condition)}.`),
      ...branches.map((branch) => `Perhaps ${branch.verdict}: ${branch.path.map(({ step }) => step).join(', ')}`),
    ],
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
