/** Writes programs in the format of program.ts. */
import { IptcError, show } from '../errors';
import { LITTLE } from '../net/endian';
import { encodeText } from '../net/text';
import { CHAIN_NAME_SIZE, OP } from './program';

/** What a rule has to be: an entry where a mask has ones, or with others in the place of its matches and its target. */
export interface Pattern {
  readonly entry: Uint8Array;
  readonly mask: Uint8Array;
  readonly alternatives?: readonly Alternative[];
}
/** A match, or behind the last of them the target, in another form. */
export interface Alternative {
  readonly element: number;
  readonly bytes: Uint8Array;
  readonly mask: Uint8Array;
}

export class ProgramWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private end = 0;
  private count = 0;
  private current: string | undefined;

  constructor(capacity = 4096) {
    this.buffer = new Uint8Array(capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  /** What has been written; later writes may go to another buffer. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }
  get length(): number {
    return this.end;
  }
  /** How many operations have been written. */
  get operations(): number {
    return this.count;
  }
  /** The chain that the next operation is about. */
  get chainName(): string | undefined {
    return this.current;
  }

  /** Begins again in the same memory. */
  reset(): void {
    this.end = 0;
    this.count = 0;
    this.current = undefined;
  }

  chain(name: string): this {
    if (name === this.current) return this;
    const label = labelOf(name);
    const at = this.begin(OP.CHAIN, CHAIN_NAME_SIZE);
    this.buffer.set(label, at);
    this.current = name;
    return this;
  }
  /** Adds what another has written. */
  concat({ bytes, count }: ProgramWriter): void {
    this.add(bytes, count);
  }
  /** The same of a part of it, which names its chain: so many operations. */
  add(bytes: Uint8Array, operations: number): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
    this.count += operations;
    this.current = undefined;
  }
  append(entry: Uint8Array): void {
    const at = this.begin(OP.APPEND, entry.length);
    this.buffer.set(entry, at);
  }
  /** Before the rule at a 0-based index. */
  insert(index: number, entry: Uint8Array): void {
    this.at(OP.INSERT, index, entry);
  }
  replace(index: number, entry: Uint8Array): void {
    this.at(OP.REPLACE, index, entry);
  }
  deleteAt(index: number): void {
    this.at(OP.DELETE_AT, index);
  }
  /** The first rule that fits. */
  delete(pattern: Pattern): void {
    this.pattern(OP.DELETE, pattern.entry.length, 0, pattern);
  }
  check(pattern: Pattern): void {
    this.pattern(OP.CHECK, pattern.entry.length, 0, pattern);
  }
  expectAt(index: number, pattern: Pattern): void {
    this.pattern(OP.EXPECT_AT, index, pattern.entry.length, pattern);
  }
  flush(): void {
    this.begin(OP.FLUSH, 0);
  }
  zero(): void {
    this.begin(OP.ZERO, 0);
  }
  zeroAt(index: number): void {
    this.at(OP.ZERO_AT, index);
  }
  create(): void {
    this.begin(OP.CREATE, 0);
  }
  deleteChain(): void {
    this.begin(OP.DELETE_CHAIN, 0);
  }
  rename(to: string): void {
    const label = labelOf(to);
    const at = this.begin(OP.RENAME, CHAIN_NAME_SIZE);
    this.buffer.set(label, at);
    this.current = undefined;
  }
  /** Without counters they begin at zero, as in libiptc. */
  policy(verdict: string, counters?: { readonly packets: bigint; readonly bytes: bigint }): void {
    const label = labelOf(verdict);
    const at = this.begin(OP.POLICY, CHAIN_NAME_SIZE + 24);
    this.buffer.set(label, at);
    this.view.setUint32(at + CHAIN_NAME_SIZE, counters ? 1 : 0, LITTLE);
    this.view.setUint32(at + CHAIN_NAME_SIZE + 4, 0, LITTLE);
    this.view.setBigUint64(at + CHAIN_NAME_SIZE + 8, counters?.packets ?? 0n, LITTLE);
    this.view.setBigUint64(at + CHAIN_NAME_SIZE + 16, counters?.bytes ?? 0n, LITTLE);
  }

  flushAll(): void {
    this.begin(OP.FLUSH_ALL, 0);
  }
  zeroAll(): void {
    this.begin(OP.ZERO_ALL, 0);
  }
  deleteChains(): void {
    this.begin(OP.DELETE_CHAINS, 0);
  }
  /** Flushes the chain, or creates it. */
  emptyChain(): void {
    this.begin(OP.EMPTY_CHAIN, 0);
  }
  /** What the next operation takes away is told. */
  tell(): this {
    this.begin(OP.TELL, 0);
    return this;
  }
  /** Ends a program that is only tried. */
  abandon(): void {
    this.begin(OP.ABANDON, 0);
  }

  private at(opcode: number, index: number, entry?: Uint8Array): void {
    const at = this.begin(opcode, 8 + (entry?.length ?? 0));
    this.view.setUint32(at, index, LITTLE);
    this.view.setUint32(at + 4, 0, LITTLE);
    if (entry) this.buffer.set(entry, at + 8);
  }
  private pattern(opcode: number, first: number, second: number, { entry, mask, alternatives = [] }: Pattern): void {
    const size = alternatives.reduce((sum, { bytes }) => sum + 8 + 2 * bytes.length, 0);
    let at = this.begin(opcode, 8 + 2 * entry.length + size);
    const put = (a: number, b: number, bytes: Uint8Array, its: Uint8Array) => {
      this.view.setUint32(at, a, LITTLE);
      this.view.setUint32(at + 4, b, LITTLE);
      this.buffer.set(bytes, at + 8);
      this.buffer.set(its, at + 8 + bytes.length);
      at += 8 + 2 * bytes.length;
    };
    put(first, second, entry, mask);
    for (const { element, bytes, mask: its } of alternatives) put(element, bytes.length, bytes, its);
  }
  /** Makes room for an operation and writes its head; gives the offset of its body. */
  private begin(opcode: number, size: number): number {
    const at = this.reserve(8 + size);
    this.view.setUint32(at, opcode, LITTLE);
    this.view.setUint32(at + 4, 8 + size, LITTLE);
    this.count++;
    return at + 8;
  }

  /** Gives where so many more bytes begin. */
  private reserve(size: number): number {
    const at = this.end;
    this.end = at + size;
    if (this.end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.end));
      larger.set(this.buffer.subarray(0, at));
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Cut, or up to a zero byte, a name would be another one: whoever lets such a one come here gets it back. */
function labelOf(name: string): Uint8Array {
  const bytes = encodeText(name);
  if (bytes.length >= CHAIN_NAME_SIZE || bytes.includes(0))
    throw new IptcError(
      'ERR_BAD_CHAIN',
      `Expected a name of at most ${CHAIN_NAME_SIZE - 1} bytes, none of them zero, but received ${show(name)}`,
      { chain: name },
    );
  const label = new Uint8Array(CHAIN_NAME_SIZE);
  label.set(bytes);
  return label;
}
