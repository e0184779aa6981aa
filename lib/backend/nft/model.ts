/**
 * A table of iptables-nft's: what the kernel has, as far as it has been read, and what programs have made of it since.
 * Chains are known by name alone until something needs their rules: the kernel takes long to tell them.
 */

import { constants } from 'node:os';
import { NAME_AT, NAME_SIZE, REVISION_AT, STANDARD_REVISION } from '../../rule/layout';
import { builtinChains } from '../../rule/tables';
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { type Entry, nameAt, u16 } from '../memory/entry';
import { failure } from '../memory/failure';
import { writeImage } from '../memory/image';
import type { ProgramRunner } from '../memory/program';
import { type Chain, type Counters, newChain, type Rule, ruleAt } from '../memory/rules';
import { MemoryTable, type Sought } from '../memory/table';
import { CHAIN_NAME_SIZE } from '../program';
import { NF } from './constants';
import type { Normal } from './normal';
import type { KernelChain, KernelRule } from './reader';
import { type Hook, hookOf } from './wire';

export interface NftRule extends Rule {
  /** What the kernel calls it; 0: it isn't there yet. */
  handle: number;
  /** That of the program which brings it. */
  readonly operation: number;
  /** Whether its entry is as it is read again. */
  readonly normal: boolean;
}

export const rulesOf = ({ rules }: Chain): readonly NftRule[] => rules as readonly Rule[] as readonly NftRule[];

/** The same rule, which is nobody else's yet: a copy of each would cost as much as all the rest. */
function known(rule: Rule, handle: number, operation: number, normal: boolean): NftRule {
  const made = rule as { -readonly [key in keyof NftRule]: NftRule[key] };
  made.handle = handle;
  made.operation = operation;
  made.normal = normal;
  return made;
}

/** A chain that the kernel has. */
export interface Place {
  name: string;
  readonly handle: number;
  policy: string;
  /** Whether its rules are known. */
  loaded: boolean;
}

/** What programs have done with a chain. */
export interface Change {
  /** Its rules before, if they are known. */
  readonly before: readonly NftRule[];
  /** Of a chain whose rules aren't known: how many have been put in front of them. */
  heads: number;
  /** They were thrown away, unseen. */
  flushed: boolean;
}

export class NftTable extends MemoryTable {
  /** Whether the kernel has it. */
  exists = false;
  readonly places = new Map<Chain, Place>();
  /** Chains that iptables has no words for: of other hooks, or of long names. */
  readonly hidden: string[] = [];
  readonly changes = new Map<Chain, Change>();
  /** Which operation has made, deleted, renamed or set a chain. */
  readonly operations = new Map<Chain, number>();
  /** It can't be had back as it was. */
  spoiled = false;
  private current: ProgramRunner | undefined;
  /** Rules that weren't known may have led to chains. */
  private uncertain = false;

  constructor(
    family: Family,
    readonly name: string,
    private readonly normal: Normal,
  ) {
    super(family);
    const builtin = builtinChains(name);
    if (builtin.length === 0) throw failure('read', constants.errno.ENOENT, 'Table does not exist');
    for (const chain of builtin) this.chains.set(chain, newChain(chain, 'ACCEPT'));
  }

  /** Takes up a chain that the kernel has. */
  add(said: KernelChain): void {
    const { name, handle } = said;
    const builtin = this.chains.get(name);
    if (isForeign(said)) {
      this.hidden.push(name);
      return;
    }
    const chain = builtin ?? newChain(name, '');
    if (!builtin) this.chains.set(name, chain);
    if (builtin) this.tell(chain, said);
    this.order = undefined;
    this.places.set(chain, { name, handle, policy: chain.policy, loaded: false });
  }
  private tell(chain: Chain, { packets, bytes, policy }: KernelChain): void {
    // What a program has set stays, if its rules are asked for after that.
    if (!this.operations.has(chain)) chain.policy = policy === NF.DROP ? 'DROP' : 'ACCEPT';
    chain.counters = { packets, bytes };
  }

