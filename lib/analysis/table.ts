/**
 * A table's chains as diagrams: what becomes of a packet, made from the last rule to the first. `next` is what follows the
 * table for packets that it lets through. A chain that another chain calls ends in leaves that return.
 */
import { IptcError } from '../errors';
import type { Rule } from '../rule/rule';
import { type Act, actOf } from './act';
import { ALL, NONE, type Node } from './bdd';
import { forgottenBy, isFickle, keyOf, type Matched, matched, type Stage } from './match';
import { type Decider, type Outcomes, UNCHANGED, type Verdict } from './outcome';
import type { ReadTable } from './ruleset';
import type { Space } from './space';
import { Undecided } from './undecided';

export interface CompiledRule {
  readonly rule: Rule;
  readonly act: Act;
  /** Tells its draws from those of its like in the same chain. */
  readonly occurrence: number;
  /** Whether it draws, or a chain that it calls does. */
  readonly draws: boolean;
}
export interface CompiledChain {
  readonly name: string;
  readonly policy: string | undefined;
  readonly rules: readonly CompiledRule[];
  /** The same for chains of the same rules that call the same chains. */
  readonly content: number;
  /** Whether it asks for marks, or a chain does that it calls. */
  readonly asksMarks: boolean;
  /** The same of where packets are. */
  readonly asksPlace: boolean;
}

/** A table whose rules are known for what they do. Chains that call themselves are refused, as the kernel does. */
export class CompiledTable {
  readonly name: string;
  readonly chains = new Map<string, CompiledChain>();
  /** The same for tables that do the same. */
  readonly content: string;

  constructor(
    readonly table: ReadTable,
    private readonly space: Space,
  ) {
    this.name = table.name;
    for (const name of table.chains.keys()) this.compile(name, []);
    const hooks = [...this.chains.values()].filter(({ policy }) => policy !== undefined);
    this.content = hooks.map(({ content, policy }) => `${content} ${policy}`).join();
  }

  private compile(name: string, above: readonly string[]): number {
    const known = this.chains.get(name);
    if (known) return known.content;
    const chain = this.table.chains.get(name);
    const where = { table: this.name, chain: name };
    if (!chain)
      throw new IptcError('ERR_NO_CHAIN', `Expected a chain of table ${this.name} but received ${name}`, where);
    if (above.includes(name))
      throw new IptcError('ERR_BAD_CHAIN', `Cannot follow the chain ${name}: it calls itself`, {
        ...where,
        hint: `Remove one of the jumps: ${[...above.slice(above.indexOf(name)), name].join(' -> ')}.`,
      });
    const times = new Map<string, number>();
    const keys: string[] = [name];
    let [asksMarks, asksPlace] = [false, false];
    const rules = chain.rules.map((rule): CompiledRule => {
      asksMarks ||= rule.match?.some((element) => 'mark' in element || 'connmark' in element) ?? false;
      asksPlace ||= rule.outInterface !== undefined || PLACED.some((name) => name in Object(rule.target));
      const act = actOf(rule, this.table);
      const { counters, ...said } = rule;
      const key = keyOf(said);
      const alike = keyOf(rule.match);
      const occurrence = times.get(alike) ?? 0;
      times.set(alike, occurrence + 1);
      keys.push(key);
      let draws = isFickle(rule, this.space.family);
      if (act.chain !== undefined) {
        keys.push(String(this.compile(act.chain, [...above, name])));
        const called = this.chains.get(act.chain)!;
        draws ||= called.rules.some((each) => each.draws);
        asksMarks ||= called.asksMarks;
        asksPlace ||= called.asksPlace;
      }
      return { rule, act, occurrence, draws };
    });
    const content = this.space.contentOf(keys.join('\n'));
    this.chains.set(name, { name, policy: chain.policy, rules, content, asksMarks, asksPlace });
    return content;
  }
}

/** What they do depends on where it is done. */
const PLACED = ['REDIRECT', 'NETMAP'];

export interface Labels {
  /** Packets for which it is asked who decides; of others the answer is anything. */
  readonly among: Node;
}

