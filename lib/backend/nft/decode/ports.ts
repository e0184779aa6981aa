/** Tests of ports and of TCP's flags: the matches tcp and udp. */
import type { Family } from '../../../codec/extension';
import { LITTLE } from '../../../net/endian';
import { NFT_CMP } from '../constants';
import { PORTS_INV, portsLayout } from '../layout';
import type { Draft } from './draft';
import { bytesOf } from './names';

const PORT_MAX = 0xffff;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
const [TCP, UDP] = [bytesOf('tcp'), bytesOf('udp')];

/** What is tested of a header: one of them, once in an element. */
export const PART = { source: 1, destination: 2, flags: 4 } as const;
type Side = typeof PART.source | typeof PART.destination;

export class PortTests {
  private readonly layouts;
  /** Where the data of the last element is, 0 if there is none; where it ends, and what has been tested in it. */
  private data = 0;
  private end = 0;
  private tested = 0;
  private invflags = 0;
  // What a comparison leaves of the ports.
  private low = 0;
  private high = 0;

  constructor(
    family: Family,
    private readonly draft: Draft,
  ) {
    this.layouts = portsLayout(family);
  }

  reset(): void {
    this.data = 0;
  }

  /** False if it can't be said. `again`: another bound for the value that was compared last. */
  compare(protocol: number, side: Side, op: number, port: number, again: boolean): boolean {
    if (!this.leaves(op, port)) return false;
    const { low, high } = this;
    if (!again) return this.range(protocol, side, low, high, op === NFT_CMP.NEQ);
    const { view } = this.draft;
    const at = this.data + (side === PART.source ? 0 : 4);
    const [from, to] = [Math.max(low, view.getUint16(at, LITTLE)), Math.min(high, view.getUint16(at + 2, LITTLE))];
    view.setUint16(at, from, LITTLE);
    view.setUint16(at + 2, to, LITTLE);
    return from <= to;
  }

  range(protocol: number, side: Side, low: number, high: number, not: boolean): boolean {
    if (!this.open(protocol, side)) return false;
    const { bytes, view } = this.draft;
    const at = this.data + (side === PART.source ? 0 : 4);
    view.setUint16(at, low, LITTLE);
    view.setUint16(at + 2, high, LITTLE);
    if (not) bytes[this.invflags]! |= side === PART.source ? PORTS_INV.SRCPT : PORTS_INV.DSTPT;
    return true;
  }

  flags(protocol: number, mask: number, flags: number, not: boolean): boolean {
    if (protocol !== PROTOCOLS.tcp || !this.open(protocol, PART.flags)) return false;
    const { bytes } = this.draft;
    const { tcp } = this.layouts;
    bytes[this.data + tcp.flg_mask] = mask;
    bytes[this.data + tcp.flg_cmp] = flags;
    if (not) bytes[this.invflags]! |= PORTS_INV.FLAGS;
    return true;
  }

  private leaves(op: number, port: number): boolean {
    this.low = op === NFT_CMP.LT || op === NFT_CMP.LTE ? 0 : op === NFT_CMP.GT ? port + 1 : port;
    this.high = op === NFT_CMP.GT || op === NFT_CMP.GTE ? PORT_MAX : op === NFT_CMP.LT ? port - 1 : port;
    return op <= NFT_CMP.GTE && this.low <= this.high;
  }

  /** The element that a test goes into: the last one, if it is of ports and has no such test yet. */
  private open(protocol: number, part: number): boolean {
    const { draft } = this;
    if (this.data === 0 || this.end !== draft.end || (this.tested & part) !== 0) {
      const isTcp = protocol === PROTOCOLS.tcp;
      if (!isTcp && protocol !== PROTOCOLS.udp) return false;
      const layout = isTcp ? this.layouts.tcp : this.layouts.udp;
      this.data = draft.element(isTcp ? TCP : UDP, 0, layout.size);
      if (this.data === 0) return false;
      draft.view.setUint16(this.data + 2, PORT_MAX, LITTLE);
      draft.view.setUint16(this.data + 6, PORT_MAX, LITTLE);
      this.invflags = this.data + layout.invflags;
      this.end = draft.end;
      this.tested = 0;
    }
    this.tested |= part;
    return true;
  }
}
