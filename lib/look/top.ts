/** The screen of `iptc top`: which rules or chains it shows, in which order, and what keys do. */
import { amount } from './amount';
import { type Paint, painter, targetStyle } from './list';
import { visible } from './visible';
import type { Reading, WatchedTable } from './watch';
import { cut, fill, widthOf } from './width';

export const ORDERS = ['packets/s', 'bytes/s', 'packets', 'bytes', 'position'] as const;
const SHOWS = ['rules', 'chains', 'sets'] as const;
const FAMILIES = ['both', 'ipv4', 'ipv6'] as const;

export interface TopView {
  readonly order: (typeof ORDERS)[number];
  readonly shows: (typeof SHOWS)[number];
  readonly family: (typeof FAMILIES)[number];
  /** '': all. */
  readonly table: string;
  readonly search: string;
  /** What is being typed; undefined: nothing. */
  readonly typed?: string | undefined;
  /** How many rows are above the screen. */
  readonly above: number;
  readonly paused: boolean;
  readonly help: boolean;
}
export const FIRST_VIEW: TopView = {
  order: 'packets/s',
  shows: 'rules',
  family: 'both',
  table: '',
  search: '',
  above: 0,
  paused: false,
  help: false,
};

export interface TopRow {
  readonly numbers: readonly [packetRate: number, byteRate: number, packets: number, bytes: number];
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** 1-based; undefined: the chain itself. */
  readonly position: number | undefined;
  readonly text: string;
}

const after = <T>(list: readonly T[], value: T): T => list[(list.indexOf(value) + 1) % list.length]!;

/** What a key makes of it; undefined: the end. */
export function pressed(view: TopView, key: string, { tables }: Reading, page: number): TopView | undefined {
  if (view.typed !== undefined) return typing(view, view.typed, key);
  switch (key) {
    case 'q':
    case '\u0003':
      return undefined;
    case 's':
      return { ...view, order: after(ORDERS, view.order), above: 0 };
    case 'c':
      return { ...view, shows: after(SHOWS, view.shows), above: 0 };
    case 'f':
      return { ...view, family: after(FAMILIES, view.family), above: 0 };
    case 't':
      return { ...view, table: after(['', ...new Set(tables.map(({ name }) => name))], view.table), above: 0 };
    case '/':
      return { ...view, typed: view.search };
    case ' ':
      return { ...view, paused: !view.paused };
    case 'h':
    case '?':
      return { ...view, help: !view.help };
    case '\u001b[A':
    case 'k':
      return { ...view, above: Math.max(0, view.above - 1) };
    case '\u001b[B':
    case 'j':
      return { ...view, above: view.above + 1 };
    case '\u001b[5~':
      return { ...view, above: Math.max(0, view.above - page) };
    case '\u001b[6~':
      return { ...view, above: view.above + page };
    case 'g':
    case '\u001b[H':
      return { ...view, above: 0 };
    default:
      return view;
  }
}
function typing(view: TopView, typed: string, key: string): TopView | undefined {
  if (key === '\u0003') return undefined;
  if (key === '\r' || key === '\n') return { ...view, typed: undefined };
  if (key === '\u001b') return { ...view, typed: undefined, search: '', above: 0 };
  if (key === '\u007f' || key === '\b') return searching(view, [...typed].slice(0, -1).join(''));
  return key >= ' ' && !key.startsWith('\u001b') ? searching(view, typed + key) : view;
}
const searching = (view: TopView, text: string): TopView => ({ ...view, typed: text, search: text, above: 0 });

/** The first ones in their order, without sorting all. */
class Best<T> {
  private readonly scores: number[] = [];
  readonly items: T[] = [];

  constructor(private readonly most: number) {}

  add(score: number, item: () => T): void {
    const { scores, items, most } = this;
    if (scores.length === most && !(score > scores[most - 1]!)) return;
    let at = scores.length;
    while (at > 0 && score > scores[at - 1]!) at--;
    scores.splice(at, 0, score);
    items.splice(at, 0, item());
    if (scores.length > most) {
      scores.pop();
      items.pop();
    }
  }
}

/** The rows of a screen, and how many there are in all. */
export function topRows(
  { tables }: Reading,
  { order, shows, family, table, search, above }: TopView,
  rows: number,
): { readonly rows: TopRow[]; readonly all: number } {
  const best = new Best<() => TopRow>(above + rows);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  let all = 0;
  for (const watched of tables) {
    if ((family !== 'both' && watched.family !== family) || (table !== '' && watched.name !== table)) continue;
    const { length, score, row, text } = shows === 'chains' ? chainsOf(watched) : rulesOf(watched);
    const column = ORDERS.indexOf(order);
    const place = `${watched.family} ${watched.name} `;
    for (let i = 0; i < length; i++) {
      if (words.length > 0) {
        const where = `${place}${text(i)}`.toLowerCase();
        if (!words.every((word) => where.includes(word))) continue;
      }
      all++;
      best.add(column < 4 ? score(i, column) : -all, () => () => row(i));
    }
  }
  return { rows: best.items.slice(above).map((row) => row()), all };
}

interface Rows {
  readonly length: number;
  readonly score: (i: number, column: number) => number;
  readonly row: (i: number) => TopRow;
  /** What is searched. */
  readonly text: (i: number) => string;
}

