/** Rules as functions of what is known of a packet. */
import {
  all,
  type Effect,
  type Facts,
  fact,
  given,
  inNetworkOf,
  interfaceNamed,
  type Test,
  Unknown,
  unknown,
} from '../codec/meaning';
import { bare, isNot } from '../codec/operand';
import { registry } from '../extensions/registry';
import { protocolNumber } from '../net/databases';
import type { Family } from '../net/family';
import { isOpaque } from '../rule/encode/given';
import type { PlainRule, Rule } from '../rule/rule';
import { type ReadChain, type ReadRuleset, type ReadTable, tracks } from './ruleset';

/** A step of a packet's way, as TRACE tells it. */
export interface Step {
  /** `filter:INPUT:rule:2`; of a policy and of a return the number is that behind the last rule. */
  readonly step: string;
  readonly table: string;
  readonly chain: string;
  readonly kind: 'rule' | 'return' | 'policy';
  readonly number: number;
  readonly rule?: Rule;
}

export interface CompiledRule {
  readonly step: Step;
  readonly test: Test;
  /** All of these hold if `test` does. */
  readonly parts: readonly Test[];
  /** Where it goes, if it isn't an extension's target. */
  readonly verdict: string | undefined;
  readonly jump: CompiledChain | undefined;
  readonly isGoto: boolean;
  readonly effect: Effect | undefined;
}

/** Ways by protocol and port that are kept of a chain. */
const KEPT = 4096;
/** Fewer rules are looked at one by one. */
const FEW = 8;

export class CompiledChain {
  /** Set when all chains of the table are known. */
  rules: readonly CompiledRule[] = [];
  readonly end: Step;
  private readonly ways = new Map<number, readonly CompiledRule[]>();

  constructor(
    table: string,
    readonly chain: ReadChain,
    private readonly family: Family,
  ) {
    const kind = chain.policy === undefined ? 'return' : 'policy';
    this.end = stepOf(table, chain.name, kind, chain.rules.length + 1);
  }

  /**
   * The rules that may match a packet, in their order: those whose answer isn't no where nothing but its protocol and its
   * destination port is known, with what of them that doesn't decide yet.
   */
  candidates(facts: Facts): readonly CompiledRule[] {
    const { protocol, dport } = facts;
    if (protocol === undefined || this.rules.length < FEW) return this.rules;
    const key = protocol * 65537 + (dport ?? 65536);
    let way = this.ways.get(key);
    if (!way) {
      const known: Facts = { family: this.family, protocol, dport, around: {} };
      way = this.rules.flatMap((rule) => {
        const left = rule.parts.filter((test) => test(known) !== true);
        if (left.some((test) => test(known) === false)) return [];
        return left.length === rule.parts.length ? rule : { ...rule, test: all(...left) };
      });
      if (this.ways.size >= KEPT) this.ways.clear();
      this.ways.set(key, way);
    }
    return way;
  }
}

function stepOf(table: string, chain: string, kind: Step['kind'], number: number, rule?: Rule): Step {
  const step = `${table}:${chain}:${kind}:${number}`;
  return Object.freeze(rule ? { step, table, chain, kind, number, rule } : { step, table, chain, kind, number });
}

export interface CompiledTable {
  readonly name: string;
  readonly chains: ReadonlyMap<string, CompiledChain>;
}

export class CompiledTables {
  readonly family: Family;
  /** Whether connections are tracked at all. */
  readonly tracks: boolean;
  private readonly tables: ReadonlyMap<string, CompiledTable>;

  constructor(ruleset: ReadRuleset) {
    const { family, tables } = ruleset;
    this.family = family;
    this.tracks = tracks(ruleset);
    this.tables = new Map([...tables.values()].map((table) => [table.name, compileTable(table, family)]));
  }

  table(name: string): CompiledTable | undefined {
    return this.tables.get(name);
  }
}

