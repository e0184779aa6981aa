/** A packet's way through the tables, without a kernel. */
import {
  argument,
  type Check,
  callback,
  fields,
  instance,
  listOf,
  numeric,
  optionsOf,
  recordOf,
  string,
} from '../arguments';
import { type Answer, type Facts, type Surroundings, Unknown } from '../codec/meaning';
import { IptcError } from '../errors';
import type { Rule } from '../rule/rule';
import { type CompiledChain, type CompiledRule, CompiledTables, type Step } from './compile';
import { hostOf } from './host';
import { beginning, factsOf, type Packet, packetOf } from './packet';
import { type RulesetInput, readRuleset } from './ruleset';
import { setsOf } from './sets';

/** A ruleset that is ready for many packets. */
export class Compiled {
  /** @internal */
  constructor(/** @internal */ readonly tables: CompiledTables) {}
}

/**
 * Makes a ruleset ready: `simulate` takes what this gives in its place, and is as fast as it can be then.
 *
 * @example const compiled = compile(parseRuleset(text)); for (const packet of packets) simulate(compiled, packet)
 */
export function compile(ruleset: RulesetInput): Compiled {
  return new Compiled(new CompiledTables(readRuleset('compile', ruleset)));
}

/** A condition that what is given doesn't decide. */
export interface Condition {
  readonly step?: string;
  readonly table: string;
  readonly chain: string;
  /** 1-based, of the rule in its chain; absent if it isn't a rule's. */
  readonly number?: number;
  readonly rule?: Rule;
  /** What of the packet, or besides, isn't known: `length`. */
  readonly needs: string;
  /** Which value of it is asked for, where it has few. */
  readonly is?: string;
}

/** A step that has changed the packet says what it is from then on. */
export interface PathStep extends Step {
  readonly packet?: Packet;
}

export interface Branch {
  /**
   * What becomes of the packet: `ACCEPT`, `DROP`, `REJECT`, or the target that takes it away (`NFQUEUE`, `QUEUE`,
   * `SYNPROXY`). `UNKNOWN` if that depends on what isn't known.
   */
  readonly verdict: string;
  readonly path: readonly PathStep[];
  /** What it is at the end. */
  readonly packet: Packet;
}
export interface Simulation extends Branch {
  /** What the way depends on and wasn't given. Without it all is certain. */
  readonly dependsOn?: readonly Condition[];
  /** The ways that there may be. `path` is what they have in common then. */
  readonly branches?: readonly (Branch & { readonly answers: readonly (Condition & { readonly holds: boolean })[] })[];
  /** Whether there are more ways than were followed. */
  readonly incomplete?: true;
}

export interface SimulateOptions {
  /** What is in sets, by their names: as `ipset list` prints elements, or `libiptc/sets` gives them. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  /** When the packet passes. */
  readonly time?: Date;
  /** Draws a number from 0 to below 1, for `-m statistic --mode random`. */
  readonly random?: () => number;
  /** This machine's addresses, by its interfaces, the first of each first: for `REDIRECT`, `MASQUERADE` and `addrtype`. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** Answers conditions that aren't decided by anything else: limits, lists of `recent`, control groups. */
  readonly holds?: (condition: Condition) => boolean | undefined;
  /** How many ways are followed where something isn't known; 64 unless told. */
  readonly branches?: number;
}

const words: Check<readonly string[]> = listOf(string('an address'));
const simulating = fields<SimulateOptions>({
  sets: recordOf(listOf(string('an element'))),
  time: instance(Date, 'a date'),
  random: callback,
  addresses: recordOf(words),
  holds: callback,
  branches: numeric('an integer from 1 to 65536', (n) => Number.isInteger(n) && n >= 1 && n <= 65536),
});

/**
 * What would become of a packet, and by which rules: raw, mangle, nat, filter and security in the kernel's order, with
 * jumps, policies, NAT, marks and the state of connections. The path is that of the kernel's TRACE. Of a connection that
 * begins (`ctstate: 'NEW'`) the packet is the first one. Its interfaces say which way it takes, after NAT too. What
 * depends on something that isn't given is followed both ways. Throws ERR_BAD_ARGUMENT.
 *
 * @example
 * simulate(parseRuleset(text), { protocol: 'tcp', source: '203.0.113.5', dport: 22, inInterface: 'eth0', ctstate: 'NEW' })
 *   // { verdict: 'DROP', path: [{ step: 'filter:INPUT:policy:3', … }], packet: … }
 */
