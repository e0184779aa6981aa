/**
 * A table as a backend hands it out: one ArrayBuffer, in the byte order of the machine.
 *
 *     header, 32 bytes:  u32 version (1), u32 family (4 or 6), u32 chains, u32 rules,
 *                        u32 offset of the chains, u32 offset of the rules, u32 size of the whole,
 *                        u32 1 if rules have handles
 *     chain, 96 bytes:   name[32], policy[32] (empty for a chain of the user's), u64 packets, u64 bytes (the policy's),
 *                        u32 1 if built in, u32 references, u32 offset of its first rule, u32 its rules
 *     rules:             their entries, those of a chain in a row, each `next_offset` bytes, in the form that program.ts
 *                        describes: the target's name says where the rule goes, a standard target has revision 255
 *                        and verdict 0. `comefrom` is zero. (A verdict that no rule of ours can have, which only other
 *                        programs write, stays a number, with an empty name.)
 *
 * Handles, by which the kernel knows the rules of a chain, are in front of its first rule, a u64 for each. What is
 * between the rules of two chains says nothing else. Chains come in libiptc's order: built-in chains by hook, then
 * the user's by name.
 */
import { LITTLE } from '../net/endian';
import { decodeText } from '../net/text';
import type { Family } from './backend';

const VERSION = 1;
const HEADER_SIZE = 32;
const [CHAINS, RULES, CHAINS_AT, RULES_AT, SIZE, HANDLES] = [8, 12, 16, 20, 24, 28] as const;
const HANDLE_SIZE = 8;
const CHAIN_SIZE = 96;
const LABEL_SIZE = 32;
const [POLICY, PACKETS, BYTES, BUILTIN, REFERENCES, FIRST, LENGTH] = [32, 64, 72, 80, 84, 88, 92] as const;

/** A chain of a snapshot, read where it is. */
export class SnapshotChain {
  constructor(
    private readonly snapshot: SnapshotReader,
    private readonly at: number,
  ) {}

  /** The bytes of its name. */
  get label(): Uint8Array {
    const { bytes } = this.snapshot;
    const end = bytes.indexOf(0, this.at);
    return bytes.subarray(this.at, end);
  }
  get name(): string {
    return decodeText(this.snapshot.bytes, this.at, this.at + LABEL_SIZE);
  }
  get builtin(): boolean {
    return this.u32(BUILTIN) === 1;
  }
  /** Undefined for a chain of the user's. */
  get policy(): string | undefined {
    const at = this.at + POLICY;
    return this.builtin ? decodeText(this.snapshot.bytes, at, at + LABEL_SIZE) : undefined;
  }
  /** What the policy counted. */
  get counters(): { readonly packets: bigint; readonly bytes: bigint } {
    const { view } = this.snapshot;
    return {
      packets: view.getBigUint64(this.at + PACKETS, LITTLE),
      bytes: view.getBigUint64(this.at + BYTES, LITTLE),
    };
  }
  /** Where those are: packets, and bytes behind them. */
  get countersAt(): number {
    return this.at + PACKETS;
  }
  get references(): number {
    return this.u32(REFERENCES);
  }
  /** Where its first rule begins. */
  get first(): number {
    return this.u32(FIRST);
  }
  /** How many rules it has. */
  get length(): number {
    return this.u32(LENGTH);
  }
  /** What the kernel calls each of them; undefined where it has no names for rules. */
  get handles(): number[] | undefined {
    const { snapshot, first, length } = this;
    if (!snapshot.hasHandles) return undefined;
    const all = new BigUint64Array(snapshot.buffer, first - length * HANDLE_SIZE, length);
    return Array.from(all, Number);
  }

  /** As strcmp() of a name and its own. */
  compare(name: Uint8Array): number {
    const { bytes } = this.snapshot;
    for (let i = 0; ; i++) {
      const [a, b] = [name[i] ?? 0, bytes[this.at + i]!];
      if (a !== b || a === 0) return a - b;
    }
  }