  /** The chains that the kernel has whose rules aren't known, by its names for them. `names`: of these alone. */
  unknown(names?: Iterable<string>): string[] {
    const chains = names === undefined ? [...this.places.keys()] : Array.from(names, (name) => this.chains.get(name));
    const found: string[] = [];
    for (const chain of chains) if (chain && !this.isKnown(chain)) found.push(this.places.get(chain)!.name);
    return found;
  }
  private isKnown(chain: Chain): boolean {
    const place = this.places.get(chain);
    return place === undefined || place.loaded || this.changes.get(chain)?.flushed === true;
  }
  /** Forgets the rules of chains, of those alone that programs haven't touched. */
  forgetRules(names?: Iterable<string>): void {
    const chains = names === undefined ? [...this.places.keys()] : Array.from(names, (name) => this.chains.get(name));
    for (const chain of chains) {
      const place = chain && this.places.get(chain);
      if (chain && place && !this.changes.has(chain)) this.unload(chain, place);
    }
  }
  private unload(chain: Chain, place: Place): void {
    place.loaded = false;
    chain.rules = [];
    chain.jumps = 0;
  }

  /** Takes up what chains have. */
  *load(chains: readonly KernelChain[], rules: readonly KernelRule[]): Steps<void> {
    const byName = new Map<string, { chain: Chain; rules: NftRule[]; use: number }>();
    const known = new Map<string, Chain>();
    for (const [chain, { name }] of this.places) known.set(name, chain);
    for (const said of chains) {
      const chain = known.get(said.name);
      if (said.table !== this.name || !chain) continue;
      if (chain.builtin) this.tell(chain, said);
      byName.set(said.name, { chain, rules: [], use: said.use });
    }
    let looked = 0;
    for (const { chain, handle, memory, at } of rules) {
      byName.get(chain)?.rules.push(this.read(memory, at, handle));
      if (++looked % 128 === 0) yield;
    }
    for (const { chain, rules: found, use } of byName.values()) {
      chain.rules = found;
      chain.jumps = found.reduce((sum, { jump }) => sum + (jump ? 1 : 0), 0);
      chain.references = use - found.length;
      this.places.get(chain)!.loaded = true;
      yield;
    }
  }
  private read(memory: Buffer, at: number, handle: number): NftRule {
    const target = at + u16(memory, at + this.layout.targetOffset);
    const standard = memory[target + REVISION_AT] === STANDARD_REVISION;
    const jump = standard ? this.chains.get(nameAt(memory, target + NAME_AT, NAME_SIZE)!) : undefined;
    return known(ruleAt(this.layout, memory, at, standard, jump, -1), handle, 0, true);
  }

  // What programs do.

  override runner(chainsCapture = false): ProgramRunner {
    this.current = super.runner(chainsCapture);
    return this.current;
  }
  private get operation(): number {
    return this.current?.operation ?? 0;
  }

  override rule(entry: Entry, jump: Chain | undefined): NftRule {
    return known(super.rule(entry, jump), 0, this.operation, false);
  }
  override sought(name: string, pattern: Sought): Sought {
    const chain = this.chains.get(name);
    if (chain) this.normalize(chain);
    return this.normal.sought(pattern);
  }
  private normalize(chain: Chain): void {
    for (const [i, rule] of chain.rules.entries()) {
      if ((rule as NftRule).normal) continue;
      const { bytes, at, size } = rule;
      const entry = bytes.subarray(at, at + size);
      const normal = this.normal.of(entry);
      const same = normal === entry ? bytes : Buffer.from(normal.buffer, normal.byteOffset, normal.length);
      const moved = same === bytes ? rule : { ...rule, bytes: same, at: 0, size: same.length };
      chain.rules[i] = { ...moved, normal: true } as NftRule;
    }
  }

