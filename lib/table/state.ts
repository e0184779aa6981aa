/** A table as it was at one moment, decoded where it is looked at. */
import { argument, optionsOf } from '../arguments';
import { SNAPSHOT } from '../backend/snapshot';
import { LITTLE, Memory } from '../codec/struct';
import { decodeText, encodeText } from '../net/text';
import { TextWriter } from '../net/writer';
import type { EntryCodec } from '../rule/entry';
import type { Counters, Family, ListedRule } from '../rule/rule';
import { EntryView } from '../rule/view';
import { type ListFormat, listHeader, RuleLister } from '../text/list';
import { printChain, printName, RulePrinter } from '../text/print';
import { checkChainName } from './names';
import { counters, listing, rulePosition } from './options';

/** Bytes that are handed out together; a little more than that, since lines stay whole. */
const PIECE = 256 << 10;
const NEWLINE = 10;
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
  private offsets: number[] | undefined;
  /** @internal Where its first rule begins in the snapshot's bytes. */
  readonly first: number;

  constructor(
    private readonly codec: EntryCodec,
    /** @internal The snapshot's bytes. */
    readonly memory: Memory,
    at: number,
  ) {
    const { view, bytes } = memory;
    this.name = decodeText(bytes, at, at + 32);
    this.policy = view.getUint32(at + 80, LITTLE) === 1 ? decodeText(bytes, at + 32, at + 64) : undefined;
    this.counters = { packets: view.getBigUint64(at + 64, LITTLE), bytes: view.getBigUint64(at + 72, LITTLE) };
    this.references = view.getUint32(at + 84, LITTLE);
    this.first = view.getUint32(at + 88, LITTLE);
    this.length = view.getUint32(at + 92, LITTLE);
  }

  /** Whether packets enter it by themselves: it has a policy then. */
  /** What console.log shows. */
  [INSPECT](): object {
    const { name, policy, counters, references, rules } = this;
    return { name, policy, counters, references, rules };
  }

  get builtin(): boolean {
    return this.policy !== undefined;
  }

  /** @internal Where each rule begins in the snapshot's bytes. */
  entries(): readonly number[] {
    if (!this.offsets) {
      this.offsets = [];
      const view = new EntryView(this.codec.shape);
      for (let i = 0, at = this.first; i < this.length; i++) {
        this.offsets.push(at);
        at = view.on(this.memory, at).end;
      }
    }
    return this.offsets;
  }

  /** All rules, with their counters; frozen, as all rules that are read. */
  get rules(): readonly ListedRule<F>[] {
    this.decoded ??= Object.freeze(this.entries().map((at) => this.codec.decode(this.memory, at) as ListedRule<F>));
    return this.decoded;
  }

  /** The rule at a 1-based position, as iptables counts. */
  rule(position: number): ListedRule<F> | undefined {
    argument('rule', 'position', position, rulePosition);
    const at = this.entries()[position - 1];
    return at === undefined ? undefined : (this.codec.decode(this.memory, at) as ListedRule<F>);
  }
}

/** A table at one moment: chains in the kernel's order, built-in ones first. */
export class TableState<F extends Family = Family> {
  readonly chains: readonly ChainState<F>[];
  private readonly byName: ReadonlyMap<string, ChainState<F>>;
  private readonly memory: Memory;

  constructor(
    readonly name: string,
    private readonly codec: EntryCodec,
    /** @internal The bytes (backend/snapshot.ts). */
    readonly snapshot: ArrayBuffer,
  ) {
    this.memory = new Memory(new Uint8Array(snapshot), 0, codec.kernel);
    const count = this.memory.view.getUint32(8, LITTLE);
    const at = this.memory.view.getUint32(16, LITTLE);
    this.chains = Object.freeze(
      Array.from({ length: count }, (_, i) => new ChainState<F>(codec, this.memory, at + i * SNAPSHOT.CHAIN_SIZE)),
    );
    this.byName = new Map(this.chains.map((chain) => [chain.name, chain]));
  }

  get family(): F {
    return this.codec.kernel.family as F;
  }

  /** What console.log shows. */
  [INSPECT](): object {
    return { name: this.name, chains: this.chains };
  }

  /** A chain by its name; undefined if there is none. */
  chain(name: string): ChainState<F> | undefined {
    checkChainName({ family: this.codec.kernel.family, table: this.name }, 'chain', name);
    return this.byName.get(name);
  }

  /** How many rules there are in all chains. */
  get length(): number {
    return this.memory.view.getUint32(12, LITTLE);
  }

  /** The lines of iptables-save, from `*TABLE` to `COMMIT`, without comments. */
  lines(options?: { readonly counters?: boolean }): Generator<string> {
    return lines(this.pieces(optionsOf('lines', options, counters)));
  }

  /** The same in pieces of some hundred lines, each with its newline. */
  texts(options?: { readonly counters?: boolean }): Generator<string> {
    return this.pieces(optionsOf('texts', options, counters));
  }
  private *pieces({ counters = false }: { readonly counters?: boolean }): Generator<string> {
    const printer = new RulePrinter(this.codec, true);
    const out = new TextWriter(PIECE);
    const line = (text: string) => out.text(`${text}\n`);
    line(`*${this.name}`);
    for (const { name, policy, counters: counted } of this.chains) {
      line(printChain(name, policy, policy === undefined ? undefined : `[${counted.packets}:${counted.bytes}]`));
      if (out.end >= PIECE) yield out.take();
    }
    const view = new EntryView(this.codec.shape);
    for (const chain of this.chains) {
      const prefix = encodeText(`-A ${printName(chain.name)}`);
      let at = chain.first;
      for (let i = 0; i < chain.length; i++) {
        view.on(this.memory, at);
        if (counters) out.text(`[${view.packets}:${view.bytes}] `);
        out.copy(prefix);
        printer.write(out, this.memory, at);
        out.byte(NEWLINE);
        if (out.end >= PIECE) yield out.take();
        at = view.end;
      }
    }
    line('COMMIT');
    yield out.take();
  }

  /** Exactly what `iptables-save -t TABLE` prints, without its comments. */
  toText(options?: { readonly counters?: boolean }): string {
    let text = '';
    for (const piece of this.pieces(optionsOf('toText', options, counters))) text += piece;
    return text;
  }

  /** Exactly what `iptables -L` prints: of all chains, or of one. */
  toListing(format?: Partial<ListFormat>, only?: string): string {
    const given = argument('toListing', 'format', format === undefined ? {} : format, listing);
    if (only !== undefined)
      checkChainName({ family: this.codec.kernel.family, table: this.name }, 'toListing', only, 'only');
    const full: ListFormat = { numeric: false, verbose: false, exact: false, lineNumbers: false, ...given };
    const lister = new RuleLister(this.codec, full);
    const texts: string[] = [];
    for (const chain of this.chains) {
      if (only !== undefined && chain.name !== only) continue;
      let text = listHeader(chain, full);
      let number = 1;
      for (const at of chain.entries()) text += lister.list(this.memory, at, number++);
      texts.push(text);
    }
    return texts.join('\n');
  }
}

function* lines(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield* text.slice(0, -1).split('\n');
}
