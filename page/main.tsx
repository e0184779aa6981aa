/** The page of `iptc view`. */
import { render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import { Detail } from './detail';
import { Rules } from './list';
import { counted, counters, type Fate, isLive, load } from './live';
import { ChainMap } from './map';
import { hashOf, linesOf, type Place, placeOf, prepare, tableKey } from './model';
import { PacketForm } from './packet';

const EVERY = 1000;
const NO_RATES: ReadonlyMap<number, number> = new Map();

function App({ first }: { readonly first: PageData }) {
  const [data, setData] = useState(first);
  const [place, setPlace] = useState(() => placeOf(location.hash, first));
  const [rates, setRates] = useState<ReadonlyMap<string, ReadonlyMap<number, number>>>(new Map());
  const [trouble, setTrouble] = useState('');
  const [mapped, setMapped] = useState(true);
  const [asking, setAsking] = useState(false);
  const [fate, setFate] = useState<Fate>();
  const search = useRef<HTMLInputElement>(null);
  const shown = useRef(data);
  shown.current = data;

  const go = useCallback((change: Partial<Place>) => {
    setPlace((now) => {
      const next = { ...now, ...change };
      history.replaceState(null, '', hashOf(next));
      return next;
    });
  }, []);
  useEffect(() => {
    const onHash = () => setPlace(placeOf(location.hash, shown.current));
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement;
      if (event.key === '/' && !typing) {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === 'Escape') go({ rule: -1 });
    };
    addEventListener('hashchange', onHash);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('hashchange', onHash);
      removeEventListener('keydown', onKey);
    };
  }, []);
  useEffect(() => prepare(data), [data.words]);
  useEffect(() => {
    if (!isLive) return;
    let version = '';
    let before = performance.now();
    let timer = 0;
    const tick = async () => {
      try {
        const read = await counters();
        const now = performance.now();
        if (version !== '' && read.version !== version) setData(await load());
        else {
          const old = shown.current;
          const next = counted(old, read);
          setRates(ratesOf(old, next, (now - before) / 1000));
          setData(next);
        }
        version = read.version;
        before = now;
        setTrouble('');
      } catch (error) {
        setTrouble(`No counters: ${(error as Error).message}`);
      }
      timer = window.setTimeout(tick, EVERY);
    };
    timer = window.setTimeout(tick, EVERY);
    return () => clearTimeout(timer);
  }, []);

  const table = data.tables.find((each) => tableKey(each) === place.table);
  const asked = useMemo(
    () => (table ? linesOf(data, table, place) : { lines: [], rules: 0 }),
    [data.words, place.table, place.chain, place.query],
  );
  const [lit, marks] = useMemo(
    () => (table ? litBy(fate, table) : [new Set<string>(), new Map<number, string>()]),
    [fate, place.table],
  );
  if (!table) return <p class="hint">There are no tables here.</p>;
  const rule = place.rule >= 0 && place.rule < table.rules.length ? place.rule : -1;
  return (
    <>
      <header>
        <h1>{visible(data.title)}</h1>
        <nav aria-label="Tables">
          {data.tables.map((each) => (
            <button
              type="button"
              key={tableKey(each)}
              aria-pressed={each === table}
              onClick={() => go({ table: tableKey(each), chain: '', rule: -1 })}
            >
              {each.name}
              {each.family === 'ipv6' ? ' 6' : ''}
            </button>
          ))}
        </nav>
        <input
          ref={search}
          type="search"
          aria-label="Search: words, an address, or a port as :443"
          placeholder="words, 10.0.0.5, :443"
          value={place.query}
          onInput={(event) => go({ query: event.currentTarget.value, rule: -1 })}
        />
        <button type="button" aria-pressed={mapped} onClick={() => setMapped(!mapped)}>
          Map
        </button>
        {isLive && (
          <button type="button" aria-pressed={asking} onClick={() => setAsking(!asking)}>
            Packet
          </button>
        )}
        <span role="status" class="status">
          {trouble || `${asked.rules} of ${table.rules.length} rules`}
        </span>
        {place.chain !== '' && (
          <button type="button" class="chosen" onClick={() => go({ chain: '' })}>
            {visible(place.chain)} ×
          </button>
        )}
      </header>
      <main class={rule >= 0 ? 'with-detail' : ''}>
        {asking && <PacketForm family={table.family} told={setFate} />}
        {mapped && <ChainMap table={table} chain={place.chain} lit={lit} choose={(chain) => go({ chain, rule: -1 })} />}
        <Rules
          table={table}
          lines={asked.lines}
          chosen={rule}
          rates={rates.get(tableKey(table)) ?? NO_RATES}
          marks={marks}
          choose={(chosen) => go({ rule: chosen })}
        />
        {rule >= 0 && (
          <Detail
            data={data}
            table={table}
            rule={rule}
            close={() => go({ rule: -1 })}
            choose={(chain) => go({ chain, query: '', rule: -1 })}
          />
        )}
      </main>
    </>
  );
}

function ratesOf(old: PageData, next: PageData, seconds: number): Map<string, Map<number, number>> {
  const rates = new Map<string, Map<number, number>>();
  next.tables.forEach((table, t) => {
    const before = old.tables[t]!;
    const of = new Map<number, number>();
    if (table !== before)
      table.rules.forEach((rule, i) => {
        const more = rule[4] - before.rules[i]![4];
        if (more > 0) of.set(i, more / seconds);
      });
    rates.set(tableKey(table), of);
  });
  return rates;
}

function litBy(fate: Fate | undefined, table: PageData['tables'][number]): [Set<string>, Map<number, string>] {
  const [chains, rules] = [new Set<string>(), new Map<number, string>()];
  for (const step of fate?.rules ?? []) {
    if (step.table !== table.name) continue;
    const rule = table.rules[step.rule];
    if (!rule) continue;
    chains.add(table.chains[rule[0]]![0]);
    if (step.matched !== false) rules.set(step.rule, step.matched === true ? 'matches ' : 'may match ');
    if (step.matched !== false && rule[3] >= 0) chains.add(table.chains[rule[3]]![0]);
  }
  return [chains, rules];
}

const app = document.getElementById('app')!;
load().then(
  (data) => {
    document.title = visible(data.title);
    render(<App first={data} />, app);
  },
  (error: Error) => {
    app.textContent = error.message;
  },
);