  override insert(name: string, rule: Rule, index?: number): void {
    const chain = this.chains.get(name);
    if (chain && index === 0 && !this.isKnown(chain)) this.changeOf(chain).heads++;
    super.insert(name, rule, index);
  }
  protected override put(chain: Chain, index: number, old: Rule | undefined, rule: Rule | undefined): void {
    this.changeOf(chain);
    super.put(chain, index, old, rule);
  }
  override *flush(name: string): Steps<void> {
    const chain = this.chains.get(name);
    if (chain) {
      const change = this.changeOf(chain);
      change.heads = 0;
      if (!this.isKnown(chain)) this.uncertain = change.flushed = true;
    }
    yield* super.flush(name);
  }
  override *zero(name: string): Steps<void> {
    const chain = this.chains.get(name);
    if (chain) this.changeOf(chain);
    yield* super.zero(name);
  }
  override create(name: string): void {
    super.create(name);
    this.noteOperation(name);
  }
  override deleteChain(name: string): void {
    this.noteOperation(name);
    if (this.uncertain) this.recount();
    super.deleteChain(name);
  }
  override rename(from: string, to: string): void {
    super.rename(from, to);
    this.noteOperation(to);
  }
  override setPolicy(name: string, policy: string, counters: Counters | undefined): void {
    super.setPolicy(name, policy, counters);
    this.noteOperation(name);
  }
  private noteOperation(name: string): void {
    const chain = this.chains.get(name);
    if (chain) this.operations.set(chain, this.operation);
  }
  private changeOf(chain: Chain): Change {
    let change = this.changes.get(chain);
    if (change === undefined) {
      change = { before: rulesOf(chain).slice(), heads: 0, flushed: false };
      this.changes.set(chain, change);
    }
    return change;
  }

  /** What leads to chains, once all rules are known. */
  private recount(): void {
    for (const chain of this.chains.values()) if (!this.isKnown(chain)) return;
    for (const chain of this.chains.values()) chain.references = 0;
    for (const { rules } of this.chains.values()) for (const { jump } of rules) if (jump) jump.references++;
    this.uncertain = false;
    this.spoiled = true;
  }

  override *snapshotting(): Steps<ArrayBuffer> {
    for (const chain of this.chains.values()) {
      this.normalize(chain);
      yield;
    }
    return yield* writeImage<NftRule>(this.family, this.list(), ({ handle }) => handle);
  }

  /** Takes back what programs have done. */
  *takeBack(): Steps<void> {
    yield* this.rollingBack();
    this.rest();
  }
  /** What programs have done is what the kernel has. */
  settle(handleOf: (chain: Chain) => number | undefined): void {
    for (const chain of this.places.keys()) if (this.chains.get(chain.name) !== chain) this.places.delete(chain);
    for (const chain of this.chains.values()) {
      const place = this.places.get(chain);
      if (place) {
        place.name = chain.name;
        place.policy = chain.policy;
        if (this.changes.get(chain)?.flushed) place.loaded = true;
      } else {
        const handle = handleOf(chain);
        if (handle !== undefined)
          this.places.set(chain, { name: chain.name, handle, policy: chain.policy, loaded: true });
      }
      chain.counters = chain.newCounters ?? chain.counters;
      chain.newCounters = undefined;
    }
    for (const chain of this.changes.keys()) {
      const place = this.places.get(chain);
      if (place && !place.loaded) this.unload(chain, place);
    }
    this.forget();
    this.rest();
  }
  private rest(): void {
    this.changes.clear();
    this.operations.clear();
    this.uncertain = false;
  }
}

/** Whether a chain in a table of iptables' name is none that iptables knows. */
export function isForeign({ table, name, hook }: KernelChain): boolean {
  const builtin = builtinChains(table);
  if (builtin.length === 0) return false;
  return builtin.includes(name)
    ? !isSame(hook, hookOf(table, name))
    : hook !== undefined || name === '' || name.length >= CHAIN_NAME_SIZE;
}

const isSame = (a: Hook | undefined, b: Hook) =>
  a !== undefined && a.number === b.number && a.priority === b.priority && a.type === b.type;
