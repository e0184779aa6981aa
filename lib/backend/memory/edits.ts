import { constants } from 'node:os';
import { NAME_AT, NAME_SIZE, SHAPES, type Shape } from '../../rule/layout';
import { VERDICTS } from '../../rule/rule';
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { type Entry, nameAt, u16 } from './entry';
import { failure } from './failure';
import { type Chain, type Counters, counting, hasCounted, newChain, type Rule, ruleAt, ZERO } from './rules';

const { E2BIG, EEXIST, EINVAL, EMLINK, ENOENT, ENOTEMPTY } = constants.errno;

/** Rules between two steps. */
const STRETCH = 256;

/** A moment of a table that is edited. */
export interface Mark {
  readonly length: number;
  readonly touched: boolean;
}

/** What programs are made of: libiptc's calls, with its failures. Whatever has been done can be taken back. */
export class EditedTable {
  readonly layout: Shape;
  protected readonly chains = new Map<string, Chain>();
  /** What list() gives; undefined after chains have come or gone. */
  protected order: Chain[] | undefined;
  private undo: (() => void)[] = [];
  private edition = 0;
  protected touched = false;
  /** Whether a loop may have been made. */
  protected rerouted = false;
  /** How many rules have a flag that the kernel doesn't know. */
  protected odd = 0;

  protected constructor(readonly family: Family) {
    this.layout = SHAPES[family];
  }

  /** How things are, to return to. */
  mark(): Mark {
    return { length: this.undo.length, touched: this.touched };
  }
  /** Whether there have been edits since. */
  changedSince({ length }: Mark): boolean {
    return this.undo.length > length;
  }
  *returningTo({ length, touched }: Mark): Steps<void> {
    while (this.undo.length > length) {
      this.undo.pop()!();
      yield;
    }
    this.touched = touched;
  }

  // The names of chains are checked by ProgramRunner.

  /** All chains, in the order of a snapshot. */
  list(): readonly Chain[] {
    if (!this.order) {
      const chains = [...this.chains.values()];
      const users = chains.filter((chain) => !chain.builtin).sort((a, b) => (a.name < b.name ? -1 : 1));
      this.order = [...chains.filter((chain) => chain.builtin), ...users];
    }
    return this.order;
  }

  find(name: string): Chain | undefined {
    return this.chains.get(name);
  }

  insert(name: string, rule: Rule, index?: number): void {
    const chain = this.require(name);
    const { length } = chain.rules;
    if (index !== undefined && index > length) throw failure('edit', E2BIG, 'Index of insertion too big');
    this.requireTarget(rule);
    this.put(chain, index ?? length, undefined, rule);
  }

  replace(name: string, index: number, rule: Rule): void {
    const chain = this.require(name);
    const old = this.requireRule(chain, index, 'Index of replacement too big');
    this.requireTarget(rule);
    this.put(chain, index, old, rule);
  }

  deleteAt(name: string, index: number): void {
    const chain = this.require(name);
    this.put(chain, index, this.requireRule(chain, index, 'Index of deletion too big'), undefined);
  }

  *flush(name: string): Steps<void> {
    const chain = this.require(name);
    const { rules } = chain;
    chain.rules = [];
    const tally = (by: number) => {
      if (this.odd > 0 || chain.jumps > 0 || by > 0) for (const rule of rules) this.tally(chain, rule, by);
    };
    tally(-1);
    this.did(() => {
      chain.rules = rules;
      tally(+1);
    });
    yield;
  }

  *zero(name: string): Steps<void> {
    const chain = this.require(name);
    const { rules, newCounters } = chain;
    const zeroed: Rule[] = [];
    for (const rule of rules) if (zeroed.push(this.zeroed(rule)) % STRETCH === 0) yield;
    chain.rules = zeroed;
    // What the policy has been set to in the same commit stays: libiptc zeroes what the kernel counted.
    chain.newCounters ??= ZERO;
    this.did(() => Object.assign(chain, { rules, newCounters }));
  }

  zeroAt(name: string, index: number): void {
    const chain = this.require(name);
    const rule = this.requireRule(chain, index, 'Index of counter too big');
    this.put(chain, index, rule, this.zeroed(rule));
  }

