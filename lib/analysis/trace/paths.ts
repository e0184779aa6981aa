/** The steps that the kernel tells, put together to the ways of packets. */
import type { Rule } from '../../rule/rule';
import type { Step } from '../compile';
import type { Packet } from '../packet';
import type { ReadRuleset } from '../ruleset';
import type { NumberedEvent, TraceEvent } from './event';
import { readHeaders } from './header';

/** What the kernel has told of one packet. */
export interface Seen {
  readonly verdict: string;
  readonly path: readonly SeenStep[];
  /** What it was when the first rule looked at it. */
  readonly packet: Packet;
}
export interface SeenStep extends Step {
  /** What it was when it came to the table, where that is told. */
  readonly packet?: Packet;
}

/** In the order in which a packet comes to them. */
const HOOKS: Readonly<Record<string, number>> = { PREROUTING: 0, OUTPUT: 0, INPUT: 1, FORWARD: 1, POSTROUTING: 2 };
const FIRST = 'raw';

interface Way {
  readonly steps: SeenStep[];
  rank: number;
  table: string;
  events: TraceEvent[];
  last: number;
  verdict: string | undefined;
  /** Whether it is of the trace that is asked for. */
  asked: boolean;
}

export class Paths {
  private readonly ways = new Map<string, Way>();
  private readonly over: Way[] = [];

  constructor(
    private readonly rules: ReadRuleset,
    private readonly names: ReadonlyMap<number, string>,
    /** How many rules of ours stand first in a chain: they aren't told, nor counted. */
    private readonly ours: (table: string, chain: string) => number,
    private readonly clock: () => number,
    /** The trace whose packets these are; of all, if the kernel tells one trace alone. */
    private readonly only?: string,
  ) {}

  add(event: NumberedEvent): void {
    const rank = HOOKS[event.chain];
    let way = this.ways.get(event.key);
    if (way && rank !== undefined && this.begins(way, rank, event)) {
      this.over.push(way);
      way = undefined;
    }
    if (!way) {
      way = { steps: [], rank: rank ?? 0, table: event.table, events: [], last: 0, verdict: undefined, asked: false };
      this.ways.set(event.key, way);
    }
    way.rank = rank ?? way.rank;
    way.table = event.table;
    way.last = this.clock();
    way.events.push(event);
    way.asked ||= this.only === undefined || event.traced === this.only;
    const step = this.step(event);
    if (!step) return;
    way.steps.push(step);
    way.verdict = this.verdictOf(step);
  }

  /** The same bytes again: it has come back over lo, or has been sent once more. */
  private begins(way: Way, rank: number, { table }: TraceEvent): boolean {
    if (rank < way.rank) return true;
    const last = way.steps[way.steps.length - 1];
    if (rank !== way.rank || table !== FIRST || !last) return false;
    return (
      last.table !== FIRST || last.kind === 'policy' || last.rule?.target === 'ACCEPT' || way.verdict !== undefined
    );
  }

  private step({ table, chain, kind: told, number: given, packet }: NumberedEvent): SeenStep | undefined {
    const ours = this.ours(table, chain);
    const number = given - ours;
    if (number < 1) return undefined;
    const read = this.rules.tables.get(table)?.chains.get(chain);
    // A rule that has nothing but a verdict is told as the end of its chain.
    const kind = told === 'rule' || (read && number <= read.rules.length) ? 'rule' : told;
    const rule = kind === 'rule' ? read?.rules[number - 1] : undefined;
    return {
      step: `${table}:${chain}:${kind}:${number}`,
      table,
      chain,
      kind,
      number,
      ...(rule && { rule }),
      ...(packet && { packet: readHeaders(packet) }),
    };
  }

  private verdictOf({ table, chain, kind, rule }: Step): string | undefined {
    if (kind === 'policy')
      return this.rules.tables.get(table)?.chains.get(chain)?.policy === 'DROP' ? 'DROP' : undefined;
    return rule && endOf(rule);
  }

  /** Those that have ended: nothing more has been told of them for so long (milliseconds), or they were dropped. */
  take(quiet: number): Seen[] {
    const now = this.clock();
    for (const [key, way] of this.ways)
      if (way.verdict !== undefined || now - way.last >= quiet) {
        this.ways.delete(key);
        this.over.push(way);
      }
    return this.over.splice(0).flatMap((way) => (way.asked && way.steps.length > 0 ? [this.seen(way)] : []));
  }
  /** How many have been told of, and not taken. */
  get waiting(): number {
    return this.ways.size + this.over.length;
  }

  private seen({ steps, events, verdict }: Way): Seen {
    const [first] = events;
    const name = (key: 'inDevice' | 'outDevice') => {
      const index = events.map((event) => event[key]).find((number) => number !== undefined);
      return index === undefined ? undefined : (this.names.get(index) ?? `#${index}`);
    };
    const [inInterface, outInterface] = [name('inDevice'), name('outDevice')];
    const isOut = events.some(({ chain }) => chain === 'OUTPUT');
    const isForwarded = events.some(({ chain }) => chain === 'FORWARD' || chain === 'POSTROUTING');
    const headers = events.find(({ packet }) => packet !== undefined)?.packet;
    const { mark = 0, uid, gid } = first!;
    return {
      verdict: verdict ?? 'ACCEPT',
      path: steps,
      packet: {
        ...(headers && readHeaders(headers)),
        ...(!isOut && inInterface !== undefined && { inInterface }),
        ...((isOut || isForwarded) && outInterface !== undefined && { outInterface }),
        ...stateOf(events),
        ...(mark !== 0 && { mark }),
        ...((uid !== undefined || gid !== undefined) && {
          owner: { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) },
        }),
      },
    };
  }
}

/** In the table raw nothing is known of its connection yet. */
function stateOf(events: readonly TraceEvent[]): Pick<Packet, 'ctstate'> {
  const told = events.find(({ table, ctstate }) => table !== FIRST && ctstate !== undefined)?.ctstate;
  const ctstate = told ?? (events.some(({ table }) => table === 'nat') ? ('NEW' as const) : undefined);
  return ctstate === undefined ? {} : { ctstate };
}

/** What ends a packet's way for good, where a rule says so. */
function endOf({ target }: Rule): string | undefined {
  const name = typeof target === 'object' ? Object.keys(target)[0] : target;
  return name !== undefined && ENDS.has(name) ? name : undefined;
}
const ENDS: ReadonlySet<string> = new Set(['DROP', 'REJECT', 'QUEUE', 'NFQUEUE', 'SYNPROXY']);
