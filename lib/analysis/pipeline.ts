/** The hooks that a packet passes, table after table, as one diagram: what becomes of it in the end. */
import { isNot } from '../codec/operand';
import type { Rule } from '../rule/rule';
import { ALTERED } from './act';
import { ALL, NONE, type Node } from './bdd';
import type { SetsGiven } from './elements';
import type { Stage } from './match';
import { type Forgotten, Outcomes } from './outcome';
import { type ReadRuleset, tracks } from './ruleset';
import { contentsOf, namesIn } from './set-space';
import { Space } from './space';
import { CompiledTable, type Labels, TableDiagram } from './table';

/** Routing takes a hop away. */
const ROUTED: Forgotten = { reads: ['ttl', 'hl', 'u32'], by: 'routing' };

/** A packet comes in for this machine, is forwarded, or is sent by it. */
export type Way = 'in' | 'forward' | 'out';
export const WAYS: readonly Way[] = ['in', 'forward', 'out'];

type Step = readonly [table: string, hook: string];
const PREROUTING: readonly Step[] = [
  ['raw', 'PREROUTING'],
  ['mangle', 'PREROUTING'],
  ['nat', 'PREROUTING'],
];
const POSTROUTING: readonly Step[] = [
  ['mangle', 'POSTROUTING'],
  ['nat', 'POSTROUTING'],
];
/** In the kernel's order. */
const STEPS: Readonly<Record<Way, readonly Step[]>> = {
  in: [...PREROUTING, ['mangle', 'INPUT'], ['filter', 'INPUT'], ['security', 'INPUT'], ['nat', 'INPUT']],
  forward: [...PREROUTING, ['mangle', 'FORWARD'], ['filter', 'FORWARD'], ['security', 'FORWARD'], ...POSTROUTING],
  out: [
    ['raw', 'OUTPUT'],
    ['mangle', 'OUTPUT'],
    ['nat', 'OUTPUT'],
    ['filter', 'OUTPUT'],
    ['security', 'OUTPUT'],
    ...POSTROUTING,
  ],
};

export interface WorldOptions {
  /** How many nodes of decision diagrams may be made. */
  readonly nodes?: number | undefined;
  /** What sets hold, by their names. */
  readonly sets?: SetsGiven | undefined;
  /** Names of interfaces that are asked about. */
  readonly interfaces?: readonly string[];
}

/** As many as rulesets mostly take. */
const NODES_A_RULE = 64;

/** The sets that a rule adds to, or deletes from. */
function changedSets(target: Rule['target']): string[] {
  const { SET } = Object(target) as { SET?: Readonly<Record<string, { readonly setname?: string } | undefined>> };
  return [SET?.addSet?.setname, SET?.delSet?.setname].flatMap((name) => name ?? []);
}

/** Rulesets of one family in one space, so that what they say can be compared. */
export class World {
  readonly space: Space;
  readonly outcomes: Outcomes;
  /** Whether destinations are rewritten, or prefixes of any address, by rules of any ruleset. */
  private readonly rewrites: boolean;
  private readonly prefixes: boolean;
  /** Whether any are sent to this machine itself. */
  private readonly redirects: boolean;
  private readonly tables = new Map<ReadRuleset, ReadonlyMap<string, CompiledTable>>();