interface ChainDiagram {
  readonly node: Node;
  /** The leaves by which packets return. */
  readonly returns: readonly Node[];
}

/** What may answer otherwise each time that it is asked, by its levels; and what calls ask once more, by their rules. */
interface Draws {
  readonly levels: ReadonlySet<number>;
  readonly again: ReadonlyMap<CompiledRule, ReadonlyMap<number, Node>>;
}

export class TableDiagram {
  private readonly diagrams = new Map<string, ChainDiagram>();
  private readonly drawn = new Map<string, Draws>();

  constructor(
    private readonly space: Space,
    private readonly outcomes: Outcomes,
    private readonly compiled: CompiledTable,
    readonly stage: Stage,
    private readonly next: Node,
    private readonly labels?: Labels,
    /** What follows for packets that it sends to this machine itself, where that is something else. */
    private readonly caught?: Node,
  ) {}

  /** What becomes of packets at the hook. */
  hook(): Node {
    const { outcomes } = this;
    const chain = this.compiled.chains.get(this.stage.hook);
    if (!chain) return this.next;
    const by = { table: this.compiled.name, chain: chain.name, kind: 'policy' } as const;
    const policy = chain.policy === 'DROP' ? this.end('DROP', by) : this.let(by);
    const { node, returns } = this.chain(chain.name);
    return outcomes.follow(node, returns, policy);
  }

  matched({ rule, occurrence }: CompiledRule, chain: string): Matched {
    const { table, pass } = this.stage;
    return matched(this.space, rule, this.stage, `${table} ${pass} ${chain} ${occurrence}`);
  }

  chain(name: string): ChainDiagram {
    let diagram = this.diagrams.get(name);
    if (!diagram) {
      const chain = this.compiled.chains.get(name)!;
      diagram = this.labels ? this.make(chain) : this.shared(chain);
      this.diagrams.set(name, diagram);
    }
    return diagram;
  }

  /** Two rulesets share what is the same. */
  private shared(chain: CompiledChain): ChainDiagram {
    const { space, stage, next } = this;
    const { table, pass, marks, sameNat } = stage;
    const place = chain.asksPlace ? stage.hook : '';
    const key = [table, pass, sameNat, marks, place, next, this.caught, chain.content].join();
    let diagram = space.diagrams.get(key) as ChainDiagram | undefined;
    if (!diagram) {
      diagram = this.make(chain);
      space.diagrams.set(key, diagram);
    }
    return diagram;
  }

  private make(chain: CompiledChain): ChainDiagram {
    const { space, outcomes } = this;
    const { again } = this.draws(chain);
    let node = outcomes.returned;
    let changed = false;
    for (let i = chain.rules.length - 1; i >= 0; i--) {
      const rule = chain.rules[i]!;
      const { act } = rule;
      const forgets = forgottenBy(space, rule.rule);
      if (idle(act) && !forgets) continue;
      changed ||=
        act.chain !== undefined || ![act.changes, act.else, act.forgets, forgets].every((x) => x === undefined);
      const found = this.matched(rule, chain.name).set;
      const set = this.labels ? space.bdd.and(found, this.labels.among) : found;
      const by: Decider = { table: this.compiled.name, chain: chain.name, kind: 'rule', number: i + 1 };
      if (set === NONE) continue;
      if (!forgets) node = this.does(act, set, node, by, again.get(rule));
      else node = space.bdd.ite(set, outcomes.forgotten(this.does(act, ALL, node, by, again.get(rule)), forgets), node);
    }
    return { node, returns: changed ? outcomes.returns(node) : [outcomes.returned] };
  }

