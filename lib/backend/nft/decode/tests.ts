/** What a rule tests: values of a packet, loaded into a register, masked, and compared. */

import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { Cursor } from '../../../netlink/attributes';
import { INV } from '../../../rule/layout';
import {
  NFT_BITWISE,
  NFT_CMP,
  NFT_META,
  NFT_PAYLOAD,
  NFT_RANGE,
  NFTA_BITWISE,
  NFTA_CMP,
  NFTA_DATA,
  NFTA_META,
  NFTA_PAYLOAD,
  NFTA_RANGE,
} from '../constants';
import { PACKET } from '../packet';
import type { Draft } from './draft';
import { HeadTests } from './head';
import { PART, PortTests } from './ports';
import type { Targets } from './targets';
import { ValueTests } from './values';

/** What a register holds. */
const HELD = { nothing: 0, meta: 1, payload: 2, immediate: 3 } as const;
const NOWHERE = -1;

/** How many bytes a key of meta loads. */
const META_SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  sizes[NFT_META.MARK] = 4;
  sizes[NFT_META.IIFNAME] = sizes[NFT_META.OIFNAME] = 16;
  sizes[NFT_META.L4PROTO] = sizes[NFT_META.PKTTYPE] = 1;
  return sizes;
})();

export class Tests {
  private readonly head: HeadTests;
  private readonly ports: PortTests;
  private readonly values: ValueTests;
  private readonly packet;
  private readonly inner = new Cursor();
  private source!: Block;
  /** Something has been asked whose answer depends on how often: what comes later has to be asked later, too. */
  private counts = false;

  // What is in the register: of one value at a time.
  private held: number = HELD.nothing;
  private register = NOWHERE;
  /** Of meta; the base of a payload. */
  private key = 0;
  private offset = 0;
  private size = 0;
  /** Where the mask or an immediate is. */
  private at = NOWHERE;
  private tested = false;
  private op = 0;

  constructor(
    family: Family,
    private readonly draft: Draft,
    private readonly targets: Targets,
  ) {
    this.head = new HeadTests(draft);
    this.ports = new PortTests(family, draft);
    this.values = new ValueTests(family, draft);
    this.packet = PACKET[family];
  }

  reset(source: Block): void {
    this.source = source;
    this.counts = false;
    this.held = HELD.nothing;
    this.head.reset();
    this.ports.reset();
  }

  /** Whether nothing has been loaded in vain. */
  get isDone(): boolean {
    // iptables-nft 1.8.9 loads the interface's name for `-i +`, and compares it with nothing.
    return this.held === HELD.nothing || this.tested || this.isName;
  }
  private get isName(): boolean {
    return this.held === HELD.meta && (this.key === NFT_META.IIFNAME || this.key === NFT_META.OIFNAME);
  }
  /** A match that may count packets comes. A value that was loaded before it, and wasn't there, would have been the end. */
  startsToCount(): boolean {
    this.counts = true;
    return this.isDone;
  }

  /** A value of the packet's metadata is loaded, or set; the latter alone, if `counted`. */
  meta(attributes: Cursor, counted: boolean): boolean {
    let key = 0;
    let to: number = NOWHERE;
    let from: number = NOWHERE;
    while (attributes.next()) {
      if (attributes.type === NFTA_META.KEY) key = attributes.u32();
      else if (attributes.type === NFTA_META.DREG) to = registerOf(attributes.u32());
      else if (attributes.type === NFTA_META.SREG) from = registerOf(attributes.u32());
      else return false;
    }
    if (from === NOWHERE) return !counted && this.load(HELD.meta, to, META_SIZES[key] ?? 0, key, 0);
    if (to !== NOWHERE || this.held !== HELD.immediate || this.tested || from !== this.register) return false;
    this.tested = true;
    if (key === NFT_META.MARK) return this.size === 4 && this.targets.mark(this.at);
    return key === NFT_META.NFTRACE && this.size === 1 && this.source.bytes[this.at] === 1 && this.targets.trace();
  }

  payload(attributes: Cursor): boolean {
    let to: number = NOWHERE;
    let base = 0;
    let offset = 0;
    let size = 0;
    while (attributes.next()) {
      if (attributes.type === NFTA_PAYLOAD.DREG) to = registerOf(attributes.u32());
      else if (attributes.type === NFTA_PAYLOAD.BASE) base = attributes.u32();
      else if (attributes.type === NFTA_PAYLOAD.OFFSET) offset = attributes.u32();
      else if (attributes.type === NFTA_PAYLOAD.LEN) size = attributes.u32();
      else return false;
    }
    return this.load(HELD.payload, to, size, base, offset);
  }

