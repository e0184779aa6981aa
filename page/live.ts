/** Where the data comes from: it is in the page, or the program that serves the page is asked, once a second. */
import type { PageCounters, PageData, PageFate, PageMore, PageTable } from '../lib/look/page-data';

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

export const packet = (asked: unknown): Promise<PageFate> => ask<PageFate>('packet', asked);
export const more = (): Promise<PageMore> => ask<PageMore>('more');

/** Tells of live packets until the signal ends it. */
export async function trace(asked: unknown, told: (fate: PageFate) => void, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${bearer}` };
  const response = await fetch('trace', { headers, method: 'POST', body: JSON.stringify(asked), signal });
  if (!response.ok || !response.body) throw new Error(await response.text());
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (text + decoder.decode(value, { stream: true })).split('\n');
    text = lines.pop()!;
    for (const line of lines) {
      const fate = JSON.parse(line) as PageFate & { readonly error?: string };
      if (fate.error !== undefined) throw new Error(fate.error);
      told(fate);
    }
  }
}

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