  /** `rest` where the rule doesn't match. */
  private does(act: Act, set: Node, rest: Node, by: Decider, again?: ReadonlyMap<number, Node>): Node {
    const { space, outcomes } = this;
    const { bdd } = space;
    if (act.if !== undefined) {
      const condition = space.free(act.if, `${act.if} ${this.stage.pass}`);
      const otherwise = act.else ? this.does(act.else, set, rest, by) : rest;
      const { if: _, else: __, ...rule } = act;
      return this.does(rule, bdd.and(set, condition), otherwise, by);
    }
    const ignored = act.marks && !this.stage.marks;
    const changes = ignored ? UNCHANGED : (act.changes?.(space, this.stage) ?? UNCHANGED);
    switch (act.does) {
      case 'next':
        return this.changed(set, changes, rest, rest, act);
      case 'accept':
        return this.changed(set, changes, outcomes.noted(this.let(by, act), act.nat, undefined), rest, act);
      case 'return':
        return bdd.ite(set, outcomes.returned, rest);
      case 'call':
      case 'goto': {
        const callee = this.chain(act.chain!);
        const node = again ? bdd.compose(callee.node, again) : callee.node;
        if (act.does === 'goto') return bdd.ite(set, node, rest);
        // Narrowed to what the rule matches first, then followed by the rest: the other way round is ten times slower.
        const narrowed = bdd.ite(set, node, outcomes.returned);
        return outcomes.follow(narrowed, [...new Set([outcomes.returned, ...callee.returns])], rest);
      }
      default:
        return bdd.ite(set, this.end(act.does, by), rest);
    }
  }

  /** `then` of a packet that is changed, where the rule matches, else `rest`. */
  private changed(set: Node, changes: ReadonlyMap<number, Node>, then: Node, rest: Node, act: Act): Node {
    const { space, outcomes } = this;
    const { bdd } = space;
    if (changes.size === 0 && !act.forgets) return bdd.ite(set, then, rest);
    const care = bdd.exists(set, (level) => changes.has(level) || space.isFree(level));
    let met = bdd.ite(care, then, NONE);
    // NAT that all rulesets do alike need not be told from other NAT.
    const by = act.nat !== undefined && this.stage.sameNat ? 'NAT' : (act.nat ?? act.text ?? '');
    if (act.forgets) met = outcomes.forgotten(met, { reads: act.forgets, by, results: act.results });
    return bdd.ite(set, outcomes.after(changes, met), rest);
  }

  /** A chain that is passed a second time draws anew. */
  private draws(chain: CompiledChain): Draws {
    let drawn = this.drawn.get(chain.name);
    if (drawn) return drawn;
    const { space } = this;
    const levels = new Set<number>();
    const again = new Map<CompiledRule, Map<number, Node>>();
    for (const rule of [...chain.rules].reverse()) {
      if (!rule.draws) continue;
      const callee = rule.act.chain === undefined ? undefined : this.draws(this.compiled.chains.get(rule.act.chain)!);
      const fresh = new Map<number, Node>();
      for (const level of callee?.levels ?? []) {
        let other = level;
        while (levels.has(other)) other = space.again(other);
        if (other !== level) fresh.set(level, space.bdd.bit(other));
        levels.add(other);
      }
      if (levels.size > MOST_DRAWS)
        throw new Undecided(
          `limits and their like are asked more than ${MOST_DRAWS} times`,
          'Look for chains that are called again and again.',
        );
      if (fresh.size > 0) again.set(rule, fresh);
      for (const level of this.matched(rule, chain.name).draws) levels.add(level);
    }
    drawn = { levels, again };
    this.drawn.set(chain.name, drawn);
    return drawn;
  }

  private let(by: Decider, { nat, toSelf }: Pick<Act, 'nat' | 'toSelf'> = {}): Node {
    const said = this.labels && (this.stage.table === 'filter' || nat !== undefined);
    const next = (toSelf && this.caught) || this.next;
    return said ? this.outcomes.noted(next, undefined, by) : next;
  }
  private end(end: Verdict, by: Decider): Node {
    return this.outcomes.leaf({ end, by: this.labels ? [by] : [] });
  }
}

/** Of limits and their like in one chain, with all that it calls. */
const MOST_DRAWS = 10_000;

/** Whether a packet goes on as if there were no such rule. */
const idle = ({ does, changes, forgets, if: condition }: Act): boolean =>
  does === 'next' && changes === undefined && forgets === undefined && condition === undefined;
