/** The tables through which packets are followed, without the rules of traces: read again once rules have come. */
import type { Family } from '../../net/family';
import { TABLES } from '../../rule/tables';
import type { Firewall } from '../../table/firewall';
import type { TableState } from '../../table/state';
import { type ReadChain, type ReadRuleset, type ReadTable, readRuleset } from '../ruleset';
import type { NumberedEvent, TraceEvent } from './event';
import { commentOf } from './filter';

/** By what nf_tables knows the rules of a chain, in their order; of traces: their comments. */
interface Handles {
  readonly rules: readonly number[];
  readonly traces: ReadonlyMap<number, string>;
}
const NONE: Handles = { rules: [], traces: new Map() };

export class ShownTables implements ReadRuleset {
  tables: ReadonlyMap<string, ReadTable> = new Map();
  private handles = new Map<string, Handles>();
  /** How many rules of traces stand first in a chain of raw. */
  private first = new Map<string, number>();

  constructor(private readonly firewall: Firewall<Family>) {}

  get family(): Family {
    return this.firewall.family;
  }

  /** How many rules of traces legacy tables count. */
  readonly traces = (table: string, chain: string): number =>
    table === 'raw' && this.firewall.backend === 'legacy' ? (this.first.get(chain) ?? 0) : 0;

  /** With its number; 0 if it is of no rule that is there. One that has come since is looked for once. */
  async numbered(event: TraceEvent): Promise<NumberedEvent> {
    const { table, chain, number, handle } = event;
    if (number !== undefined) return { ...event, number };
    const of = () => this.handles.get(`${table} ${chain}`) ?? NONE;
    if (handle === undefined) return { ...event, number: of().rules.length + 1 };
    const isKnown = of().rules.includes(handle) || of().traces.has(handle);
    if (!isKnown && TABLES.includes(table)) await this.renew();
    return { ...event, number: of().rules.indexOf(handle) + 1, traced: of().traces.get(handle) };
  }

  async renew(): Promise<void> {
    const { firewall } = this;
    const states: TableState[] = [];
    for (const name of firewall.loadedTables())
      states.push(await firewall.table(name as 'raw').state({ counters: false }));
    this.handles.clear();
    for (const { name: table, chains } of states)
      for (const chain of chains) this.handles.set(`${table} ${chain.name}`, handlesOf(table, chain));
    const tables = new Map(states.length > 0 ? readRuleset('trace', states).tables : []);
    const raw = tables.get('raw');
    this.first.clear();
    if (raw) tables.set('raw', { name: 'raw', chains: new Map(Array.from(raw.chains.values(), this.without)) });
    this.tables = tables;
  }
  private readonly without = ({ name, policy, rules }: ReadChain): [string, ReadChain] => {
    const left = rules.filter((rule) => commentOf(rule) === undefined);
    this.first.set(name, rules.length - left.length);
    return [name, { name, policy, rules: left }];
  };
}

function handlesOf(table: string, { handles = [], rules }: TableState['chains'][number]): Handles {
  if (table !== 'raw') return { rules: handles, traces: NONE.traces };
  const traces = new Map<number, string>();
  for (const [i, handle] of handles.entries()) {
    const comment = commentOf(rules[i]!);
    if (comment !== undefined) traces.set(handle, comment);
  }
  return { rules: handles.filter((handle) => !traces.has(handle)), traces };
}
