/** Where the data comes from: it is in the page, or the program that serves the page is asked, once a second. */
import type { PageCounters, PageData, PageTable } from '../lib/look/page-data';

const KEPT = 'iptc-token';

/** The token is taken out of the address, so that links don't hand it on; a page that is loaded again still has it. */
function token(): string | undefined {
  const given = new URLSearchParams(location.hash.replace(/^#/, '')).get('token');
  if (given !== null) {
    history.replaceState(null, '', location.pathname);
    sessionStorage.setItem(KEPT, given);
  }
  return given ?? sessionStorage.getItem(KEPT) ?? undefined;
}

const embedded = document.getElementById('data')?.textContent;
export const isLive = embedded === undefined || embedded === null;
const bearer = isLive ? token() : undefined;

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const headers = { authorization: `Bearer ${bearer}` };
  const response = await fetch(
    path,
    body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) },
  );
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}

export const load = async (): Promise<PageData> =>
  isLive ? ask<PageData>('data') : (JSON.parse(embedded!) as PageData);
export const counters = (): Promise<PageCounters> => ask<PageCounters>('counters');

/** The path of a packet: rules by table, chain and number, and what became of it. */
export interface Fate {
  readonly verdict: string;
  readonly rules: readonly { readonly table: string; readonly rule: number; readonly matched: boolean | null }[];
  readonly notes: readonly string[];
}
export const packet = (asked: unknown): Promise<Fate> => ask<Fate>('packet', asked);

/** The same tables with what they count now. */
export function counted(data: PageData, { tables }: PageCounters): PageData {
  return {
    ...data,
    tables: data.tables.map((table, t): PageTable => {
      const [policies, rules] = tables[t]!;
      let changed = false;
      const next = table.rules.map((rule, i) => {
        const [packets, bytes] = [rules[2 * i]!, rules[2 * i + 1]!];
        if (packets === rule[4] && bytes === rule[5]) return rule;
        changed = true;
        const [chain, text, target, jump, , , explained] = rule;
        return [chain, text, target, jump, packets, bytes, explained] as const;
      });
      const chains = table.chains.map((chain, i) => {
        const [packets, bytes] = [policies[2 * i]!, policies[2 * i + 1]!];
        if (packets === chain[2] && bytes === chain[3]) return chain;
        changed = true;
        return [chain[0], chain[1], packets, bytes] as const;
      });
      return changed ? { ...table, rules: next, chains } : table;
    }),
  };
}
