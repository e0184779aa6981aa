/** The page of `iptc view`. */
import { render } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData, PageFate, PageFinding, PageMore } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import { Detail } from './detail';
import { Findings } from './findings';
import { Rules } from './list';
import { counted, counters, isLive, load, more as loadMore } from './live';
import { ChainMap } from './map';
import { hashOf, linesOf, NO_SETS, type Place, placeOf, prepare, spansOf, tableKey } from './model';
import { PacketForm } from './packet';
import { Plan } from './plan';
import { Trace } from './trace';

const EVERY = 1000;
const NO_RATES: ReadonlyMap<number, number> = new Map();
/** Counters' rounds after which findings, sets and plans are asked for again, though no rule has changed. */
const ANEW = 30;
const PANELS = { findings: 'Findings', plan: 'Plan', packet: 'Packet', trace: 'Trace' } as const;
type Panel = keyof typeof PANELS;

function App({ first }: { readonly first: PageData }) {
  const [data, setData] = useState(first);
  const [place, setPlace] = useState(() => placeOf(location.hash, first));
  const [rates, setRates] = useState<ReadonlyMap<string, ReadonlyMap<number, number>>>(new Map());
  const [trouble, setTrouble] = useState('');
  const [mapped, setMapped] = useState(true);
  const [panel, setPanel] = useState<Panel>();
  const [fate, setFate] = useState<PageFate>();
  const [more, setMore] = useState<PageMore | undefined>(first.more);
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
    let round = 0;
    const askMore = () => void loadMore().then(setMore, (error: Error) => setTrouble(`No findings: ${error.message}`));
    askMore();
    const tick = async () => {
      try {
        const read = await counters();
        const now = performance.now();
        if (version !== '' && read.version !== version) {
          setData(await load());
          askMore();
        } else {
          const old = shown.current;
          const next = counted(old, read);
          setRates(ratesOf(old, next, (now - before) / 1000));
          setData(next);
          if (++round % ANEW === 0) askMore();
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

  const sets = useMemo(() => (more ? spansOf(more) : NO_SETS), [more]);
  const table = data.tables.find((each) => tableKey(each) === place.table);
  const asked = useMemo(
    () => (table ? linesOf(data, table, place, sets) : { lines: [], rules: 0 }),
    [data.words, place.table, place.chain, place.query, sets],
  );
  const wrong = useMemo(() => wrongIn(more, place.table), [more, place.table]);
  const [lit, marks] = useMemo(
    () => (table ? litBy(fate, table) : [new Set<string>(), new Map<number, string>()]),
    [fate, place.table],
  );
  if (!table) return <p class="hint">There are no tables here.</p>;
  const panels = (Object.keys(PANELS) as Panel[]).filter(
    (name) =>
      ({ findings: more !== undefined, plan: more?.plan !== undefined, packet: isLive, trace: data.traces === true })[
        name
      ],
  );
  const goTo = ({ table: to, chain, rule }: PageFinding) =>
    go({ table: to, query: '', rule, chain: rule >= 0 ? '' : chain });
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
        {panels.map((name) => (
          <button
            type="button"
            key={name}
            aria-pressed={panel === name}
            onClick={() => setPanel(panel === name ? undefined : name)}
          >
            {PANELS[name]}
            {name === 'findings' && more ? ` ${more.findings.length}` : ''}
          </button>
        ))}
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
        {panel === 'packet' && <PacketForm family={table.family} told={setFate} />}
        {panel === 'trace' && <Trace family={table.family} chosen={fate} told={setFate} />}
        {panel === 'plan' && more?.plan && <Plan plan={more.plan} />}
        {panel === 'findings' && more && <Findings more={more} go={goTo} />}
        {mapped && <ChainMap table={table} chain={place.chain} lit={lit} choose={(chain) => go({ chain, rule: -1 })} />}
        <Rules
          table={table}
          lines={asked.lines}
          chosen={rule}
          rates={rates.get(tableKey(table)) ?? NO_RATES}
          marks={marks}
          findings={wrong}
          choose={(chosen) => go({ rule: chosen })}
        />
        {rule >= 0 && (
          <Detail
            data={data}
            table={table}
            rule={rule}
            findings={wrong.get(rule) ?? []}
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

/** What is wrong in a table: by rules' numbers, and by names where it is about chains. */
function wrongIn(more: PageMore | undefined, table: string): Map<number | string, PageFinding[]> {
  const wrong = new Map<number | string, PageFinding[]>();
  for (const finding of more?.findings ?? []) {
    if (finding.table !== table) continue;
    const key = finding.rule >= 0 ? finding.rule : finding.chain;
    wrong.set(key, [...(wrong.get(key) ?? []), finding]);
  }
  return wrong;
}

function litBy(fate: PageFate | undefined, table: PageData['tables'][number]): [Set<string>, Map<number, string>] {
  const [chains, rules] = [new Set<string>(), new Map<number, string>()];
  for (const step of fate?.rules ?? []) {
    if (step.table !== table.name || fate!.family !== table.family) continue;
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
