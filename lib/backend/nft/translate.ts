/**
 * What a table has become -> the batch that makes the kernel's the same. It is made of what differs, not of what was
 * done: so a rule can be inserted before one of the same program, a chain be renamed that it has made, and no message
 * needs a name or a handle that there isn't yet.
 */
import { constants } from 'node:os';
import { NLM_F } from '../../netlink/constants';
import type { MessageWriter } from '../../netlink/writer';
import type { Steps } from '../../slice';
import type { Family } from '../backend';
import { failure } from '../memory/failure';
import type { Chain } from '../memory/rules';
import type { Batch } from './batch';
import { NF, NFTA_CHAIN, NFTA_COUNTER, NFTA_HOOK, NFTA_RULE, NFTA_TABLE } from './constants';
import { type NftRule, type NftTable, type Place, rulesOf } from './model';
import { type Plan, planOf } from './plan';
import type { RuleWriter } from './rule-writer';
import { hookOf, NFPROTOS, nameBytes, nftMessage } from './wire';

/** How many rules are echoed, so that their handles are known. Of more of them the table is read again. */
const ECHOED = 512;
const STRETCH = 32;

export class Translation {
  /** Whether the handles of what is new are told. */
  readonly echoes: boolean;
  /** Whether there was nothing to write. */
  isEmpty = true;
  private readonly writer: MessageWriter;
  private readonly plans: readonly Plan[];
  private readonly removed: readonly Chain[];
  /** Chains that are to be what others of the same name were. */
  private readonly adopted = new Map<Chain, Place>();
  private readonly hidden: ReadonlySet<string>;

  constructor(
    private readonly family: Family,
    readonly table: NftTable,
    private readonly rule: RuleWriter,
    private readonly batch: Batch,
    /** Whether the kernel is to say what rules had counted that go. */
    private readonly tells = false,
  ) {
    this.writer = batch.writer;
    this.removed = [...table.places.keys()].filter((chain) => table.find(chain.name) !== chain);
    const apart = this.removed.length > 0;
    // In the program's order, as far as chains can be: the kernel blames the rule behind which it is wrong.
    this.plans = Array.from(table.changes, ([chain, change]) => planOf(table, chain, change, apart)).sort(
      (a, b) => a.begins - b.begins,
    );
    this.echoes = this.plans.reduce((sum, { fresh }) => sum + fresh, 0) <= ECHOED;
    this.hidden = new Set(table.hidden);
  }

  handleOf(chain: Chain, echoed: ReadonlyMap<unknown, number>): number | undefined {
    return this.adopted.get(chain)?.handle ?? echoed.get(chain);
  }

  /** Writes nothing if the kernel has it all already. */
  *write(): Steps<void> {
    const { table, removed } = this;
    const { count } = this.writer;
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
    this.isEmpty = this.writer.count === count;
  }

  private begin(
    message: Parameters<typeof nftMessage>[0],
    flags: number,
    subject: NftRule | Chain | undefined,
    operation: number | undefined,
  ): void {
    const goes = message === 'DELRULE' || (flags & NLM_F.REPLACE) !== 0;
    const tells = this.tells && goes;
    if (tells) this.batch.more++;
    const echo = (this.echoes && subject !== undefined) || tells;
    this.batch.begin(nftMessage(message), flags, NFPROTOS[this.family], echo, subject, operation);
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
    if (!table.exists && this.hasSomething()) this.nameTable();
  }
  /** Makes it, or changes nothing. */
  private nameTable(): void {
    this.begin('NEWTABLE', NLM_F.CREATE, undefined, undefined);
    this.writer.text(NFTA_TABLE.NAME, this.table.name);
    this.writer.end();
  }
  private hasSomething(): boolean {
    return this.table.list().some((chain) => !chain.builtin || this.isNeeded(chain));
  }

  /** First what goes: nothing may lead to a chain that is deleted. */
  private *deleteRules(): Steps<void> {
    const { writer, table } = this;
    for (const { chain, place, emptied, apart, gaps } of this.plans) {
      if (emptied && place) {
        // What a batch begins with is echoed: of this message that would be each of the rules.
        if (this.batch.isEmpty) this.nameTable();
        if (this.tells) this.batch.more += table.changes.get(chain)!.before.length;
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
    const place = this.rule.placeOf(this.table.name, name);
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
