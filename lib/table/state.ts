/** A table as it was at one moment, decoded where it is looked at. */
import { argument, optionsOf } from '../arguments';
import { type SnapshotChain, SnapshotReader } from '../backend/snapshot';
import { Memory } from '../codec/struct';
import type { ChainDeclaration, TableRules } from '../file/ruleset';
import { LITTLE } from '../net/endian';
import { encodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { jsonOf } from '../rule/json';
import type { Counters, Family, ListedRule, Rule } from '../rule/rule';
import { EntryView } from '../rule/view';
import type { Steps } from '../slice';
import type { ListFormat } from '../text/list';
import { checkChainName } from './names';
import { counters, listingOf, rulePosition } from './options';
import { commandsText, linesOf, listedText, savedBytes, savedText } from './printed';

/** Rules that are decoded between two steps. */
const STRETCH = 16;
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A chain of a TableState. */
export class ChainState<F extends Family = Family> {
  readonly name: string;
  /** Undefined for a chain of the user's. */
  readonly policy: string | undefined;
  /** What the policy counted. */
  readonly counters: Counters;
  /** How many rules jump or go to it. */
  readonly references: number;
  /** How many rules it has. */
  readonly length: number;
  private decoded: readonly ListedRule<F>[] | undefined;
  /** Where its rules begin, once one has been asked for by its number. */
  private starts: readonly number[] | undefined;
  /** @internal Where its first rule begins in the snapshot's bytes. */
  readonly first: number;

  constructor(
    private readonly codec: EntryCodec,
    /** @internal The snapshot's bytes. */
    readonly memory: Memory,
    private readonly chain: SnapshotChain,
  ) {
    this.name = chain.name;
    this.policy = chain.policy;
    this.counters = chain.counters;
    this.references = chain.references;
    this.first = chain.first;
    this.length = chain.length;
  }

  /** What console.log shows. */
  [INSPECT](): object {
    const { name, policy, counters, references, rules } = this;
    return { name, policy, counters, references, rules };
  }

  /** What JSON.stringify writes. */
  toJSON(): ChainDeclaration & { readonly rules: readonly Rule<F>[] } {
    const { name, policy, counters, references, rules } = this;
    const chain = policy === undefined ? { name, references } : { name, policy, counters };
    return jsonOf({ ...chain, rules }) as ReturnType<this['toJSON']>;
  }

  /** Whether packets enter it by themselves: it has a policy then. */
  get builtin(): boolean {
    return this.policy !== undefined;
  }

  /**
   * What nf_tables calls each rule, as `nft -a list chain ip filter INPUT` shows: it stays the same wherever the rule
   * moves to. Undefined where rules have no names but their positions: in legacy tables, and in memory.
   *
   * @example (await table.state()).chain('INPUT')?.handles // [4, 7, 5]
   */
  get handles(): readonly number[] | undefined {
    return this.chain.handles;
  }

  /** @internal Where each rule begins in the snapshot's bytes. */
  *entries(): Generator<number, void> {
    const view = new EntryView(this.codec.shape);
    for (let i = 0, at = this.first; i < this.length; i++) {
      yield at;
      at = view.on(this.memory, at).end;
    }
  }

  /**
   * All rules, with their counters; frozen, as all rules that are read. Many of them take their time to be decoded:
   * iterate over the chain instead.
   */
  get rules(): readonly ListedRule<F>[] {
    this.decoded ??= Object.freeze([...this]);
    return this.decoded;
  }
  /** @internal The same, bit by bit. */
  *decoding(): Steps<readonly ListedRule<F>[]> {
    if (this.decoded) return this.decoded;
    const rules: ListedRule<F>[] = [];
    for (const rule of this) if (rules.push(rule) % STRETCH === 0) yield;
    this.decoded = Object.freeze(rules);
    return this.decoded;
  }
  /** The rules one after the other, each decoded when its turn comes. */
  *[Symbol.iterator](): Generator<ListedRule<F>, void> {
    for (const at of this.entries()) yield this.codec.decode(this.memory, at) as ListedRule<F>;
  }

  /** The rule at a 1-based position, as iptables counts. */
  rule(position: number): ListedRule<F> | undefined {
    argument('rule', 'position', position, rulePosition);
    if (position > this.length) return undefined;
    this.starts ??= [...this.entries()];
    return this.codec.decode(this.memory, this.starts[position - 1]!) as ListedRule<F>;
  }
}

/** A table at one moment: chains in the kernel's order, built-in ones first. */
export class TableState<F extends Family = Family> {
  private readonly reader: SnapshotReader;
  private readonly memory: Memory;
  /** Those that have been asked for. */
  private readonly made: (ChainState<F> | undefined)[] = [];
  private all: readonly ChainState<F>[] | undefined;

  constructor(
    readonly name: string,
    /** @internal */
    readonly codec: EntryCodec,
    /** @internal The bytes (backend/snapshot.ts). */
    readonly snapshot: ArrayBuffer,
  ) {
    this.reader = new SnapshotReader(snapshot);
    this.memory = new Memory(this.reader.bytes, 0, codec.kernel);
  }

  get family(): F {
    return this.codec.kernel.family as F;
  }

  /** What console.log shows. */
  [INSPECT](): object {
    return { name: this.name, chains: this.chains };
  }

  /** What JSON.stringify writes: a table of a ruleset, as rulesToJson has it. */
  toJSON(): TableRules<F> {
    const chains = this.chains.map((chain) => chain.toJSON());
    return {
      name: this.name,
      chains: chains.map(({ rules, ...chain }) => chain),
      rules: chains.flatMap(({ name, rules }) => rules.map((rule) => ({ chain: name, rule }))),
    };
  }

  get chains(): readonly ChainState<F>[] {
    this.all ??= Object.freeze([...this.each()]);
    return this.all;
  }
  /** @internal The same, one after the other. */
  *each(): Generator<ChainState<F>, void> {
    for (let i = 0, { chains } = this.reader; i < chains; i++) yield this.at(i);
  }
  private at(index: number): ChainState<F> {
    this.made[index] ??= new ChainState<F>(this.codec, this.memory, this.reader.chain(index));
    return this.made[index]!;
  }

  /** A chain by its name; undefined if there is none. */
  chain(name: string): ChainState<F> | undefined {
    checkChainName({ family: this.codec.kernel.family, table: this.name }, 'chain', name);
    const bytes = encodeText(name);
    const { reader } = this;
    // The user's are sorted, and there may be many.
    let low = 0;
    let high = reader.chains - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = reader.chain(middle);
      const order = there.builtin ? 1 : there.compare(bytes);
      if (order === 0) return this.at(middle);
      if (order > 0) low = middle + 1;
      else high = middle - 1;
    }
    for (let i = 0; i < reader.chains; i++) if (reader.chain(i).compare(bytes) === 0) return this.at(i);
    return undefined;
  }

  /** @internal Where in the snapshot's bytes each policy, and each rule, has its counters: two u64. */
  counters(): { readonly policies: Uint32Array; readonly rules: Uint32Array } {
    const { reader, codec } = this;
    const policies = new Uint32Array(reader.chains);
    const rules = new Uint32Array(reader.rules);
    const { counters, nextOffset } = codec.shape;
    let [c, r] = [0, 0];
    for (const chain of reader.each()) {
      policies[c++] = chain.countersAt;
      for (let i = 0, at = chain.first; i < chain.length; i++) {
        rules[r++] = at + counters;
        at += reader.view.getUint16(at + nextOffset, LITTLE);
      }
    }
    return { policies, rules };
  }

  /** How many rules there are in all chains. */
  get length(): number {
    return this.reader.rules;
  }

  /** The lines of iptables-save, from `*TABLE` to `COMMIT`, without comments. */
  saveLines(options?: { readonly counters?: boolean }): Generator<string> {
    return linesOf(this.saved(optionsOf('saveLines', options, counters)));
  }

  /** @internal The same in pieces of some lines, each with its newline. */
  saveTexts(options?: { readonly counters?: boolean }): Generator<string> {
    return this.saved(optionsOf('saveTexts', options, counters));
  }

  /** @internal The same as bytes, each piece valid until the next. */
  saveBytes(options?: { readonly counters?: boolean }): Generator<Uint8Array> {
    return savedBytes(this.codec, this, optionsOf('saveBytes', options, counters).counters ?? false);
  }

  /** Exactly what `iptables-save -t TABLE` prints, without its comments. */
  save(options?: { readonly counters?: boolean }): string {
    let text = '';
    for (const piece of this.saved(optionsOf('save', options, counters))) text += piece;
    return text;
  }
  private saved({ counters = false }: { readonly counters?: boolean }): Generator<string> {
    return savedText(this.codec, this, counters);
  }

  /** Exactly what `iptables -L` prints: of all chains, or of one. */
  listing(format?: Partial<ListFormat>, only?: string): string {
    let text = '';
    for (const piece of this.listed('listing', format, only)) text += piece;
    return text;
  }
  /** The same, line by line without newlines. */
  listingLines(format?: Partial<ListFormat>, only?: string): Generator<string> {
    return linesOf(this.listed('listingLines', format, only));
  }
  /** @internal The same in pieces, each of whole lines; of a rule at a 1-based position alone. */
  listed(
    call: string,
    format: Partial<ListFormat> | undefined,
    only: string | undefined,
    position?: number,
  ): Generator<string> {
    const given = listingOf(call, { family: this.family, table: this.name }, format, only);
    return listedText(this.codec, this, given.format, given.only, position);
  }
  /** @internal Exactly what `iptables -S` prints, line by line, with newlines; `counters`: -v. */
  commands(counters: boolean, only?: string, position?: number): Generator<string> {
    return commandsText(this.codec, this, counters, only, position);
  }
}
