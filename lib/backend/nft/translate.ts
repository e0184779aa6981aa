/**
 * What a table has become -> the batch that makes the kernel's the same. It is made of what differs, not of what was
 * done: so a rule can be inserted before one of the same program, a chain be renamed that it has made, and no message
 * needs a name or a handle that there isn't yet.
 */
import { constants } from 'node:os';
import { Block } from '../../net/block';
import { LITTLE } from '../../net/endian';
import { beginBatch, endBatch } from '../../netlink/batch';
import { NFNL_SUBSYS, NLM_F } from '../../netlink/constants';
import { MessageWriter } from '../../netlink/writer';
import { ENTRY_MAX, NAME_AT, NAME_SIZE } from '../../rule/layout';
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { failure } from '../memory/failure';
import type { Chain } from '../memory/rules';
import { NF, NFTA_CHAIN, NFTA_COUNTER, NFTA_HOOK, NFTA_RULE, NFTA_TABLE } from './constants';
import { RuleEncoder } from './encode/rule';
import { type Change, type NftRule, type NftTable, type Place, rulesOf } from './model';
import { Refusal } from './refusal';
import { hookOf, NFPROTOS, nameBytes, nftMessage } from './wire';

/** How many rules are echoed, so that their handles are known. Of more of them the table is read again. */
const ECHOED = 512;
const STRETCH = 32;

export class Translation {
  readonly writer = new MessageWriter();
  /** By sequence number, from the first on: what a message is about, and which operation wants it. */
  readonly subjects: (NftRule | Chain | undefined)[] = [];
  private readonly operations: number[] = [];
  /** The sequence number of the batch's first message. */
  readonly first: number;
  readonly echoes: boolean;
  private readonly plans: readonly Plan[];
  private readonly removed: readonly Chain[];
  /** Chains that are to be what others of the same name were. */
  private readonly adopted = new Map<Chain, Place>();
  private readonly hidden: ReadonlySet<string>;

  constructor(
    private readonly family: Family,
    private readonly table: NftTable,
    private readonly rule: RuleWriter,
    generation: number,
  ) {
    this.first = beginBatch(this.writer, NFNL_SUBSYS.NFTABLES, generation);
    this.subjects.push(undefined);
    this.operations.push(0);
    this.removed = [...table.places.keys()].filter((chain) => table.find(chain.name) !== chain);
    // In the program's order, as far as chains can be: the kernel blames the rule behind which it is wrong.
    this.plans = Array.from(table.changes, ([chain, change]) => this.plan(chain, change)).sort(
      (a, b) => a.begins - b.begins,
    );
    this.echoes = this.plans.reduce((sum, { fresh }) => sum + fresh, 0) <= ECHOED;
    this.hidden = new Set(table.hidden);
  }

  private plan(chain: Chain, { before, heads, flushed }: Change): Plan {
    const { table, removed } = this;
    const place = table.places.get(chain);
    const isThere = table.find(chain.name) === chain;
    const after = isThere ? rulesOf(chain) : [];
    let [fresh, begins] = [0, Number.MAX_SAFE_INTEGER];
    for (const { handle, operation } of after) {
      if (handle !== 0) continue;
      fresh++;
      begins = Math.min(begins, operation);
    }
    const emptied = flushed || (before.length > 1 && fresh === after.length);
    const isKnown = place === undefined || place.loaded || flushed;
    return {
      chain,
      place,
      fresh,
      begins,
      emptied,
      // Where chains are deleted, no rule that leads to one is replaced.
      apart: removed.length > 0,
      gaps: isKnown ? [...gaps(before, after)] : [],
      heads: isKnown ? undefined : heads,
    };
  }

