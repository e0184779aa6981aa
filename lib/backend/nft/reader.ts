/** What the kernel tells of its tables, chains and rules. */
import { constants } from 'node:os';
import { Block } from '../../net/block';
import { LITTLE } from '../../net/endian';
import { Cursor } from '../../netlink/attributes';
import { Messages, replyOf } from '../../netlink/messages';
import { ENTRY_MAX, SHAPES, type Shape } from '../../rule/layout';
import type { NativeNetlinkAnswer } from '../addon';
import type { Family } from '../backend';
import { failure } from '../memory/failure';
import type { Counters } from '../memory/rules';
import { NFTA_CHAIN, NFTA_COUNTER, NFTA_GEN, NFTA_HOOK, NFTA_RULE, NFTA_TABLE } from './constants';
import { RuleDecoder } from './decode/rule';
import { type Hook, nftMessage } from './wire';

const [NEWTABLE, NEWCHAIN, NEWRULE, NEWGEN] = [
  nftMessage('NEWTABLE'),
  nftMessage('NEWCHAIN'),
  nftMessage('NEWRULE'),
  nftMessage('NEWGEN'),
];

/** A chain as the kernel has it. Names are one character for each byte. */
export interface KernelChain {
  readonly table: string;
  readonly name: string;
  readonly handle: number;
  /** What it has, and what leads to it: rules and references. */
  readonly use: number;
  /** Undefined: packets don't come to it by themselves. */
  readonly hook: Hook | undefined;
  /** NF_…: the policy of a base chain. */
  readonly policy: number;
  readonly packets: bigint;
  readonly bytes: bigint;
}
/** A rule, and where its entry is. */
export interface KernelRule {
  readonly chain: string;
  readonly handle: number;
  readonly memory: Buffer;
  readonly at: number;
}
export interface Said {
  /** Names of tables, in the kernel's order. */
  readonly tables: string[];
  readonly chains: KernelChain[];
  readonly rules: KernelRule[];
  /** The first that was told, and the last. */
  readonly generations: number[];
}

/** Entries are read into memory of this size at least. */
const ROOM = 8 << 10;
/** Bytes of entries that a byte of messages may become: an empty rule is 36 bytes, its entry 152 or 208. */
const GROWTH = 6;
/** Messages between two steps. */
const STRETCH = 128;

export class Reader {
  private readonly decoder: RuleDecoder;
  private readonly shape: Shape;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  constructor(family: Family) {
    this.shape = SHAPES[family];
    this.decoder = new RuleDecoder(family);
  }

  /** Throws what was refused, by a failure of stage 'read'. */
  *read(answer: NativeNetlinkAnswer): Generator<void, Said> {
    const said: Said = { tables: [], chains: [], rules: [], generations: [] };
    const messages = new Messages(answer.messages);
    let room = new Room(answer.messages.byteLength);
    for (let count = 1; messages.next(); count++) {
      const reply = replyOf(messages);
      if (reply !== undefined) {
        if (reply.errno !== 0) throw failure('read', reply.errno);
      } else if (messages.type === NEWRULE) {
        if (!room.hasPlace) room = new Room(answer.messages.byteLength);
        said.rules.push(this.rule(messages, room));
      } else if (messages.type === NEWCHAIN) said.chains.push(this.chain(messages));
      else if (messages.type === NEWTABLE) said.tables.push(this.nameIn(messages, NFTA_TABLE.NAME));
      else if (messages.type === NEWGEN) said.generations.push(this.generation(messages));
      if (count % STRETCH === 0) yield;
    }
    if (answer.lost || said.generations.length === 0) throw failure('read', constants.errno.ENOBUFS);
    return said;
  }

  generation(messages: Messages): number {
    const { cursor } = this;
    for (messages.attributes(cursor); cursor.next(); ) if (cursor.type === NFTA_GEN.ID) return cursor.u32();
    return 0;
  }
  /** Of a rule or a chain. */
  handle(messages: Messages, type: typeof NFTA_RULE.HANDLE | typeof NFTA_CHAIN.HANDLE): number {
    const { cursor } = this;
    for (messages.attributes(cursor); cursor.next(); ) if (cursor.type === type) return cursor.u64();
    return 0;
  }

