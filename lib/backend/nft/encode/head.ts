/** Interfaces, protocol, addresses, fragments: an entry's head as tests, in the order of iptables-nft. */

import { constants } from 'node:os';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { IFNAMSIZ, INV, type Shape } from '../../../rule/layout';
import { NFT_CMP } from '../constants';
import { PACKET } from '../packet';
import { onlyLegacy } from '../refusal';
import type { Output } from './output';
import { meta, payload, Test } from './template';

const { EINVAL } = constants.errno;
/** What no interface is called: iptables-nft's way to say `! -i +`. */
const NO_INTERFACE = Uint8Array.from('INVAL/D\0', (c) => c.charCodeAt(0));
const PLUS = 0x2b;

const op = (negated: number) => (negated === 0 ? NFT_CMP.EQ : NFT_CMP.NEQ);

export class HeadEncoder {
  private readonly protocol = new Test(meta('L4PROTO'), 1);
  private readonly fragment = new Test(payload('NETWORK_HEADER', PACKET.ipv4.fragment, 2), 2, true);
  /** By the size of what is compared: names have their end with them, beginnings of names haven't. */
  private readonly names: { readonly [key in 'IIFNAME' | 'OIFNAME']: Test[] } = { IIFNAME: [], OIFNAME: [] };
  /** By how much of the address is compared; of the whole of it under a mask: the last. */
  private readonly addresses: { readonly [key in 'source' | 'destination']: Test[] } = { source: [], destination: [] };

  constructor(private readonly shape: Shape) {}

  put(output: Output, entries: Block, at: number): void {
    const { shape } = this;
    const { bytes } = entries;
    const flags = bytes[at + shape.flags]!;
    const inv = bytes[at + shape.invflags]!;
    if ((flags & ~(shape.gotoFlag | shape.protoFlag | shape.fragFlag)) !== 0 || (inv & ~KNOWN_INV) !== 0)
      throw unknownHead();
    this.putInterface(output, entries, 'IIFNAME', at + shape.iniface, at + shape.iniface_mask, inv & INV.VIA_IN);
    this.putInterface(output, entries, 'OIFNAME', at + shape.outiface, at + shape.outiface_mask, inv & INV.VIA_OUT);
    const protocol = entries.view.getUint16(at + shape.proto, LITTLE);
    if (protocol !== 0) {
      if (protocol > 0xff || (shape.protoFlag !== 0 && (flags & shape.protoFlag) === 0)) throw unknownHead();
      output.compareNumber(this.protocol, op(inv & INV.PROTO), protocol);
    } else if ((inv & INV.PROTO) !== 0) throw never('! --protocol all');
    this.putAddress(output, entries, 'source', at + shape.src, at + shape.smsk, inv & INV.SRCIP);
    this.putAddress(output, entries, 'destination', at + shape.dst, at + shape.dmsk, inv & INV.DSTIP);
    if ((flags & shape.fragFlag) !== 0) {
      // The offset isn't 0.
      const start = output.put(this.fragment);
      output.patch8(start + this.fragment.at.op, (inv & INV.FRAG) === 0 ? NFT_CMP.NEQ : NFT_CMP.EQ);
      output.patch16(start + this.fragment.at.mask, 0x1fff);
    } else if ((inv & INV.FRAG) !== 0) throw unknownHead();
  }

  private putInterface(
    output: Output,
    entries: Block,
    key: 'IIFNAME' | 'OIFNAME',
    at: number,
    maskAt: number,
    negated: number,
  ): void {
    const { bytes } = entries;
    if (bytes[at] === 0) {
      if (negated !== 0 || !isZero(bytes, maskAt, IFNAMSIZ)) throw unknownHead();
      return;
    }
    let length = 1;
    while (length < IFNAMSIZ && bytes[at + length] !== 0) length++;
    const compared = bytes[at + length - 1] === PLUS ? length - 1 : length + 1;
    if (length === IFNAMSIZ || !isMask(bytes, maskAt, compared)) throw unknownHead();
    if (compared > 0) output.compare(this.nameTest(key, compared), op(negated), entries, at);
    else if (negated !== 0) {
      const test = this.nameTest(key, NO_INTERFACE.length);
      const start = output.put(test);
      for (let i = 0; i < NO_INTERFACE.length; i++) output.patch8(start + test.at.value + i, NO_INTERFACE[i]!);
    }
  }
  private nameTest(key: 'IIFNAME' | 'OIFNAME', size: number): Test {
    this.names[key][size] ??= new Test(meta(key), size);
    return this.names[key][size];
  }

  private putAddress(
    output: Output,
    entries: Block,
    key: 'source' | 'destination',
    at: number,
    maskAt: number,
    negated: number,
  ): void {
    const { bytes } = entries;
    const { address: size } = this.shape;
    let whole = 0;
    while (whole < size && bytes[maskAt + whole] === 0xff) whole++;
    // A mask of whole bytes, and no bit of the address beyond them.
    if (isZero(bytes, maskAt + whole, size - whole) && isZero(bytes, at + whole, size - whole)) {
      if (whole > 0) output.compare(this.addressTest(key, whole), op(negated), entries, at);
      else if (negated !== 0) throw never(`! --${key} of every address`);
    } else output.compareMasked(this.addressTest(key, size + 1), op(negated), entries, at, maskAt);
  }
  private addressTest(key: 'source' | 'destination', index: number): Test {
    const { family, address } = this.shape;
    const size = Math.min(index, address);
    this.addresses[key][index] ??= new Test(
      payload('NETWORK_HEADER', PACKET[family][key], size),
      size,
      index > address,
    );
    return this.addresses[key][index];
  }
}

const KNOWN_INV = INV.VIA_IN | INV.VIA_OUT | INV.SRCIP | INV.DSTIP | INV.FRAG | INV.PROTO;

function isZero(bytes: Uint8Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}
/** Whether so many bytes of an interface's mask are ones, and the others zero. */
function isMask(bytes: Uint8Array, at: number, ones: number): boolean {
  for (let i = 0; i < IFNAMSIZ; i++) if (bytes[at + i] !== (i < ones ? 0xff : 0)) return false;
  return true;
}

const unknownHead = () => onlyLegacy(EINVAL, 'nf_tables has no words for what the head of the entry says');
const never = (what: string) => onlyLegacy(EINVAL, `nf_tables has no words for ${what}: the rule would never match`);
