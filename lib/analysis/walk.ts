/** One way of a packet through the tables: in the kernel's order, with the answers that are given to what isn't known. */
import { type Answer, type Facts, Unknown } from '../codec/meaning';
import { IptcError } from '../errors';
import type { Rule } from '../rule/rule';
import { withHops } from './bytes';
import type { CompiledChain, CompiledRule, CompiledTables, Step } from './compile';
import { beginning, type Packet, packetOf } from './packet';
import { Undecided } from './undecided';

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

/** The answers of one way, and the questions of it. */
export interface Asked {
  readonly condition: Condition;
  readonly holds: boolean;
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
const [ICMP, TCP, ICMPV6, RST] = [1, 6, 58, 4];

/** On nf_tables as iptables-nft has them. */
const NFT: typeof TABLES = { ...TABLES, INPUT: ['mangle', 'filter', 'nat', 'security'] };

export class Walks {
  constructor(
    readonly tables: CompiledTables,
    private readonly backend: 'legacy' | 'nft',
    readonly holds: ((condition: Condition) => boolean | undefined) | undefined,
  ) {}
  get order(): typeof TABLES {
    return this.backend === 'nft' ? NFT : TABLES;
  }
  /** With the answers to the first questions; those that follow are answered by no. */
  begin(facts: Facts, answers: readonly boolean[]): Walk {
    return new Walk(this, facts, answers);
  }
}

/** Steps of a way: chains that call each other twice make more than there is memory for. */
const LONGEST = 200_000;

export class Walk {
  readonly path: PathStep[] = [];
  readonly asked: Asked[] = [];
  /** What was answered of conditions that have the same answer as long as nothing is known besides. */
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly walks: Walks,
    readonly facts: Facts,
    private readonly answers: readonly boolean[],
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
      if (!isForwarded(facts)) return 'DROP';
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
    // Nothing is known of its connection yet; over lo it has been seen on its way out, and answers of the kernel's have it.
    const tracked = !begins || facts.inInterface === 'lo' || (hook === 'OUTPUT' && isAnswer(facts));
    if (!tracked) facts.ctstate = 'INVALID';
    for (const name of this.walks.order[hook]) {
      if (!tracked && name === 'mangle') {
        if (facts.ctstate !== 'UNTRACKED') facts.ctstate = ctstate;
        this.known.clear();
      }
      const chain = this.walks.tables.table(name)?.chains.get(hook);
      if (!chain || (name === 'nat' && !this.translates(hook, chain))) continue;
      const verdict = this.chain(chain, hook, 0) ?? this.end(chain);
      if (verdict !== 'ACCEPT') return verdict;
    }
    return 'ACCEPT';
  }

  /** Whether the packet comes to the nat table: the first of each connection does, once on its way in and once out. */
  private translates(hook: Hook, { chain, end }: CompiledChain): boolean {
    const { ctstate, protocol, inInterface } = this.facts;
    if (!this.walks.tables.tracks) return false;
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
    if (depth > this.walks.tables.table(chain.end.table)!.chains.size) throw endless(chain);
    for (const rule of chain.candidates(this.facts)) {
      if (!this.matches(rule)) continue;
      const at = this.path.push(rule.step) - 1;
      if (at >= LONGEST)
        throw new Undecided(
          `the packet passes more than ${LONGEST} rules`,
          'Look for chains that are called again and again.',
        );
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
      if (unknown.needs === 'ctstate') {
        this.settleState(conditionOf(rule, unknown));
        outcome = effect(facts, { hook });
      } else outcome = this.decide(unknown, conditionOf(rule, unknown)) ? outcome.yes() : outcome.no();
    }
    const changed = (Object.keys(facts) as (keyof Facts)[]).filter((key) => facts[key] !== before[key]);
    if (changed.length === 1 && changed[0] === 'changedSets') this.known.clear();
    else if (changed.length > 0) {
      // Its bytes aren't the same then, and sums over them.
      if (changed.some((key) => IN_BYTES.includes(key))) facts.data = undefined;
      this.path[at] = { ...rule.step, packet: packetOf(facts) };
      this.known.clear();
    }
    return outcome;
  }

  /** One of both answers, where nothing decides. */
  private decide({ changes, asked }: Unknown, condition: Condition): boolean {
    const key = condition.rule && !changes ? (asked?.key ?? keyOf(condition.rule)) : undefined;
    const negated = asked?.negated ?? false;
    const before = key === undefined ? undefined : this.known.get(key);
    if (before !== undefined) return before !== negated;
    const told = this.walks.holds?.(condition);
    const holds = told ?? this.answers[this.asked.length] ?? false;
    if (told === undefined) this.asked.push({ condition, holds });
    if (key !== undefined) this.known.set(key, holds !== negated);
    return holds;
  }
}

const IN_BYTES: readonly (keyof Facts)[] = [
  'source',
  'destination',
  'sport',
  'dport',
  'tos',
  'ttl',
  'mss',
  'tcpOptions',
];

/** Routing takes a hop away before the hook FORWARD, and drops what has none left, without a rule. */
function isForwarded(facts: Facts): boolean {
  if (facts.ttl === undefined) return true;
  if (facts.ttl <= 1) return false;
  facts.ttl--;
  facts.data &&= withHops(facts.data, facts.ttl);
  return true;
}

/** An error, or a reset: the kernel sends it because of another packet, whose connection it knows. */
const isAnswer = ({ ctstate, protocol, tcpFlags = 0 }: Facts): boolean =>
  ctstate === 'RELATED' && (protocol === ICMP || protocol === ICMPV6 || (protocol === TCP && (tcpFlags & RST) !== 0));

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