  create(name: string): void {
    if (this.chains.has(name) || VERDICTS.has(name)) throw failure('edit', EEXIST, 'Chain already exists');
    const chain = newChain(name, '');
    this.enter(name, chain);
    this.did(() => this.enter(name, undefined));
  }

  deleteChain(name: string): void {
    const chain = this.require(name);
    if (chain.builtin) throw failure('edit', EINVAL);
    if (chain.references > 0) throw failure('edit', EMLINK);
    if (chain.rules.length > 0) throw failure('edit', ENOTEMPTY);
    this.enter(name, undefined);
    this.did(() => this.enter(name, chain));
  }

  rename(from: string, to: string): void {
    if (this.chains.has(to) || VERDICTS.has(to)) throw failure('edit', EEXIST);
    const chain = this.chains.get(from);
    if (!chain || chain.builtin) throw failure('edit', ENOENT);
    const move = (old: string, name: string) => {
      this.enter(old, undefined);
      this.enter(name, chain);
      chain.name = name;
    };
    move(from, to);
    this.did(() => move(to, from));
  }

  setPolicy(name: string, policy: string, counters: Counters | undefined): void {
    const chain = this.chains.get(name);
    if (!chain?.builtin) throw failure('edit', ENOENT, 'Bad built-in chain name');
    if (policy !== 'ACCEPT' && policy !== 'DROP') throw failure('edit', EINVAL, 'Bad policy name');
    const old = { policy: chain.policy, newCounters: chain.newCounters };
    Object.assign(chain, { policy, newCounters: counters ?? ZERO });
    this.did(() => Object.assign(chain, old));
  }

  /** A rule of a program's entry, to be counted with from what the entry says. */
  rule({ bytes, standard }: Entry, jump: Chain | undefined): Rule {
    return ruleAt(this.layout, bytes, 0, standard, jump, this.edition);
  }

  private zeroed(rule: Rule): Rule {
    // libiptc subtracts what it read, and so leaves alone what the same commit sets.
    if (rule.edition === this.edition || !hasCounted(rule, this.layout)) return rule;
    return counting(rule, this.layout, ZERO, -1);
  }

  protected require(name: string): Chain {
    const chain = this.chains.get(name);
    if (!chain) throw failure('edit', ENOENT);
    return chain;
  }

  protected requireRule(chain: Chain, index: number, reason?: string): Rule {
    const rule = chain.rules[index];
    if (!rule) throw failure('edit', E2BIG, reason);
    return rule;
  }

  /** libiptc would take an extension's target for a jump to the built-in chain of its name, if there were one. */
  private requireTarget({ standard, bytes, at }: Rule): void {
    if (standard) return;
    const target = at + u16(bytes, at + this.layout.targetOffset);
    if (this.chains.get(nameAt(bytes, target + NAME_AT, NAME_SIZE)!)?.builtin) throw failure('edit', EINVAL);
  }

  /** Remembers how to take back what has just been done. */
  private did(undo: () => void): void {
    this.undo.push(undo);
    this.touched = true;
  }

  protected forget(): void {
    this.undo = [];
    this.touched = this.rerouted = false;
    this.edition++;
  }

  /** The one way in which a rule comes, goes or is replaced. */
  protected put(chain: Chain, index: number, old: Rule | undefined, rule: Rule | undefined): void {
    this.splice(chain, index, old, rule);
    if (rule?.jump || old?.ends) this.rerouted = true;
    this.did(() => this.splice(chain, index, rule, old));
  }

  private splice(chain: Chain, index: number, old: Rule | undefined, rule: Rule | undefined): void {
    if (old && rule) chain.rules[index] = rule;
    else if (rule) chain.rules.splice(index, 0, rule);
    else chain.rules.splice(index, 1);
    if (rule) this.tally(chain, rule, +1);
    if (old) this.tally(chain, old, -1);
  }

  protected tally(chain: Chain, { jump, odd }: Rule, by: number): void {
    if (odd) this.odd += by;
    if (!jump) return;
    jump.references += by;
    chain.jumps += by;
  }

  private enter(name: string, chain: Chain | undefined): void {
    if (chain) this.chains.set(name, chain);
    else this.chains.delete(name);
    this.order = undefined;
  }
}