  private u32(at: number): number {
    return this.snapshot.view.getUint32(this.at + at, LITTLE);
  }
}

/** Reads a snapshot in place: it must not change. */
export class SnapshotReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(readonly buffer: ArrayBuffer) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    if (buffer.byteLength < HEADER_SIZE || this.u32(0) !== VERSION || this.u32(SIZE) !== buffer.byteLength)
      throw new TypeError('Expected a snapshot of a table');
  }

  get family(): Family {
    return this.u32(4) === 4 ? 'ipv4' : 'ipv6';
  }
  /** How many chains there are, and how many rules in all of them. */
  get chains(): number {
    return this.u32(CHAINS);
  }
  get rules(): number {
    return this.u32(RULES);
  }
  get hasHandles(): boolean {
    return this.u32(HANDLES) === 1;
  }

  chain(index: number): SnapshotChain {
    return new SnapshotChain(this, this.u32(CHAINS_AT) + index * CHAIN_SIZE);
  }
  *each(): Generator<SnapshotChain, void> {
    for (let i = 0, { chains } = this; i < chains; i++) yield this.chain(i);
  }

  private u32(at: number): number {
    return this.view.getUint32(at, LITTLE);
  }
}

/** What a chain is to say. */
export interface ChainFacts {
  /** Each byte a character. */
  readonly name: string;
  readonly policy: string;
  readonly builtin: boolean;
  readonly counters: { readonly packets: bigint; readonly bytes: bigint };
  readonly references: number;
  readonly length: number;
}

/** Writes a snapshot, chain after chain; the rules of each are put to where it says. */
export class SnapshotWriter {
  readonly buffer: ArrayBuffer;
  readonly bytes: Buffer;
  private readonly view: DataView;
  private at = HEADER_SIZE;

  /** `size`: of all rules together, without their handles. */
  constructor(family: Family, chains: number, rules: number, size: number, handles = false) {
    const rulesAt = HEADER_SIZE + chains * CHAIN_SIZE;
    const end = rulesAt + size + (handles ? rules * HANDLE_SIZE : 0);
    this.buffer = new ArrayBuffer(end);
    this.bytes = Buffer.from(this.buffer);
    this.view = new DataView(this.buffer);
    const words = [VERSION, family === 'ipv4' ? 4 : 6, chains, rules, HEADER_SIZE, rulesAt, end, handles ? 1 : 0];
    words.forEach((word, i) => {
      this.view.setUint32(4 * i, word, LITTLE);
    });
  }

  /** Where the rules begin. */
  get rulesAt(): number {
    return this.view.getUint32(RULES_AT, LITTLE);
  }

  /** `first`: where its first rule is going to be. */
  chain({ name, policy, builtin, counters, references, length }: ChainFacts, first: number): void {
    const { at, view, bytes } = this;
    bytes.write(name, at, 'latin1');
    bytes.write(policy, at + POLICY, 'latin1');
    view.setBigUint64(at + PACKETS, counters.packets, LITTLE);
    view.setBigUint64(at + BYTES, counters.bytes, LITTLE);
    view.setUint32(at + BUILTIN, builtin ? 1 : 0, LITTLE);
    view.setUint32(at + REFERENCES, references, LITTLE);
    view.setUint32(at + FIRST, first, LITTLE);
    view.setUint32(at + LENGTH, length, LITTLE);
    this.at += CHAIN_SIZE;
  }
  /** Those of a chain's rules. Gives where the first of these is going to be. */
  handles<R>(rules: readonly R[], handleOf: (rule: R) => number, at: number): number {
    // Without a BigInt for each.
    const halves = new Uint32Array(this.buffer, at, 2 * rules.length);
    const low = LITTLE ? 0 : 1;
    for (let i = 0; i < rules.length; i++) {
      const handle = handleOf(rules[i]!);
      halves[2 * i + low] = handle;
      halves[2 * i + 1 - low] = handle / 2 ** 32;
    }
    return at + rules.length * HANDLE_SIZE;
  }
}