  /** A constant is loaded, which is at an offset. */
  immediate(to: number, at: number, size: number): boolean {
    if (!this.load(HELD.immediate, registerOf(to), size, 0, 0)) return false;
    this.at = at;
    return true;
  }

  private load(held: number, register: number, size: number, key: number, offset: number): boolean {
    if (!this.isDone || register === NOWHERE || size === 0) return false;
    this.held = held;
    this.register = register;
    this.size = size;
    this.key = key;
    this.offset = offset;
    this.at = NOWHERE;
    this.tested = false;
    return true;
  }

  /** The value is masked, once. */
  bitwise(attributes: Cursor): boolean {
    let from: number = NOWHERE;
    let to: number = NOWHERE;
    let size = 0;
    let mask: number = NOWHERE;
    let op: number = NFT_BITWISE.MASK_XOR;
    let xor = false;
    while (attributes.next()) {
      if (attributes.type === NFTA_BITWISE.SREG) from = registerOf(attributes.u32());
      else if (attributes.type === NFTA_BITWISE.DREG) to = registerOf(attributes.u32());
      else if (attributes.type === NFTA_BITWISE.LEN) size = attributes.u32();
      else if (attributes.type === NFTA_BITWISE.OP) op = attributes.u32();
      else if (attributes.type === NFTA_BITWISE.MASK) mask = this.dataIn(attributes);
      else if (attributes.type === NFTA_BITWISE.XOR) xor = this.isZero(this.dataIn(attributes));
      else return false;
    }
    if (!xor || mask === NOWHERE || size !== this.size || op !== NFT_BITWISE.MASK_XOR || to === NOWHERE) return false;
    if (from !== this.register || this.tested || this.at !== NOWHERE || this.held === HELD.immediate) return false;
    this.at = mask;
    this.register = to;
    return true;
  }

  cmp(attributes: Cursor): boolean {
    let from: number = NOWHERE;
    let op: number = NOWHERE;
    let at: number = NOWHERE;
    while (attributes.next()) {
      if (attributes.type === NFTA_CMP.SREG) from = registerOf(attributes.u32());
      else if (attributes.type === NFTA_CMP.OP) op = attributes.u32();
      else if (attributes.type === NFTA_CMP.DATA) at = this.dataIn(attributes);
      else return false;
    }
    if (from !== this.register || at === NOWHERE || op < NFT_CMP.EQ || op > NFT_CMP.GTE) return false;
    const again = this.tested;
    // Only the two ends of a range are two tests of one value.
    if (again && (op <= NFT_CMP.NEQ || this.op <= NFT_CMP.NEQ)) return false;
    this.tested = true;
    this.op = op;
    if (this.held === HELD.meta) return !again && this.testMeta(op, at);
    if (this.held !== HELD.payload) return false;
    if (this.key === NFT_PAYLOAD.TRANSPORT_HEADER) return this.testTransport(op, at, again);
    return this.key === NFT_PAYLOAD.NETWORK_HEADER && !again && this.testNetwork(op, at);
  }

  range(attributes: Cursor): boolean {
    let from: number = NOWHERE;
    let op: number = NOWHERE;
    let low: number = NOWHERE;
    let high: number = NOWHERE;
    while (attributes.next()) {
      if (attributes.type === NFTA_RANGE.SREG) from = registerOf(attributes.u32());
      else if (attributes.type === NFTA_RANGE.OP) op = attributes.u32();
      else if (attributes.type === NFTA_RANGE.FROM_DATA) low = this.dataIn(attributes);
      else if (attributes.type === NFTA_RANGE.TO_DATA) high = this.dataIn(attributes);
      else return false;
    }
    if (from !== this.register || low === NOWHERE || high === NOWHERE || this.tested || this.at !== NOWHERE)
      return false;
    if (op !== NFT_RANGE.EQ && op !== NFT_RANGE.NEQ) return false;
    if (this.held !== HELD.payload || this.key !== NFT_PAYLOAD.TRANSPORT_HEADER || this.size !== 2) return false;
    this.tested = true;
    this.op = NFT_CMP.EQ; // no bound can follow
    const side = this.offset === 0 ? PART.source : this.offset === 2 ? PART.destination : undefined;
    if (side === undefined) return false;
    const { view } = this.source;
    return this.ports.range(this.head.protocol, side, view.getUint16(low), view.getUint16(high), op === NFT_RANGE.NEQ);
  }