  private single: Room | undefined;
  /** What a rule has counted, of a message that says all of it. */
  counted(messages: Messages): { readonly handle: number; readonly counters: Counters } {
    this.single ??= new Room(0);
    this.single.at = 0;
    const { handle, memory, at } = this.rule(messages, this.single);
    const view = new DataView(memory.buffer, at + this.shape.counters);
    return { handle, counters: { packets: view.getBigUint64(0, LITTLE), bytes: view.getBigUint64(8, LITTLE) } };
  }

  private nameIn(messages: Messages, type: number): string {
    const { cursor } = this;
    for (messages.attributes(cursor); cursor.next(); ) if (cursor.type === type) return nameAt(messages, cursor);
    return '';
  }

  private chain(messages: Messages): KernelChain {
    const { cursor, inner } = this;
    let [table, name, type] = ['', '', ''];
    let [handle, use, policy] = [0, 0, 0];
    let [packets, bytes] = [0n, 0n];
    let hook: { number: number; priority: number } | undefined;
    for (messages.attributes(cursor); cursor.next(); )
      switch (cursor.type) {
        case NFTA_CHAIN.TABLE:
          table = nameAt(messages, cursor);
          break;
        case NFTA_CHAIN.NAME:
          name = nameAt(messages, cursor);
          break;
        case NFTA_CHAIN.TYPE:
          type = nameAt(messages, cursor);
          break;
        case NFTA_CHAIN.HANDLE:
          handle = cursor.u64();
          break;
        case NFTA_CHAIN.USE:
          use = cursor.u32();
          break;
        case NFTA_CHAIN.POLICY:
          policy = cursor.u32();
          break;
        case NFTA_CHAIN.HOOK:
          hook = { number: -1, priority: 0 };
          for (inner.inside(cursor); inner.next(); )
            if (inner.type === NFTA_HOOK.HOOKNUM) hook.number = inner.u32();
            else if (inner.type === NFTA_HOOK.PRIORITY) hook.priority = inner.u32() | 0;
          break;
        case NFTA_CHAIN.COUNTERS:
          for (inner.inside(cursor); inner.next(); )
            if (inner.type === NFTA_COUNTER.PACKETS) packets = inner.bigU64();
            else if (inner.type === NFTA_COUNTER.BYTES) bytes = inner.bigU64();
      }
    const whole = hook && { ...hook, type: type as Hook['type'] };
    return { table, name, handle, use, hook: whole, policy, packets, bytes };
  }

  private rule(messages: Messages, room: Room): KernelRule {
    const { cursor, decoder } = this;
    let chain = '';
    let handle = 0;
    for (messages.attributes(cursor); cursor.next(); )
      if (cursor.type === NFTA_RULE.CHAIN) chain = nameAt(messages, cursor);
      else if (cursor.type === NFTA_RULE.HANDLE) handle = cursor.u64();
    const { at } = room;
    const from = messages.attributes(cursor).next() ? cursor.start - 4 : messages.end;
    room.at += decoder.decode(messages, from, messages.end, room.block, at);
    return { chain, handle, memory: room.buffer, at };
  }
}

/** Where entries are read to. */
class Room {
  readonly block: Block;
  readonly buffer: Buffer;
  at = 0;

  constructor(messages: number) {
    const size = Math.max(ROOM, Math.min(messages * GROWTH, 4 << 20)) + ENTRY_MAX + 1;
    this.block = new Block(new Uint8Array(size));
    this.buffer = Buffer.from(this.block.bytes.buffer);
  }
  get hasPlace(): boolean {
    return this.at + ENTRY_MAX < this.buffer.length;
  }
}

/** Up to the zero, one character for each byte. */
function nameAt({ bytes }: Block, { start, end }: Cursor): string {
  let name = '';
  for (let i = start; i < end && bytes[i] !== 0; i++) name += String.fromCharCode(bytes[i]!);
  return name;
}
