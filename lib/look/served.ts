/** Tables while one looks at them: rules, counters, findings, and on demand the ways of packets. */
import type { Family, Firewall, TableState } from '../index';
import type { Tally } from './counting';
import { seenState } from './model';
import { type PageFiles, pageData } from './page';
import type { PageCounters, PageMore } from './page-data';
import { serve, Unanswerable } from './server';
import { setAddresses } from './set-addresses';
import { type Reading, Watch } from './watch';

export interface Shown {
  readonly title: string;
  readonly files: PageFiles;
  readonly firewalls: readonly Firewall<Family>[];
  readonly namespace: string | undefined;
  readonly loaded: (firewall: Firewall<Family>) => readonly string[];
  /** What rules alone say. */
  readonly more: () => Promise<Omit<PageMore, 'sets'>>;
  readonly traces: boolean;
}
/** Packets of a trace at most: a page that is forgotten isn't to count for ever. */
const MOST = 10_000;

/** Until a signal ends it. */
export async function served(
  { title, files, firewalls, namespace, loaded, more, traces }: Shown,
  say: (text: string) => void,
): Promise<void> {
  const watch = await Watch.open(firewalls, namespace, loaded);
  // Requests that come together are answered by one reading.
  let under: Promise<Reading> | undefined;
  const read = () => {
    under ??= watch.read().finally(() => {
      under = undefined;
    });
    return under;
  };
  const states = ({ tables }: Reading): TableState<Family>[] => tables.map(({ counting }) => counting.state);
  // Findings take seconds where there are many rules, and stay while these do.
  let known: { readonly version: string; readonly more: Omit<PageMore, 'sets'> } | undefined;
  let tracing: { readonly ending: AbortController; readonly over: Promise<void> } | undefined;
  await read(); // who mayn't look is told at once
  const page = await serve(title, files, {
    data: async () => {
      await read();
      // Those that the counters tell of are old; read again, they are of one moment.
      const now: TableState<Family>[] = [];
      for (const firewall of firewalls)
        for (const name of loaded(firewall)) now.push(await firewall.table(name as 'filter').state());
      return pageData(title, new Date(), now.map(seenState), traces ? { traces } : {});
    },
    counters: async () => countersOf(await read()),
    more: async () => {
      const { version } = countersOf(await read());
      if (known?.version !== version) known = { version, more: await more() };
      return { ...known.more, sets: await setAddresses(namespace) };
    },
    packet: async (asked) => {
      const { follow } = require('./follow') as typeof import('./follow');
      return follow(states(await read()), asked);
    },
    trace: traces
      ? async (asked, tell, signal) => {
          const { family, filter } = (asked ?? {}) as { family?: unknown; filter?: unknown };
          const firewall = firewalls.find((each) => each.family === family);
          if (!firewall || typeof filter !== 'string' || filter.trim() === '')
            throw new Unanswerable('Expected an address, a port, or the conditions of a rule.');
          if (tracing) throw new Unanswerable('Another page is tracing: end that first.');
          const ending = new AbortController();
          const over = (async () => {
            const { trace } = require('../analysis') as typeof import('../analysis');
            const { traced } = require('./follow') as typeof import('./follow');
            const wanted = filter.trim();
            const port = /^\d{1,5}$/.test(wanted) ? { port: Number(wanted) } : wanted;
            for await (const packet of trace(firewall, port, { signal: ending.signal, count: MOST }))
              tell(traced(states(await read()), firewall.family, packet));
          })();
          tracing = { ending, over };
          signal.addEventListener('abort', () => ending.abort());
          await over.finally(() => {
            tracing = undefined;
          });
        }
      : undefined,
  });
  const hint = traces ? ' It may trace packets, for which it puts rules into the table raw.' : '';
  say(`${page.url}\nFor this machine alone, until Ctrl-C.${hint}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  // Its rules go before this program does.
  tracing?.ending.abort();
  await tracing?.over.catch(() => {}); // the page has heard of it
  await page.close();
  await watch.close();
}

function countersOf({ tables }: Reading): PageCounters {
  const pairs = ({ packets, bytes, length }: Tally): number[] => {
    const list: number[] = [];
    for (let i = 0; i < length; i++) list.push(packets[i]!, bytes[i]!);
    return list;
  };
  return {
    version: tables.map(({ family, name, counting }) => `${family} ${name} ${counting.version}`).join(),
    tables: tables.map(({ counting }) => [pairs(counting.policies), pairs(counting.rules)]),
  };
}