  limit(count: number, seconds: number, burst: number): boolean {
    return this.startsToCount() && this.values.limit(count, seconds, burst);
  }

  private testMeta(op: number, at: number): boolean {
    const { source, size, at: mask } = this;
    if (this.key === NFT_META.MARK) return this.values.mark(op, source, at, mask);
    if (mask !== NOWHERE) return false;
    if (this.key === NFT_META.PKTTYPE) return this.values.pkttype(op, source.bytes[at]!);
    if (this.counts) return false; // the head is tested first
    if (this.key === NFT_META.L4PROTO) return this.head.isProtocol(op, source.bytes[at]!);
    const bit = this.key === NFT_META.IIFNAME ? INV.VIA_IN : INV.VIA_OUT;
    return this.head.interface(bit, op, source, at, at + size);
  }

  private testNetwork(op: number, at: number): boolean {
    const { source, packet, offset, size, at: mask } = this;
    const isPlain = mask === NOWHERE && size === 1;
    if (isPlain && offset === packet.hops) return this.values.hops(op, source.bytes[at]!);
    if (this.counts) return false;
    const { address } = this.draft.shape;
    if (offset === packet.source) {
      if (size <= address) return this.head.address(INV.SRCIP, op, source, at, at + size, mask);
      // Both in one, as nft puts them together: not equal is something else than both not equal.
      if (op !== NFT_CMP.EQ || mask !== NOWHERE || packet.destination !== packet.source + address) return false;
      const second = at + address;
      return (
        this.head.address(INV.SRCIP, op, source, at, second, NOWHERE) &&
        this.head.address(INV.DSTIP, op, source, second, at + size, NOWHERE)
      );
    }
    if (offset === packet.destination) return this.head.address(INV.DSTIP, op, source, at, at + size, mask);
    if (isPlain && offset === packet.protocol) return this.head.isProtocol(op, source.bytes[at]!);
    const isFragment = offset === packet.fragment && size === 2 && mask !== NOWHERE;
    return (
      isFragment && source.view.getUint16(mask) === 0x1fff && source.view.getUint16(at) === 0 && this.head.fragment(op)
    );
  }

  private testTransport(op: number, at: number, again: boolean): boolean {
    const { offset, size, at: mask } = this;
    const { bytes, view } = this.source;
    const { protocol } = this.head;
    if (offset === 13 && size === 1 && op <= NFT_CMP.NEQ)
      return this.ports.flags(protocol, mask === NOWHERE ? 0xff : bytes[mask]!, bytes[at]!, op === NFT_CMP.NEQ);
    if (mask !== NOWHERE) return false;
    if (protocol === 1 || protocol === 58) {
      if (offset !== 0 || size > 2 || again) return false;
      return this.values.icmp(protocol, op, bytes[at]!, size === 2 ? bytes[at + 1]! : undefined);
    }
    if (size === 2 && offset === 0) return this.ports.compare(protocol, PART.source, op, view.getUint16(at), again);
    if (size === 2 && offset === 2)
      return this.ports.compare(protocol, PART.destination, op, view.getUint16(at), again);
    return (
      size === 4 &&
      offset === 0 &&
      op === NFT_CMP.EQ &&
      this.ports.compare(protocol, PART.source, op, view.getUint16(at), false) &&
      this.ports.compare(protocol, PART.destination, op, view.getUint16(at + 2), false)
    );
  }

  /** Where the plain bytes in an attribute are, if they are as many as have been loaded; of a name there may be fewer. */
  private dataIn(attribute: Cursor): number {
    const { inner } = this;
    inner.inside(attribute);
    if (!inner.comesTo(NFTA_DATA.VALUE)) return NOWHERE;
    const { start, size } = inner;
    if (inner.next() || size > this.size || (size < this.size && !this.isName)) return NOWHERE;
    this.size = size;
    return start;
  }
  private isZero(at: number): boolean {
    for (let i = 0; i < this.size; i++) if (this.source.bytes[at + i] !== 0) return false;
    return at !== NOWHERE;
  }
}

/** Which of the sixteen registers of four bytes; NOWHERE for the verdict's. */
function registerOf(number: number): number {
  if (number >= 1 && number <= 4) return 4 * (number - 1);
  return number >= 8 && number <= 23 ? number - 8 : NOWHERE;
}
