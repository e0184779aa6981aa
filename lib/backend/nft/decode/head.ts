/** Tests that an entry's head can say: interfaces, protocol, addresses, fragments. Each at most once. */
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { IFNAMSIZ, INV } from '../../../rule/layout';
import { NFT_CMP } from '../constants';
import type { Draft } from './draft';

const PLUS = 0x2b;
/** What no interface is called: iptables-nft's way to say `! -i +`. */
const NO_INTERFACE = Uint8Array.from('INVAL/D\0', (c) => c.charCodeAt(0));

export class HeadTests {
  /** That of the rule, if it is one that packets have to have; else 0. */
  protocol = 0;
  private given = 0;

  constructor(private readonly draft: Draft) {}

  reset(): void {
    this.protocol = this.given = 0;
  }

  /** `bit`: INV's for what is tested. */
  interface(
    bit: typeof INV.VIA_IN | typeof INV.VIA_OUT,
    op: number,
    source: Block,
    start: number,
    end: number,
  ): boolean {
    const { draft } = this;
    const { bytes, shape, at } = draft;
    if (!this.once(bit) || !isEquality(op)) return false;
    const [nameAt, maskAt] =
      bit === INV.VIA_IN
        ? [at + shape.iniface, at + shape.iniface_mask]
        : [at + shape.outiface, at + shape.outiface_mask];
    let length = 0;
    while (start + length < end && source.bytes[start + length] !== 0) length++;
    if (op === NFT_CMP.EQ && isNoInterface(source.bytes, start, end)) {
      bytes[nameAt] = PLUS;
      draft.invert(bit);
      return true;
    }
    const whole = start + length < end;
    for (let i = start + length; i < end; i++) if (source.bytes[i] !== 0) return false;
    // A beginning has a plus behind it; a name that ends in one would be taken for a beginning.
    if (length === 0 || length > IFNAMSIZ - (whole ? 1 : 2)) return false;
    if (whole && source.bytes[start + length - 1] === PLUS) return false;
    for (let i = 0; i < length; i++) bytes[nameAt + i] = source.bytes[start + i]!;
    if (!whole) bytes[nameAt + length] = PLUS;
    bytes.fill(0xff, maskAt, maskAt + length + (whole ? 1 : 0));
    if (op === NFT_CMP.NEQ) draft.invert(bit);
    return true;
  }

  /** Said twice of a packet, the same is as good as once. */
  isProtocol(op: number, protocol: number): boolean {
    const { draft } = this;
    const { shape, at } = draft;
    if (op === NFT_CMP.EQ && this.protocol === protocol && protocol !== 0) return true;
    if (!this.once(INV.PROTO) || !isEquality(op) || protocol === 0) return false;
    draft.view.setUint16(at + shape.proto, protocol, LITTLE);
    draft.flag(shape.protoFlag);
    if (op === NFT_CMP.NEQ) draft.invert(INV.PROTO);
    else this.protocol = protocol;
    return true;
  }

  /** An address or its beginning; under a mask, if that is at `mask`, not -1. */
  address(
    bit: typeof INV.SRCIP | typeof INV.DSTIP,
    op: number,
    source: Block,
    start: number,
    end: number,
    mask: number,
  ): boolean {
    const { draft } = this;
    const { bytes, shape, at } = draft;
    if (!this.once(bit) || !isEquality(op) || end - start > shape.address) return false;
    const [addressAt, maskAt] =
      bit === INV.SRCIP ? [at + shape.src, at + shape.smsk] : [at + shape.dst, at + shape.dmsk];
    for (let i = 0; i < end - start; i++) {
      bytes[addressAt + i] = source.bytes[start + i]!;
      bytes[maskAt + i] = mask < 0 ? 0xff : source.bytes[mask + i]!;
    }
    if (op === NFT_CMP.EQ) return true;
    draft.invert(bit);
    return !isZero(bytes, maskAt, shape.address); // else it never matches
  }

  /** The offset of a fragment is 0, or isn't. */
  fragment(op: number): boolean {
    const { draft } = this;
    if (!this.once(INV.FRAG) || !isEquality(op)) return false;
    draft.flag(draft.shape.fragFlag);
    if (op === NFT_CMP.EQ) draft.invert(INV.FRAG);
    return true;
  }

  private once(bit: number): boolean {
    const first = (this.given & bit) === 0;
    this.given |= bit;
    return first;
  }
}

const isEquality = (op: number) => op === NFT_CMP.EQ || op === NFT_CMP.NEQ;

function isNoInterface(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < NO_INTERFACE.length) return false;
  for (let i = 0; i < NO_INTERFACE.length; i++) if (bytes[start + i] !== NO_INTERFACE[i]) return false;
  return true;
}

function isZero(bytes: Uint8Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}