  /** How many answers may come at most, if all goes well. */
  get answers(): number {
    return this.echoes ? 2 * this.writer.count : this.writer.count;
  }
  operationOf(sequence: number): number {
    return this.operations[sequence - this.first] ?? 0;
  }
  subjectOf(sequence: number): NftRule | Chain | undefined {
    return this.subjects[sequence - this.first];
  }
  handleOf(chain: Chain, echoed: ReadonlyMap<unknown, number>): number | undefined {
    return this.adopted.get(chain)?.handle ?? echoed.get(chain);
  }

  /** False if the kernel has it all already. `trial`: it has no end, so that the kernel checks and then forgets it. */
  *write(trial: boolean): Steps<boolean> {
    const { table, removed } = this;
    for (const chain of removed) {
      const place = table.places.get(chain)!;
      const heir = table.find(place.name);
      if (heir && !table.places.has(heir)) this.adopted.set(heir, place);
    }
    this.makeTable();
    yield* this.deleteRules();
    const inherited = new Set(this.adopted.values());
    for (const chain of removed) {
      const place = table.places.get(chain)!;
      if (!inherited.has(place)) {
        this.begin('DELCHAIN', NLM_F.NONREC, chain, table.operations.get(chain));
        this.writer.text(NFTA_CHAIN.TABLE, table.name);
        this.name(NFTA_CHAIN.NAME, place.name);
        this.writer.end();
        yield;
      }
    }
    yield* this.makeChains();
    for (const plan of this.plans) if (table.find(plan.chain.name) === plan.chain) yield* this.writeRules(plan);
    this.renameChains();
    const some = this.writer.count > 1;
    if (!trial) endBatch(this.writer, NFNL_SUBSYS.NFTABLES);
    return some;
  }

  private begin(
    message: Parameters<typeof nftMessage>[0],
    flags: number,
    subject: NftRule | Chain | undefined,
    operation: number | undefined,
  ): void {
    // The first one's echo brings the new generation.
    const echo = this.writer.count === 1 || (this.echoes && subject !== undefined) ? NLM_F.ECHO : 0;
    this.writer.begin(nftMessage(message), flags | echo, NFPROTOS[this.family]);
    this.subjects.push(subject);
    this.operations.push(operation ?? 0);
  }
  private name(type: number, name: string): void {
    this.writer.data(type, nameBytes(name));
  }
  /** What the kernel calls a chain until the batch is done. */
  private nameOf(chain: Chain): string {
    return this.table.places.get(chain)?.name ?? chain.name;
  }

  private makeTable(): void {
    const { table } = this;
    if (table.exists || !this.hasSomething()) return;
    this.begin('NEWTABLE', NLM_F.CREATE, undefined, undefined);
    this.writer.text(NFTA_TABLE.NAME, table.name);
    this.writer.end();
  }
  private hasSomething(): boolean {
    return this.table.list().some((chain) => !chain.builtin || this.isNeeded(chain));
  }

  /** First what goes: nothing may lead to a chain that is deleted. */
  private *deleteRules(): Steps<void> {
    const { writer, table } = this;
    for (const { place, emptied, apart, gaps } of this.plans) {
      if (emptied && place) {
        this.begin('DELRULE', 0, undefined, undefined);
        writer.text(NFTA_RULE.TABLE, table.name);
        this.name(NFTA_RULE.CHAIN, place.name);
        writer.end();
      } else if (apart && place)
        for (const { gone } of gaps) for (const rule of gone) this.deleteRule(place.name, rule);
      yield;
    }
  }
  private deleteRule(chain: string, rule: NftRule): void {
    const { writer } = this;
    this.begin('DELRULE', 0, undefined, undefined);
    writer.text(NFTA_RULE.TABLE, this.table.name);
    this.name(NFTA_RULE.CHAIN, chain);
    writer.u64(NFTA_RULE.HANDLE, rule.handle);
    writer.end();
  }

