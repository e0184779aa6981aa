/** What the page knows: the tables, what is asked of them, and where one is. */
import { type Concerns, concernsOf, holdersOf, isMeant, queryOf, type SetSpans, spanOf } from '../lib/look/concerns';
import type { PageData, PageMore, PageTable } from '../lib/look/page-data';

/** Where one is, as the address says it behind the #. */
export interface Place {
  /** `ipv4 filter` */
  readonly table: string;
  /** Chains of that name, or whose names begin so: `KUBE-SVC-*`; '' all. */
  readonly chain: string;
  /** The number of a rule among its table's; -1: none. */
  readonly rule: number;
  readonly query: string;
}
export const tableKey = ({ family, name }: PageTable): string => `${family} ${name}`;

export function placeOf(hash: string, { tables }: PageData): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const wanted = given.get('table') ?? '';
  const used = tables.filter(({ rules }) => rules.length > 0);
  const table =
    tables.find((each) => tableKey(each) === wanted) ??
    used.find(({ name }) => name === 'filter') ??
    used[0] ??
    tables[0];
  const rule = Number(given.get('rule') ?? 'x');
  return {
    table: table ? tableKey(table) : '',
    chain: given.get('chain') ?? '',
    rule: Number.isInteger(rule) && rule >= 1 && rule <= (table?.rules.length ?? 0) ? rule - 1 : -1,
    query: given.get('q') ?? '',
  };
}
export function hashOf({ table, chain, rule, query }: Place): string {
  const told = new URLSearchParams({ table });
  if (chain !== '') told.set('chain', chain);
  if (rule >= 0) told.set('rule', String(rule + 1));
  if (query !== '') told.set('q', query);
  return `#${told}`;
}

export const isIn = (chain: string, name: string): boolean =>
  chain === '' || (chain.endsWith('*') ? name.startsWith(chain.slice(0, -1)) : name === chain);

/** A line of the list: a chain's heading, or a rule by its number. */
export type Line = { readonly chain: number } | { readonly rule: number };

/** What is searched: counters change every second, rules don't. */
interface Index {
  readonly texts: readonly string[];
  readonly concerns: (Concerns | undefined)[];
}
const indexes = new WeakMap<object, Map<string, Index>>();

function indexOf({ words }: PageData, table: PageTable): Index {
  let tables = indexes.get(words);
  if (!tables) {
    tables = new Map();
    indexes.set(words, tables);
  }
  let index = tables.get(tableKey(table));
  if (!index) {
    const texts = table.rules.map(([of, text]) => `${table.chains[of]![0]} ${text}`.toLowerCase());
    index = { texts, concerns: [] };
    tables.set(tableKey(table), index);
  }
  return index;
}

export const NO_SETS: SetSpans = new Map();
/** Sets as they are searched. */
export const spansOf = ({ sets }: PageMore): SetSpans =>
  new Map(sets.map(([name, addresses]) => [name, addresses.flatMap((word) => spanOf(word) ?? [])]));

export function linesOf(
  data: PageData,
  table: PageTable,
  { chain, query }: Place,
  sets: SetSpans = NO_SETS,
): { lines: Line[]; rules: number } {
  const asked = queryOf(query);
  const holders = holdersOf(asked, sets);
  const { texts, concerns } = indexOf(data, table);
  const lines: Line[] = [];
  const all = query.trim() === '';
  const named = (i: number): Concerns => {
    concerns[i] ??= concernsOf(table.rules[i]![1]);
    return concerns[i]!;
  };
  let rules = 0;
  let i = 0;
  table.chains.forEach(([name], of) => {
    const wanted = isIn(chain, name);
    let headed = false;
    const head = () => {
      if (!headed) lines.push({ chain: of });
      headed = true;
    };
    if (wanted && all) head();
    for (; table.rules[i]?.[0] === of; i++) {
      const at = i;
      if (!wanted || (!all && !isMeant(asked, texts[at]!, () => named(at), holders))) continue;
      head();
      lines.push({ rule: at });
      rules++;
    }
  });
  return { lines, rules };
}

/** Milliseconds of a step. */
const STEP = 8;
/** What addresses and ports are looked for in, made while nobody waits for it. */
export function prepare(data: PageData): void {
  const all = data.tables.flatMap((table) =>
    table.rules.map(([, text], i) => ({ index: indexOf(data, table), text, i })),
  );
  let next = 0;
  const step = () => {
    for (const end = performance.now() + STEP; next < all.length && performance.now() < end; next++) {
      const { index, text, i } = all[next]!;
      index.concerns[i] ??= concernsOf(text);
    }
    if (next < all.length) setTimeout(step);
  };
  setTimeout(step);
}