  constructor(
    readonly rulesets: readonly ReadRuleset[],
    options: WorldOptions = {},
  ) {
    const rules = rulesets.flatMap(({ tables }) =>
      [...tables.values()].flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules)),
    );
    const interfaces = rules.flatMap(({ inInterface, outInterface }) =>
      [inInterface, outInterface].flatMap((name) => (name === undefined ? [] : isNot(name) ? name.not : name)),
    );
    const uses = (...names: readonly string[]) =>
      rules.some(({ target }) => typeof target === 'object' && names.some((name) => name in target));
    this.rewrites = uses('DNAT', 'REDIRECT', 'NETMAP');
    this.redirects = uses('REDIRECT');
    this.prefixes = uses('DNPT', 'SNPT');
    const chosenBy = (field: 'source' | 'destination') =>
      new Set(
        rules.flatMap((rule) => (typeof rule.target === 'string' && rule[field] !== undefined ? rule.target : [])),
      );
    const first = chosenBy('destination').size > chosenBy('source').size ? 'destination' : 'source';
    const { nodes, sets = {}, interfaces: asked = [] } = options;
    const changing = rules.flatMap(({ target }) => changedSets(target));
    this.space = new Space(rulesets[0]!.family, {
      nodes,
      expected: NODES_A_RULE * rules.length,
      sets: contentsOf(sets, new Set(changing)),
      interfaces: ['lo', ...interfaces, ...namesIn(sets), ...asked],
      first,
    });
    this.outcomes = new Outcomes(this.space.bdd, (f, forgotten) => this.space.forget(f, forgotten));
  }

  compiled(ruleset: ReadRuleset): ReadonlyMap<string, CompiledTable> {
    let tables = this.tables.get(ruleset);
    if (!tables) {
      tables = new Map([...ruleset.tables].map(([name, table]) => [name, new CompiledTable(table, this.space)]));
      this.tables.set(ruleset, tables);
    }
    return tables;
  }

  /** Whether all of them rewrite the same packets the same way. */
  private get sameNat(): boolean {
    const [one, ...others] = this.rulesets.map((ruleset) => this.compiled(ruleset).get('nat')?.content);
    return others.every((other) => other === one);
  }
  /** Where a table's chain is met, whatever the way. */
  stageOf(table: string, hook: string): Stage {
    for (const way of WAYS) {
      const at = STEPS[way].findIndex(([name, at]) => name === table && at === hook);
      if (at >= 0) return this.stage(way, at);
    }
    throw new Error(`Table ${table} has no ${hook}`);
  }
  /** Packets that come there. */
  startOf(table: string, hook: string): Node {
    const ways = WAYS.filter((way) => STEPS[way].some(([name, at]) => name === table && at === hook));
    const start = this.space.or(...ways.map((way) => this.start(way)));
    return table === 'nat' ? this.space.and(start, this.translating(hook)) : start;
  }
  /** What becomes of packets in one table alone, and who decides. */
  tableFate(ruleset: ReadRuleset, table: string, hook: string): Node {
    const { space, outcomes } = this;
    const start = this.startOf(table, hook);
    const compiled = this.compiled(ruleset).get(table)!;
    const accept = outcomes.leaf({ end: 'ACCEPT' });
    const fate = new TableDiagram(space, outcomes, compiled, this.stageOf(table, hook), accept, {
      among: start,
    }).hook();
    return space.bdd.ite(start, fate, NONE);
  }

  /** Packets that can be on their way so. */
  start(way: Way): Node {
    const { space } = this;
    const none = (field: 'inInterface' | 'outInterface') => space.masked(field, 0);
    const has = { in: way !== 'out', out: way !== 'in' };
    return space.and(
      space.between('ctstate', 0n, 4n),
      space.between('inInterface', 0n, BigInt(space.interfaces.count - 1)),
      space.between('outInterface', 0n, BigInt(space.interfaces.count - 1)),
      has.in ? space.not(none('inInterface')) : none('inInterface'),
      has.out ? space.not(none('outInterface')) : none('outInterface'),
    );
  }

  /** What becomes of packets that are on their way so; `labels` asks who decides. */
  fate(ruleset: ReadRuleset, way: Way, labels?: Labels): Node {
    const { space, outcomes } = this;
    const accept = outcomes.leaf({ end: 'ACCEPT' });
    const fate = this.behind(ruleset, way, -1, accept, labels);
    return space.bdd.ite(this.start(way), outcomes.after(space.beginning(fate), fate), NONE);
  }

  /** What becomes of them behind one of the steps, if the others end so. */
  private behind(
    ruleset: ReadRuleset,
    way: Way,
    step: number,
    end: Node,
    labels: Labels | undefined,
    toSelf = false,
  ): Node {
    const { space, outcomes } = this;
    const tables = this.compiled(ruleset);
    let fate = end;
    const steps = STEPS[way];
    for (let i = steps.length - 1; i > step; i--) {
      const stage = this.stage(way, i);
      const next = steps[i + 1]?.[1];
      if (next === 'FORWARD' && stage.hook === 'PREROUTING') fate = outcomes.forgotten(fate, ROUTED);
      if (toSelf && next === 'POSTROUTING' && stage.hook === 'OUTPUT') fate = this.leavingBy(fate, 'lo');
      const table = tables.get(stage.table);
      if (!table || (stage.table === 'nat' && !tracks(ruleset))) continue;
      const among = labels && { among: this.widened(labels.among, stage, toSelf) };
      const isNat = stage.table === 'nat';
      const caught = isNat && this.redirects && way !== 'in' ? this.caught(ruleset, way, i, labels) : undefined;
      const diagram = new TableDiagram(space, outcomes, table, stage, fate, among, caught).hook();
      fate = isNat ? space.bdd.ite(this.translating(stage.hook), diagram, fate) : diagram;
    }
    return fate;
  }

  /** What becomes of packets that REDIRECT has sent to this machine itself; undefined where nothing else does. */
  private caught(ruleset: ReadRuleset, way: Way, step: number, labels: Labels | undefined): Node | undefined {
    const hook = STEPS[way][step]![1];
    const accept = this.outcomes.leaf({ end: 'ACCEPT' });
    if (hook === 'OUTPUT') return this.behind(ruleset, way, step, accept, labels, true);
    if (hook !== 'PREROUTING') return undefined;
    return this.leavingBy(this.behind(ruleset, 'in', step, accept, labels, true), '');
  }
  private leavingBy(fate: Node, name: string): Node {
    const { space, outcomes } = this;
    const levels = space.levels.outInterface;
    const number = name === '' ? 0 : space.interfaces.numberOf(name);
    const bits = levels.map((level, i) => [level, (number >> (levels.length - 1 - i)) & 1 ? ALL : NONE] as const);
    return outcomes.after(new Map(bits), fate);
  }

  /** The nat table sees the first packet of a connection alone, over lo on its way out. */
  private translating(hook: string): Node {
    const { space } = this;
    const icmp = space.or(space.masked('protocol', 1), space.masked('protocol', 58));
    const first = space.or(space.states(['NEW']), space.bdd.minus(space.states(['RELATED']), icmp));
    const incoming = hook === 'PREROUTING' || hook === 'INPUT';
    return incoming ? space.bdd.minus(first, space.interface('inInterface', 'lo')) : first;
  }

  private stage(way: Way, i: number): Stage {
    const steps = STEPS[way];
    const [table, hook] = steps[i]!;
    const nat = steps.findIndex(([name]) => name === 'nat');
    const asked = (ruleset: ReadRuleset) =>
      steps.slice(i).some(([name, hook]) => this.compiled(ruleset).get(name)?.chains.get(hook)?.asksMarks);
    return {
      table,
      hook,
      pass: steps.slice(0, i).filter(([name]) => name === table).length,
      unrouted: hook === 'PREROUTING',
      untracked: table === 'raw',
      translated: this.prefixes || (this.rewrites && i > nat),
      sameNat: this.sameNat,
      marks: this.rulesets.some(asked),
    };
  }

  /** These packets as they may have become on the way to a stage. */
  private widened(set: Node, { translated, marks }: Stage, toSelf: boolean): Node {
    const { levels } = this.space;
    const changing = new Set([
      ...levels.ctstate,
      ...(toSelf ? levels.outInterface : []),
      ...(this.prefixes ? [...levels.source, ...levels.destination] : []),
      ...(translated ? [...levels.destination, ...levels.dport] : []),
      ...(marks ? [...levels.mark, ...levels.connmark] : []),
    ]);
    return this.space.bdd.exists(set, (level) => changing.has(level) || this.space.asks(level, ALTERED));
  }
}