  private *makeChains(): Steps<void> {
    const { table } = this;
    for (const chain of table.list()) {
      const place = table.places.get(chain);
      if (place === undefined && !this.adopted.has(chain)) {
        if (!chain.builtin || this.isNeeded(chain)) this.makeChain(chain);
      } else if (chain.builtin && (chain.newCounters !== undefined || chain.policy !== place?.policy)) {
        this.begin('NEWCHAIN', 0, undefined, table.operations.get(chain));
        this.writer.text(NFTA_CHAIN.TABLE, table.name);
        this.name(NFTA_CHAIN.NAME, chain.name);
        this.policy(chain);
        this.writer.end();
      }
      yield;
    }
  }
  /** A built-in chain that the kernel hasn't, and should. */
  private isNeeded(chain: Chain): boolean {
    return chain.rules.length > 0 || this.table.operations.has(chain);
  }
  private makeChain(chain: Chain): void {
    const { table, writer } = this;
    const operation = table.operations.get(chain) ?? rulesOf(chain)[0]?.operation;
    if (this.hidden.has(chain.name))
      throw failure(
        'commit',
        constants.errno.EEXIST,
        `nf_tables has a chain of that name that isn't iptables' own`,
        operation,
      );
    this.begin('NEWCHAIN', chain.builtin ? NLM_F.CREATE : NLM_F.EXCL | NLM_F.CREATE, chain, operation);
    writer.text(NFTA_CHAIN.TABLE, table.name);
    this.name(NFTA_CHAIN.NAME, chain.name);
    if (chain.builtin) {
      const { number, priority, type } = hookOf(table.name, chain.name);
      const hook = writer.nest(NFTA_CHAIN.HOOK);
      writer.u32(NFTA_HOOK.HOOKNUM, number);
      writer.u32(NFTA_HOOK.PRIORITY, priority);
      writer.close(hook);
      this.policy(chain);
      writer.text(NFTA_CHAIN.TYPE, type);
    }
    writer.end();
  }
  private policy({ policy, newCounters, counters }: Chain): void {
    const { writer } = this;
    writer.u32(NFTA_CHAIN.POLICY, policy === 'DROP' ? NF.DROP : NF.ACCEPT);
    const { packets, bytes } = newCounters ?? counters;
    const nest = writer.nest(NFTA_CHAIN.COUNTERS);
    writer.bigU64(NFTA_COUNTER.PACKETS, packets);
    writer.bigU64(NFTA_COUNTER.BYTES, bytes);
    writer.close(nest);
  }

  private *writeRules({ chain, emptied, apart, gaps, heads }: Plan): Steps<void> {
    const name = this.nameOf(chain);
    const place = this.placeOf(name);
    let count = 0;
    if (heads !== undefined) {
      const rules = rulesOf(chain);
      for (let i = heads - 1; i >= 0; i--) this.newRule(place, rules[i]!, NLM_F.CREATE);
      for (let i = heads; i < rules.length; i++) {
        this.newRule(place, rules[i]!, NLM_F.CREATE | NLM_F.APPEND);
        if (++count % STRETCH === 0) yield;
      }
      return;
    }
    for (const { gone, come, next, changed } of gaps) {
      const left = emptied || apart ? [] : gone;
      for (const [i, rule] of come.entries()) {
        const old = left[i];
        if (old) this.newRule(place, rule, NLM_F.CREATE | NLM_F.REPLACE, NFTA_RULE.HANDLE, old.handle);
        else if (next) this.newRule(place, rule, NLM_F.CREATE, NFTA_RULE.POSITION, next.handle);
        else this.newRule(place, rule, NLM_F.CREATE | NLM_F.APPEND);
        if (++count % STRETCH === 0) yield;
      }
      for (const rule of left.slice(come.length)) this.deleteRule(name, rule);
      if (changed) this.newRule(place, changed, NLM_F.CREATE | NLM_F.REPLACE, NFTA_RULE.HANDLE, changed.handle);
      yield;
    }
  }

