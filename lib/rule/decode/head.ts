/** The header of an entry -> the options of the rule itself. */
import type { Family } from '../../codec/extension';
import type { Memory } from '../../codec/struct';
import { formatNetwork } from '../../net/address';
import { protocolName } from '../../net/databases';
import { decodeText } from '../../net/text';
import { IFNAMSIZ, INV, SHAPES, type Shape } from '../layout';
import { VERDICTS } from '../rule';
import type { EntryView } from '../view';

export class HeadReader {
  private readonly shape: Shape;
  /** Where the header has what: a rule's key, its value, its mask, and the bit that negates it. */
  private readonly networks: readonly (readonly [string, number, number, number])[];
  private readonly interfaces: typeof this.networks;

  constructor(family: Family) {
    const shape = SHAPES[family];
    this.shape = shape;
    this.networks = [
      ['source', shape.src, shape.smsk, INV.SRCIP],
      ['destination', shape.dst, shape.dmsk, INV.DSTIP],
    ];
    this.interfaces = [
      ['inInterface', shape.iniface, shape.iniface_mask, INV.VIA_IN],
      ['outInterface', shape.outiface, shape.outiface_mask, INV.VIA_OUT],
    ];
  }

  /** Whether options say all that it holds, and would be written as the same bytes. */
  isSaid(view: EntryView): boolean {
    const { shape } = this;
    const { m, at, flags, invflags, protocol } = view;
    let known = shape.protoFlag | shape.fragFlag;
    if (view.isGoto) {
      const name = view.jump;
      if (name !== undefined && name !== '' && !VERDICTS.has(name)) known |= shape.gotoFlag;
    }
    if ((flags & ~known) !== 0 || protocol > 255 || view.saysMore) return false;
    if (shape.protoFlag !== 0 && protocol !== 0 && (flags & shape.protoFlag) === 0) return false;
    let invertible = view.isFragment ? INV.FRAG : 0;
    if (protocol !== 0) invertible |= INV.PROTO; // ! all is refused
    for (const [, addressAt, maskAt, inv] of this.networks) {
      if (hasHostBits(m, at + addressAt, at + maskAt, shape.address)) return false;
      invertible |= inv;
    }
    for (const [, nameAt, maskAt, inv] of this.interfaces) {
      if (isZero(m, at + nameAt, IFNAMSIZ) && isZero(m, at + maskAt, IFNAMSIZ)) continue;
      if (!isInterface(m.bytes, at + nameAt, at + maskAt)) return false;
      invertible |= inv;
    }
    return (invflags & ~invertible) === 0;
  }

  /** What the options say, of a header that `isSaid`. */
  read(view: EntryView, rule: Record<string, unknown>): void {
    const { shape } = this;
    const { m, at, flags, invflags, protocol } = view;
    const { bytes } = m;
    const given = (value: unknown, inv: number) => ((invflags & inv) !== 0 ? { not: value } : value);
    if (shape.protoFlag === 0 ? protocol !== 0 : (flags & shape.protoFlag) !== 0)
      rule.protocol = given(protocolName(protocol) ?? protocol, INV.PROTO);
    for (const [key, addressAt, maskAt, inv] of this.networks) {
      if ((invflags & inv) === 0 && isZero(m, at + maskAt, shape.address)) continue;
      rule[key] = given(formatNetwork(shape.family, bytes, at + addressAt, bytes, at + maskAt), inv);
    }
    for (const [key, nameAt, , inv] of this.interfaces)
      if (bytes[at + nameAt] !== 0) rule[key] = given(decodeText(bytes, at + nameAt, at + nameAt + IFNAMSIZ), inv);
    if (view.isFragment) rule.fragment = given(true, INV.FRAG);
  }
}

/** Whether a name would be written as these bytes. */
function isInterface(b: Uint8Array, at: number, maskAt: number): boolean {
  let length = 0;
  for (; length < IFNAMSIZ && b[at + length] !== 0; length++) if (isSpace(b[at + length]!)) return false;
  if (length === 0 || length === IFNAMSIZ) return false;
  const compared = b[at + length - 1] === 0x2b ? length - 1 : length + 1;
  for (let i = 0; i < IFNAMSIZ; i++) {
    if (i >= length && b[at + i] !== 0) return false;
    if (b[maskAt + i] !== (i < compared ? 0xff : 0)) return false;
  }
  return true;
}
/** The kernel has no interface with them in its name. */
const isSpace = (byte: number) => byte <= 32 || byte === 127;

/** Whether an address has bits beyond its mask, under which no packet's has any. */
function hasHostBits({ words, bytes }: Memory, at: number, maskAt: number, size: number): boolean {
  if (words && ((at | maskAt) & 3) === 0) {
    for (let i = 0; i < size; i += 4) if ((words[(at + i) >> 2]! & ~words[(maskAt + i) >> 2]!) !== 0) return true;
  } else for (let i = 0; i < size; i++) if ((bytes[at + i]! & ~bytes[maskAt + i]!) !== 0) return true;
  return false;
}

function isZero({ words, bytes }: Memory, at: number, size: number): boolean {
  if (words && (at & 3) === 0) {
    for (let i = at; i < at + size; i += 4) if (words[i >> 2] !== 0) return false;
  } else for (let i = at; i < at + size; i++) if (bytes[i] !== 0) return false;
  return true;
}