export function simulate(ruleset: RulesetInput | Compiled, packet: Packet, options?: SimulateOptions): Simulation {
  const { sets, time, random, addresses, holds, branches = 64 } = optionsOf('simulate', options, simulating);
  const isCompiled = argument('simulate', 'ruleset', ruleset, (value) => value instanceof Compiled);
  const { tables } = isCompiled ? (ruleset as Compiled) : compiledOf(ruleset as RulesetInput);
  const around: Surroundings = {
    ...(sets && { inSet: setsOf(sets) }),
    ...(time && { time: time.getTime() }),
    ...(random && { random }),
    ...(addresses &&
      argument('simulate', 'options.addresses', addresses, (all) => hostOf(all as typeof addresses, tables.family))),
  };
  const facts = factsOf('simulate', packet, tables.family, around);
  return explore(tables, facts, holds, branches);
}
const compiledOf = (ruleset: RulesetInput) => ({ tables: new CompiledTables(readRuleset('simulate', ruleset)) });

/** The answers of one way, and the questions of it. */
interface Asked {
  readonly condition: Condition;
  readonly holds: boolean;
}

interface Way {
  readonly branch: Branch;
  readonly asked: readonly Asked[];
}

/** Follows a way for each combination of answers: the next one gives the last answer that was no as yes. */
function explore(tables: CompiledTables, facts: Facts, holds: SimulateOptions['holds'], most: number): Simulation {
  const ways: Way[] = [];
  let answers: boolean[] = [];
  for (;;) {
    const walk = new Walk(tables, { ...facts }, answers, holds);
    const verdict = walk.run();
    const branch: Branch = { verdict, path: walk.path, packet: packetOf(walk.facts) };
    if (walk.asked.length === 0) return branch;
    ways.push({ branch, asked: walk.asked });
    answers = walk.asked.map((each) => each.holds);
    while (answers[answers.length - 1] === true) answers.pop();
    if (answers.length === 0 || ways.length >= most) break;
    answers[answers.length - 1] = true;
  }
  return joined(ways, answers.length > 0, packetOf(facts));
}

function joined(ways: readonly Way[], incomplete: boolean, packet: Packet): Simulation {
  const [{ branch: first }, ...others] = ways as [Way, ...Way[]];
  const same = (a: Packet, b: Packet) => JSON.stringify(a) === JSON.stringify(b);
  let common = first.path.length;
  for (const { branch } of others) {
    let i = 0;
    while (i < common && first.path[i]!.step === branch.path[i]?.step) i++;
    common = i;
  }
  const alike = others.every(({ branch: { verdict, path } }) => verdict === first.verdict && path.length === common);
  if (
    !incomplete &&
    alike &&
    common === first.path.length &&
    others.every(({ branch }) => same(branch.packet, first.packet))
  )
    return first;
  const conditions = new Map<string, Condition>();
  for (const { asked } of ways)
    for (const { condition } of asked) conditions.set(`${condition.step} ${condition.needs}`, condition);
  return {
    verdict: !incomplete && others.every(({ branch }) => branch.verdict === first.verdict) ? first.verdict : 'UNKNOWN',
    path: first.path.slice(0, common),
    packet: !incomplete && others.every(({ branch }) => same(branch.packet, first.packet)) ? first.packet : packet,
    dependsOn: [...conditions.values()],
    branches: ways.map(({ branch, asked }) => ({
      ...branch,
      answers: asked.map(({ condition, holds }) => ({ ...condition, holds })),
    })),
    ...(incomplete && { incomplete: true }),
  };
}