  /** What every message of a chain's rules begins with. */
  private placeOf(chain: string): Uint8Array {
    const writer = new MessageWriter(1, 2048);
    writer.text(NFTA_RULE.TABLE, this.table.name);
    writer.data(NFTA_RULE.CHAIN, nameBytes(chain));
    return writer.bytes.subarray(0, writer.at);
  }
  private newRule(
    place: Uint8Array,
    rule: NftRule,
    flags: number,
    where?: typeof NFTA_RULE.HANDLE | typeof NFTA_RULE.POSITION,
    handle = 0,
  ): void {
    const { writer } = this;
    this.begin('NEWRULE', flags, rule, rule.operation);
    writer.put(place);
    if (where !== undefined) writer.u64(where, handle);
    this.rule.write(writer, rule, rule.jump && this.nameOf(rule.jump));
    writer.end();
  }

  /** Last: until then rules know them by their old names. */
  private renameChains(): void {
    const { table, writer } = this;
    for (const [chain, place] of table.places) {
      if (place.name === chain.name || table.find(chain.name) !== chain) continue;
      this.begin('NEWCHAIN', 0, undefined, table.operations.get(chain));
      writer.text(NFTA_CHAIN.TABLE, table.name);
      this.name(NFTA_CHAIN.NAME, chain.name);
      writer.u64(NFTA_CHAIN.HANDLE, place.handle);
      writer.end();
    }
  }
}

/** What is to be done with a chain's rules. */
interface Plan {
  readonly chain: Chain;
  readonly place: Place | undefined;
  /** How many rules are new. */
  readonly fresh: number;
  /** The first operation that brings one. */
  readonly begins: number;
  /** All that it had goes. */
  readonly emptied: boolean;
  /** What goes does so before anything comes. */
  readonly apart: boolean;
  readonly gaps: readonly Gap[];
  /** Where its rules aren't known: how many come in front of them; the others come behind. */
  readonly heads: number | undefined;
}
/** What goes and what comes between two rules that stay. */
interface Gap {
  readonly gone: readonly NftRule[];
  readonly come: readonly NftRule[];
  /** The rule behind it that stays, if there is one. */
  readonly next: NftRule | undefined;
  /** The same, if it is to say something else. */
  readonly changed: NftRule | undefined;
}
function* gaps(before: readonly NftRule[], after: readonly NftRule[]): Generator<Gap> {
  let i = 0;
  let come: NftRule[] = [];
  for (const rule of after) {
    if (rule.handle === 0) {
      come.push(rule);
      continue;
    }
    const from = i;
    while (before[i]!.handle !== rule.handle) i++;
    const changed = before[i] !== rule ? rule : undefined;
    if (i > from || come.length > 0 || changed) yield { gone: before.slice(from, i), come, next: rule, changed };
    come = [];
    i++;
  }
  if (i < before.length || come.length > 0) yield { gone: before.slice(i), come, next: undefined, changed: undefined };
}

/** Writes what a rule says, from its entry. */
export class RuleWriter {
  readonly encoder: RuleEncoder;
  private readonly scratch = new Block(new Uint8Array(ENTRY_MAX + 1));
  private readonly targetOffset: number;

  constructor(family: Family, targetOffset: number) {
    this.encoder = new RuleEncoder(family);
    this.targetOffset = targetOffset;
  }

  /** `jump`: what the chain is called to which it leads. Throws a failure of stage 'rule'. */
  write(writer: MessageWriter, { bytes, at, size, operation }: NftRule, jump: string | undefined): void {
    const { scratch } = this;
    scratch.bytes.set(at === 0 && size === bytes.length ? bytes : bytes.subarray(at, at + size));
    if (jump !== undefined) {
      const name = scratch.view.getUint16(this.targetOffset, LITTLE) + NAME_AT;
      scratch.bytes.fill(0, name, name + NAME_SIZE);
      for (let i = 0; i < jump.length; i++) scratch.bytes[name + i] = jump.charCodeAt(i);
    }
    try {
      this.encoder.write(writer, scratch, 0);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw failure('rule', error.errno, error.message, operation);
    }
  }
}