function compileTable({ name, chains }: ReadTable, family: Family): CompiledTable {
  const compiled = new Map([...chains.values()].map((chain) => [chain.name, new CompiledChain(name, chain, family)]));
  const tests = new Map<object, Test>();
  for (const chain of compiled.values())
    chain.rules = chain.chain.rules.map((rule, i) => {
      const step = stepOf(name, chain.chain.name, 'rule', i + 1, rule);
      const parts = partsOf(rule, family, tests);
      return { step, parts, test: all(...parts), ...targetOf(rule, family, compiled) };
    });
  return { name, chains: compiled };
}

type Going = Pick<CompiledRule, 'verdict' | 'jump' | 'isGoto' | 'effect'>;
const STAY: Going = { verdict: undefined, jump: undefined, isGoto: false, effect: undefined };

function targetOf(rule: Rule, family: Family, chains: ReadonlyMap<string, CompiledChain>): Going {
  if (rule.entry !== undefined) return opaqueTarget;
  const { target } = rule as PlainRule;
  if (target === undefined) return STAY;
  if (typeof target === 'string') {
    const jump = chains.get(target);
    return jump ? { ...STAY, jump } : { ...STAY, verdict: target };
  }
  if ('goto' in target && typeof target.goto === 'string')
    return { ...STAY, jump: chains.get(target.goto), isGoto: true };
  const [name, settings] = Object.entries(target)[0] as [string, Settings];
  if (isOpaque(settings)) return opaqueTarget;
  const { effect } = registry.target.find(family, name)?.definition ?? {};
  return { ...STAY, effect: effect?.(settings, family) };
}
const opaqueTarget: Going = {
  ...STAY,
  effect: () => ({ unknown: new Unknown('what its target does'), yes: () => 'UNKNOWN', no: () => 'UNKNOWN' }),
};

type Settings = Readonly<Record<string, unknown>>;

/** What a rule asks of a packet; matches that rules share are compiled once. */
function partsOf(rule: Rule, family: Family, shared: Map<object, Test>): Test[] {
  if (rule.entry !== undefined) return [unknown('what its bytes say')];
  const { protocol, source, destination, inInterface, outInterface, fragment, match } = rule as PlainRule;
  const parts = [
    given(protocol, (name) => {
      const number = typeof name === 'number' ? name : (protocolNumber(name) ?? Number(name));
      return number === 0 ? () => true : fact('protocol', (value) => value === number);
    }),
    given(inInterface, (name) => fact('inInterface', interfaceNamed(name))),
    given(outInterface, (name) => fact('outInterface', interfaceNamed(name))),
    given(source, (word) => fact('source', inNetworkOf(word))),
    given(destination, (word) => fact('destination', inNetworkOf(word))),
    given(fragment as true | { not: true } | undefined, () => fact('fragment', (is) => is)),
    ...(match ?? []).map((element) => {
      let test = shared.get(element);
      if (!test) {
        test = matchOf(element, family);
        shared.set(element, test);
      }
      return test;
    }),
  ];
  return parts.filter((test): test is Test => test !== undefined);
}

function matchOf(element: object, family: Family): Test {
  const [name, settings] = Object.entries(element)[0] as [string, Settings];
  const { matches, separate, inverts } =
    (isOpaque(settings) ? undefined : registry.match.find(family, name)?.definition) ?? {};
  if (!matches) return unknown(`what -m ${name} says`);
  const test = matches(settings);
  return inverts || (separate && Object.keys(settings).length === 1) ? withQuestion(test, name, settings) : test;
}
/** What it asks is told, so that the opposite isn't asked besides. */
function withQuestion(test: Test, name: string, settings: Settings): Test {
  const negated = Object.values(settings).some(isNot);
  const positive = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, bare(value)]));
  const asked = { key: `-m ${name} ${JSON.stringify(positive)}`, negated };
  return (facts) => {
    const answer = test(facts);
    return typeof answer === 'boolean' ? answer : new Unknown(answer.needs, answer.changes, asked);
  };
}
