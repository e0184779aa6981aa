/** Tables for a terminal: columns as wide as they have to be, comments as headings, what is alike folded. */
import type { Family } from '../index';
import { amount } from './amount';
import { type Cells, cellsOf } from './cells';
import { folded, type Row } from './folded';
import type { SeenChain, SeenTable } from './model';
import { visible } from './visible';
import { cut, fill, widthOf, wrap } from './width';

export interface ListLook {
  /** Columns of the terminal; Infinity: lines are as long as they are. */
  readonly width: number;
  readonly colour: boolean;
  /** Counters in full. */
  readonly exact: boolean;
  /** Each rule by itself. */
  readonly all: boolean;
}

const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;
type Style = keyof typeof CODES;
export type Paint = (text: string, style: Style | undefined) => string;
export const painter =
  (colour: boolean): Paint =>
  (text, style) =>
    colour && style && text !== '' ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;

const VERDICTS: Readonly<Record<string, Style>> = {
  ACCEPT: 'green',
  DROP: 'red',
  REJECT: 'red',
  RETURN: 'yellow',
  QUEUE: 'yellow',
};
export const targetStyle = (target: string): Style => VERDICTS[target] ?? 'cyan';

type Key = Exclude<keyof Cells, 'conditions' | 'goal' | 'comment'>;
/** What becomes words among the conditions, where a column has no room: the first of these first. */
const WORDS: Readonly<Record<Key, (value: string) => string>> = {
  out: (value) => `out ${value}`,
  in: (value) => `in ${value}`,
  protocol: (value) => value,
  destination: (value) => `to ${value}`,
  source: (value) => `from ${value}`,
  target: (value) => `-> ${value}`,
};
const COLUMNS: readonly Key[] = ['target', 'protocol', 'in', 'out', 'source', 'destination'];
const TITLES: Readonly<Record<Key, string>> = {
  target: 'target',
  protocol: 'protocol',
  in: 'in',
  out: 'out',
  source: 'source',
  destination: 'destination',
};
/** What conditions are to have, what they need at least beside others, the widest column, and what a terminal has at least. */
const [ROOM, LEAST, LONGEST, NARROWEST] = [24, 12, 43, 20];
const GAP = '  ';

export function* listLines(table: SeenTable, chains: readonly SeenChain[], look: ListLook): Generator<string> {
  const paint = painter(look.colour);
  const width = Math.max(NARROWEST, look.width);
  yield paint(`${table.name}${table.family === 'ipv6' ? ' (IPv6)' : ''}`, 'bold');
  for (const chain of chains) {
    yield '';
    yield cut(chainLine(chain, look, paint), width);
    if (chain.rules.length > 0) yield* ruleLines(table.family, chain, { ...look, width }, paint);
  }
}

function chainLine({ name, policy, packets, bytes, rules }: SeenChain, { exact }: ListLook, paint: Paint): string {
  const counted = exact ? String : amount;
  const of = rules.length === 1 ? '1 rule' : `${rules.length} rules`;
  const policed =
    policy === undefined
      ? ''
      : `, policy ${paint(policy, targetStyle(policy))} (${counted(packets)} packets, ${counted(bytes)} bytes)`;
  return `${paint(visible(name), 'bold')}: ${of}${policed}`;
}

export function rowsOf(family: Family, { rules }: SeenChain, all: boolean): Row[] {
  const rows = rules.map((seen, i) => {
    const cells = cellsOf(family, seen);
    const { packets, bytes } = seen;
    return { cells, first: i + 1, last: i + 1, packets, bytes };
  });
  return all ? rows : folded(rows);
}

function* ruleLines(family: Family, chain: SeenChain, look: ListLook, paint: Paint): Generator<string> {
  const rows = rowsOf(family, chain, look.all);
  const counted = look.exact ? String : amount;
  const numbers = rows.map(({ first, last, packets, bytes }) => [
    first === last ? `${first}` : `${first}-${last}`,
    counted(packets),
    counted(bytes),
  ]);
  const shown = rows.map(({ cells }) =>
    Object.fromEntries(Object.entries(cells).map(([key, value]) => [key, visible(value)])),
  ) as unknown as Cells[];
  const numberWidths = ['#', 'packets', 'bytes'].map((title, i) => widest(title, numbers, (row) => row[i]!));
  const { columns, room } = fitted(shown, look.width - sum(numberWidths) - GAP.length * 3);
  // Where there is no room beside the numbers, conditions are below.
  const below = room < LEAST;
  const indent = ' '.repeat(
    below
      ? numberWidths[0]! + GAP.length
      : sum([...numberWidths, ...columns.values()]) + GAP.length * (3 + columns.size),
  );
  const head = [
    ...['#', 'packets', 'bytes'].map((title, i) => fill(title, numberWidths[i]!, true)),
    ...[...columns].map(([key, width]) => fill(TITLES[key], width)),
  ];
  yield cut(paint(head.join(GAP).trimEnd(), 'dim'), look.width);
  let heading = '';
  for (const [i, cells] of shown.entries()) {
    if (cells.comment !== heading) {
      heading = cells.comment;
      yield heading === '' ? '' : cut(paint(`-- ${heading}`, 'bold'), look.width);
    }
    const lines = wrap(conditionsOf(cells, columns), below ? look.width - indent.length : room);
    if (below) lines.unshift('');
    const counts = numbers[i]!.map((n, k) =>
      paint(fill(n, numberWidths[k]!, true), rows[i]!.packets === 0n ? 'dim' : undefined),
    );
    const words = [...columns].map(([key, width]) =>
      fill(paint(cells[key], key === 'target' ? targetStyle(cells[key]) : undefined), width),
    );
    yield cut([...counts, ...words, lines[0]].join(GAP).trimEnd(), look.width);
    for (const line of lines.slice(1)) if (line !== '') yield indent + line;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);
function widest<T>(title: string, rows: readonly T[], cell: (row: T) => string): number {
  let width = 0;
  for (const row of rows) width = Math.max(width, widthOf(cell(row)));
  return width === 0 ? 0 : Math.max(width, title.length);
}

/** The columns that there is room for, each with its width; and what is left for the conditions. */
function fitted(rows: readonly Cells[], width: number): { columns: Map<Key, number>; room: number } {
  const columns = new Map<Key, number>();
  for (const key of COLUMNS) {
    const width = widest(TITLES[key], rows, (cells) => cells[key]);
    if (width > 0) columns.set(key, width);
  }
  const left = () => width - sum([...columns.values()]) - GAP.length * columns.size;
  for (const [key, wide] of columns) if (wide > LONGEST) columns.delete(key);
  for (const key of Object.keys(WORDS) as Key[]) if (left() < (key === 'target' ? LEAST : ROOM)) columns.delete(key);
  return { columns, room: left() };
}

function conditionsOf(cells: Cells, columns: ReadonlyMap<Key, number>): string {
  const words = (Object.keys(WORDS) as Key[])
    .reverse()
    .filter((key) => !columns.has(key) && cells[key] !== '')
    .map((key) => WORDS[key](cells[key]));
  return [...words, cells.conditions, cells.goal].filter((text) => text !== '').join(' ');
}