/** The hooks that a packet passes, and at each the tables in the order of their priorities. */
type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
const TABLES: Readonly<Record<Hook, readonly string[]>> = {
  PREROUTING: ['raw', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat'],
};
const [ICMP, ICMPV6] = [1, 58];

class Walk {
  readonly path: PathStep[] = [];
  readonly asked: Asked[] = [];
  /** What was answered of conditions that have the same answer as long as nothing is known besides. */
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly tables: CompiledTables,
    readonly facts: Facts,
    private readonly answers: readonly boolean[],
    private readonly holds: SimulateOptions['holds'],
  ) {}

  run(): string {
    const { facts } = this;
    const { inInterface, outInterface } = facts;
    if (inInterface) {
      facts.outInterface = '';
      const verdict = this.hook('PREROUTING');
      if (verdict !== 'ACCEPT') return verdict;
      // REDIRECT has sent it to this machine itself.
      if (!outInterface || facts.toSelf) return this.hook('INPUT');
      facts.outInterface = outInterface;
      const forwarded = this.hook('FORWARD');
      return forwarded === 'ACCEPT' ? this.hook('POSTROUTING') : forwarded;
    }
    const verdict = this.hook('OUTPUT');
    if (verdict !== 'ACCEPT') return verdict;
    if (facts.toSelf) facts.outInterface = 'lo';
    return this.hook('POSTROUTING');
  }
  private hook(hook: Hook): string {
    const { facts } = this;
    this.known.clear();
    const begins = hook === 'PREROUTING' || hook === 'OUTPUT';
    const { ctstate } = facts;
    // Nothing is known of its connection yet; over lo it has been seen on its way out.
    const tracked = !begins || facts.inInterface === 'lo';
    if (!tracked) facts.ctstate = 'INVALID';
    for (const name of TABLES[hook]) {
      if (!tracked && name === 'mangle') {
        if (facts.ctstate !== 'UNTRACKED') facts.ctstate = ctstate;
        this.known.clear();
      }
      const chain = this.tables.table(name)?.chains.get(hook);
      if (!chain || (name === 'nat' && !this.translates(hook, chain))) continue;
      const verdict = this.chain(chain, hook, 0) ?? this.end(chain);
      if (verdict !== 'ACCEPT') return verdict;
    }
    return 'ACCEPT';
  }

  /** Whether the packet comes to the nat table: the first of each connection does, once on its way in and once out. */
  private translates(hook: Hook, { chain, end }: CompiledChain): boolean {
    const { ctstate, protocol, inInterface } = this.facts;
    if (inInterface === 'lo' && (hook === 'PREROUTING' || hook === 'INPUT')) return false;
    if (ctstate === 'NEW') return true;
    if (ctstate === 'RELATED') return protocol !== ICMP && protocol !== ICMPV6;
    if (ctstate !== undefined) return false;
    this.settleState({ table: end.table, chain: chain.name, needs: 'ctstate' });
    return this.translates(hook, { chain, end } as CompiledChain);
  }

  private end({ chain, end }: CompiledChain): string {
    this.path.push(end);
    return chain.policy!;
  }

  /** A verdict, or undefined if the packet comes out of it. */
  private chain(chain: CompiledChain, hook: Hook, depth: number): string | undefined {
    if (depth > this.tables.table(chain.end.table)!.chains.size) throw endless(chain);
    for (const rule of chain.candidates(this.facts)) {
      if (!this.matches(rule)) continue;
      const at = this.path.push(rule.step) - 1;
      const { jump, isGoto, verdict, effect } = rule;
      if (jump) {
        const inside = this.chain(jump, hook, depth + 1);
        if (inside !== undefined) return inside;
        if (isGoto) return undefined;
      } else if (verdict !== undefined) {
        if (verdict === 'RETURN') return undefined;
        return verdict;
      } else if (effect) {
        const done = this.effect(rule, effect, hook, at);
        if (done !== undefined) return done;
      }
    }
    if (chain.chain.policy === undefined) this.path.push(chain.end);
    return undefined;
  }

  private matches(rule: CompiledRule): boolean {
    const answer: Answer = rule.test(this.facts);
    if (typeof answer === 'boolean') return answer;
    const condition = conditionOf(rule, answer);
    if (answer.needs !== 'ctstate') return this.decide(answer, condition);
    this.settleState(condition);
    return this.matches(rule);
  }

  /** Each of the states by itself, so that all rules see the same one. */
  private settleState(condition: Condition): void {
    const { facts } = this;
    const asked = new Unknown('ctstate', true);
    facts.ctstate = ASKED.find((is) => this.decide(asked, { ...condition, is })) ?? 'INVALID';
    if (facts.ctstate === 'NEW') beginning(facts);
  }

  private effect(
    rule: CompiledRule,
    effect: NonNullable<CompiledRule['effect']>,
    hook: Hook,
    at: number,
  ): string | undefined {
    const { facts } = this;
    const before = { ...facts };
    let outcome = effect(facts, { hook });
    while (typeof outcome === 'object') {
      const { unknown } = outcome;
      outcome = this.decide(unknown, conditionOf(rule, unknown)) ? outcome.yes() : outcome.no();
    }
    if ((Object.keys(facts) as (keyof Facts)[]).some((key) => facts[key] !== before[key])) {
      this.path[at] = { ...rule.step, packet: packetOf(facts) };
      this.known.clear();
    }
    return outcome;
  }

  /** One of both answers, where nothing decides. */
  private decide({ changes }: Unknown, condition: Condition): boolean {
    const key = condition.rule && !changes ? keyOf(condition.rule) : undefined;
    const before = key === undefined ? undefined : this.known.get(key);
    if (before !== undefined) return before;
    const told = this.holds?.(condition);
    const holds = told ?? this.answers[this.asked.length] ?? false;
    if (told === undefined) this.asked.push({ condition, holds });
    if (key !== undefined) this.known.set(key, holds);
    return holds;
  }
}

const ASKED = ['NEW', 'ESTABLISHED', 'RELATED'];
const conditionOf = ({ step: { step, table, chain, number, rule } }: CompiledRule, { needs }: Unknown): Condition => ({
  step,
  table,
  chain,
  number,
  rule: rule!,
  needs,
});

/** The conditions of a rule, whatever its target. */
const keyOf = (rule: Rule): string =>
  JSON.stringify({ ...rule, target: undefined, counters: undefined }, (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );

const endless = ({ chain, end }: CompiledChain): IptcError =>
  new IptcError(
    'ERR_BAD_CHAIN',
    `Expected chains that come to an end but received ${chain.name}, which leads back to itself`,
    {
      table: end.table,
      chain: chain.name,
      hint: 'The kernel refuses such jumps (ELOOP): leave one of them out.',
    },
  );
