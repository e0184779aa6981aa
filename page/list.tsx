/** The rules: only those in sight are in the document, in rows of one height. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { amount } from '../lib/look/amount';
import type { PageFinding, PageTable } from '../lib/look/page-data';
import { visible } from '../lib/look/visible';
import type { Line } from './model';

interface Given {
  readonly table: PageTable;
  readonly lines: readonly Line[];
  readonly chosen: number;
  /** How many packets a second each has counted, where that is known. */
  readonly rates: ReadonlyMap<number, number>;
  readonly marks: ReadonlyMap<number, string>;
  /** What is wrong, by rules, and by chains' names. */
  readonly findings: ReadonlyMap<number | string, readonly PageFinding[]>;
  readonly choose: (rule: number) => void;
}

/** The first thing that is found, where one sees the rule. */
function Wrong({ of = [] }: { readonly of?: readonly PageFinding[] | undefined }) {
  const [first] = of;
  if (!first) return null;
  const text = visible(of.map(({ level, reason }) => `${level}: ${reason}`).join('; '));
  return (
    <em class={`mark ${first.level}`} title={text}>
      {' '}
      {text}{' '}
    </em>
  );
}

const NARROW = matchMedia('(max-width:640px)');
const AROUND = 6;
const VERDICTS = new Set(['ACCEPT', 'DROP', 'REJECT', 'RETURN']);

export function Rules({ table, lines, chosen, rates, marks, findings, choose }: Given) {
  const box = useRef<HTMLDivElement>(null);
  const [narrow, setNarrow] = useState(NARROW.matches);
  const [from, setFrom] = useState(0);
  const [room, setRoom] = useState(40);
  const [active, setActive] = useState(0);
  const height = narrow ? 48 : 26;
  const firsts = useMemo(() => {
    const firsts: number[] = [];
    table.rules.forEach(([chain], i) => {
      firsts[chain] ??= i;
    });
    return firsts;
  }, [table.rules.length, table.name, table.family]);

  useEffect(() => {
    const change = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', change);
    return () => NARROW.removeEventListener('change', change);
  }, []);
  useEffect(() => {
    const observer = new ResizeObserver(() => setRoom(Math.ceil(box.current!.clientHeight / height) + 2 * AROUND));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [height]);
  // A rule that the address names comes into sight; otherwise what is asked begins at its first.
  const wanted = lines.findIndex((line) => 'rule' in line && line.rule === chosen);
  useEffect(() => {
    show(Math.max(0, wanted));
    setActive(Math.max(0, wanted));
  }, [lines.length, table.name, table.family, chosen]);

  const show = (i: number) => {
    const { current } = box;
    if (!current) return;
    const [top, bottom] = [i * height, (i + 1) * height];
    if (top < current.scrollTop) current.scrollTop = top;
    else if (bottom > current.scrollTop + current.clientHeight) current.scrollTop = bottom - current.clientHeight;
  };
  const move = (to: number) => {
    const i = Math.max(0, Math.min(lines.length - 1, to));
    setActive(i);
    show(i);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? height) / height) - 1);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: lines.length - 1,
    }[event.key];
    const line = lines[active];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' && line && 'rule' in line) choose(line.rule);
    else return;
    event.preventDefault();
  };
  const cells = (line: Line) => {
    if ('chain' in line) {
      const [name, policy, packets] = table.chains[line.chain]!;
      return (
        <span role="gridcell" class="heading">
          <b>{visible(name)}</b>
          {policy !== null && ` policy ${policy}, ${amount(packets)} packets`}
          <Wrong of={findings.get(name)} />
        </span>
      );
    }
    const [chain, text, target, jump, packets, bytes] = table.rules[line.rule]!;
    const shown = visible(text);
    const goal = shown.search(/-[jg] \S+(?!.*-[jg] )/);
    const rate = rates.get(line.rule);
    return (
      <>
        <span role="gridcell" class="number">
          {line.rule - firsts[chain]! + 1}
        </span>
        <b role="gridcell" class={`target ${jump >= 0 ? 'jump' : VERDICTS.has(target) ? target : 'other'}`}>
          {visible(target)}
        </b>
        <span role="gridcell" class="count" title={`${packets} packets, ${bytes} bytes`}>
          {amount(packets)}
          {rate !== undefined && rate > 0 && <i> +{amount(rate)}/s</i>}
        </span>
        <span role="gridcell" class="text" title={shown}>
          <Wrong of={findings.get(line.rule)} />
          {marks.has(line.rule) && <em class="mark">{marks.get(line.rule)}</em>}
          {goal > 0 ? shown.slice(0, goal) : goal === 0 ? shown.replace(/^-[jg] \S+ ?/, '') || 'every packet' : shown}
          {goal > 0 && <span class="options">{shown.slice(goal).replace(/^-[jg] \S+/, '')}</span>}
        </span>
      </>
    );
  };
  const begin = Math.max(0, Math.min(from, lines.length - 1));
  return (
    <div
      class="rules"
      ref={box}
      role="grid"
      tabIndex={0}
      aria-label={`Rules of table ${table.name}`}
      aria-rowcount={lines.length}
      aria-activedescendant={lines.length > 0 ? `line-${active}` : undefined}
      onScroll={() => setFrom(Math.max(0, Math.floor(box.current!.scrollTop / height) - AROUND))}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="all" style={{ height: `${lines.length * height}px` }}>
        {lines.slice(begin, begin + room).map((line, k) => {
          const i = begin + k;
          const isChosen = 'rule' in line && line.rule === chosen;
          const kind = [
            'row',
            'chain' in line ? 'chain' : '',
            i === active ? 'active' : '',
            'rule' in line && marks.has(line.rule) ? 'lit' : '',
          ];
          return (
            <div
              key={i}
              id={`line-${i}`}
              class={kind.filter(Boolean).join(' ')}
              role="row"
              aria-rowindex={i + 1}
              aria-selected={isChosen}
              style={{ top: `${i * height}px`, height: `${height}px` }}
              onClick={() => {
                setActive(i);
                if ('rule' in line) choose(line.rule);
              }}
            >
              {cells(line)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