function rulesOf({ family, name: table, counting }: WatchedTable): Rows {
  const { rules, state, firsts } = counting;
  const columns = [rules.packetRate, rules.byteRate, rules.packets, rules.bytes] as const;
  const chain = (i: number) => state.chains[counting.chainOf(i)]!.name;
  return {
    length: rules.length,
    score: (i, column) => columns[column]![i]!,
    text: (i) => `${chain(i)} ${counting.allTexts()[i]}`,
    row: (i) => ({
      numbers: columns.map((column) => column[i]) as unknown as TopRow['numbers'],
      family,
      table,
      chain: chain(i),
      position: i - firsts[counting.chainOf(i)]! + 1,
      text: counting.text(i),
    }),
  };
}

/** What a chain's rules and its policy count together. */
function chainsOf({ family, name: table, counting }: WatchedTable): Rows {
  const { rules, policies, state, firsts } = counting;
  const parts = ['packetRate', 'byteRate', 'packets', 'bytes'] as const;
  const sum = (i: number, column: number) => {
    const part = parts[column]!;
    let total = policies[part][i]!;
    for (let rule = firsts[i]!, end = rule + state.chains[i]!.length; rule < end; rule++) total += rules[part][rule]!;
    return total;
  };
  return {
    length: state.chains.length,
    score: sum,
    text: (i) => state.chains[i]!.name,
    row: (i) => {
      const { name, policy, length } = state.chains[i]!;
      const numbers = [0, 1, 2, 3].map((column) => sum(i, column)) as unknown as TopRow['numbers'];
      const text = `${length === 1 ? '1 rule' : `${length} rules`}${policy === undefined ? '' : `, policy ${policy}`}`;
      return { numbers, family, table, chain: name, position: undefined, text };
    },
  };
}

function ruleLines(rows: readonly TopRow[], paint: Paint): string[] {
  const places = rows.map(
    ({ family, table, chain, position }) =>
      `${family === 'ipv6' ? '6 ' : '  '}${table} ${visible(chain)}${position === undefined ? '' : ` ${position}`}`,
  );
  const widest = places.reduce((most, place) => Math.max(most, widthOf(place)), 0);
  return rows.map(({ numbers, text }, i) => {
    const counts = numbers.map((n) =>
      paint(fill(n === 0 ? '-' : amount(n), NUMBER, true), n === 0 ? 'dim' : undefined),
    );
    const shown = visible(text).replace(/(?<=-[jg] )\S+/, (target) => paint(target, targetStyle(target)));
    return `${counts.join('')}  ${paint(fill(places[i]!, widest), 'bold')}  ${shown}`;
  });
}

/** Lines above and below the rows. */
const AROUND = 4;
export const rowsOf = (lines: number): number => Math.max(1, lines - AROUND);
const NUMBER = 10;
const HELP = [
  's        sort by packets/s, bytes/s, packets, bytes, position',
  'c        rules, chains, sets',
  'f        both families, IPv4, IPv6',
  't        one table after the other, or all',
  '/        search: words of rules and names of chains; Enter keeps, Escape ends it',
  'arrows   up and down; Page Up and Page Down by screens; g to the first',
  'space    pause',
  'h        this help',
  'q        quit',
];

export function topScreen(
  reading: Reading,
  view: TopView,
  { columns, lines, colour, time }: { columns: number; lines: number; colour: boolean; time: string },
): string[] {
  const paint = painter(colour);
  const { tables, sets, connections } = reading;
  const room = rowsOf(lines);
  const rules = tables.reduce((sum, { counting }) => sum + counting.rules.length, 0);
  const of = (number: number | undefined, one: string) =>
    number === undefined ? `no ${one}s to be had` : `${number} ${number === 1 ? one : `${one}s`}`;
  const { rows, all } = view.shows === 'sets' ? { rows: [], all: sets?.length ?? 0 } : topRows(reading, view, room);
  const about = `${of(tables.length, 'table')}, ${of(rules, 'rule')}, ${of(sets?.length, 'set')}, ${of(connections, 'connection')}`;
  const asked = [
    `sort ${view.order}`,
    `family ${view.family}`,
    `table ${view.table || 'all'}`,
    view.typed !== undefined
      ? `search ${visible(view.typed)}_`
      : view.search !== ''
        ? `search ${visible(view.search)}`
        : '',
  ];
  const body = view.help
    ? HELP
    : view.shows === 'sets'
      ? (sets ?? [])
          .slice(view.above, view.above + room)
          .map(
            ({ name, type, elements }) =>
              `${fill(amount(elements), NUMBER, true)}  ${fill(visible(name), 32)}  ${type}`,
          )
      : ruleLines(rows, paint);
  const titles =
    view.shows === 'sets'
      ? `${fill('elements', NUMBER, true)}  ${fill('set', 32)}  type`
      : `${ORDERS.slice(0, 4)
          .map((title) => fill(title === view.order ? `>${title}` : title, NUMBER, true))
          .join('')}    ${view.shows}`;
  const shown =
    all === 0 ? 'nothing' : `${Math.min(view.above + 1, all)}-${Math.min(view.above + room, all)} of ${all}`;
  const frame = [
    `${paint(`iptc top  ${time}${view.paused ? '  PAUSED' : ''}`, 'bold')}  ${about}`,
    asked.filter(Boolean).join(', '),
    paint(titles, 'dim'),
    ...body.slice(0, room),
  ];
  while (frame.length < lines - 1) frame.push('');
  frame.push(
    paint(`${shown}   h help  s sort  c ${after(SHOWS, view.shows)}  f family  t table  / search  q quit`, 'dim'),
  );
  return frame.slice(0, lines).map((line) => cut(line, columns));
}
