/** An entry -> the rule as data. */
import type { Kernel } from '../../codec/kernel';
import { LITTLE, type Memory } from '../../codec/struct';
import { formatNetwork } from '../../net/address';
import { protocolName } from '../../net/databases';
import { toHex } from '../../net/number';
import { decodeText } from '../../net/text';
import {
  CONTROLS,
  IFNAMSIZ,
  INV,
  isSpace,
  NAME_AT,
  NAME_SIZE,
  REVISION_AT,
  SHAPES,
  type Shape,
  STANDARD_REVISION,
} from '../layout';
import { type ListedRule, VERDICTS } from '../rule';
import { ElementDecoder } from './element';

/** What most rules of a new table have counted. */
const ZERO = Object.freeze({ packets: 0n, bytes: 0n });

export class EntryDecoder {
  readonly elements: ElementDecoder;
  private readonly shape: Shape;
  /** Where the header has what: a rule's key, its value, its mask, and the bit that negates it. */
  private readonly networks: readonly (readonly [string, number, number, number])[];
  private readonly interfaces: typeof this.networks;

  constructor(kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    this.elements = new ElementDecoder(kernel);
    const { shape } = this;
    this.networks = [
      ['source', shape.src, shape.smsk, INV.SRCIP],
      ['destination', shape.dst, shape.dmsk, INV.DSTIP],
    ];
    this.interfaces = [
      ['inInterface', shape.iniface, shape.iniface_mask, INV.VIA_IN],
      ['outInterface', shape.outiface, shape.outiface_mask, INV.VIA_OUT],
    ];
  }

  /** The rule at an offset of a snapshot's bytes. Never throws on what a kernel may hold. */
  decode(m: Memory, at: number): ListedRule {
    const { shape } = this;
    const counters = isZero(m.bytes, at + shape.counters, 16)
      ? ZERO
      : {
          packets: m.view.getBigUint64(at + shape.counters, LITTLE),
          bytes: m.view.getBigUint64(at + shape.counters + 8, LITTLE),
        };
    const rule: Record<string, unknown> = {};
    if (!this.decodeHeader(m, at, rule)) return { entry: this.opaqueEntry(m, at), counters };
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    if (targetAt > at + shape.size) {
      const match: unknown[] = [];
      for (let i = at + shape.size; i < targetAt; i += m.view.getUint16(i, LITTLE))
        match.push(this.elements.decode('match', m, i).element);
      rule.match = match;
    }
    if (m.bytes[targetAt + REVISION_AT] === STANDARD_REVISION) {
      const name = decodeText(m.bytes, targetAt + NAME_AT, targetAt + NAME_AT + NAME_SIZE);
      if (CONTROLS.test(name)) return { entry: this.opaqueEntry(m, at), counters };
      if (name !== '') rule.target = m.bytes[at + shape.flags]! & shape.gotoFlag ? { goto: name } : name;
    } else {
      rule.target = this.elements.decode('target', m, targetAt).element;
    }
    rule.counters = counters;
    return rule as unknown as ListedRule;
  }

  private opaqueEntry(m: Memory, at: number): string {
    const { shape } = this;
    const entry = m.bytes.slice(at, at + m.view.getUint16(at + shape.nextOffset, LITTLE));
    // Bookkeeping of the kernel's that says nothing about the rule: comefrom, and the counters.
    entry.fill(0, shape.nextOffset + 2, shape.size);
    return toHex(entry);
  }

  /** False if the header holds something that no option says. */
  private decodeHeader(m: Memory, at: number, rule: Record<string, unknown>): boolean {
    const { shape } = this;
    const flags = m.bytes[at + shape.flags]!;
    const invflags = m.bytes[at + shape.invflags]!;
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    let known = shape.protoFlag | shape.fragFlag;
    if ((flags & shape.gotoFlag) !== 0 && m.bytes[targetAt + REVISION_AT] === STANDARD_REVISION) {
      const name = decodeText(m.bytes, targetAt + NAME_AT, targetAt + NAME_AT + NAME_SIZE);
      if (name !== '' && !VERDICTS.has(name)) known |= shape.gotoFlag;
    }
    if ((flags & ~known) !== 0) return false;
    const given = (value: unknown, inv: number) => ((invflags & inv) !== 0 ? { not: value } : value);
    let inverted = 0;
    const protocol = m.view.getUint16(at + shape.proto, LITTLE);
    const said = shape.protoFlag === 0 ? protocol !== 0 : (flags & shape.protoFlag) !== 0;
    if (!said && protocol !== 0) return false;
    if (shape.family === 'ipv6' && m.bytes[at + shape.flags - 1] !== 0) return false; // tos
    if (protocol > 255 || !isZero(m.bytes, at + shape.invflags + 1, shape.headSize - shape.invflags - 1)) return false;
    if (said) {
      rule.protocol = given(protocolName(protocol) ?? protocol, INV.PROTO);
      if (protocol !== 0) inverted |= INV.PROTO; // ! all is refused
    }
    for (const [key, addressAt, maskAt, inv] of this.networks) {
      const state = this.networkState(m.bytes, at + addressAt, at + maskAt);
      if (state === 'odd') return false;
      if (state === 'any' && (invflags & inv) === 0) continue;
      rule[key] = given(formatNetwork(shape.family, m.bytes, at + addressAt, m.bytes, at + maskAt), inv);
      inverted |= inv;
    }
    for (const [key, nameAt, maskAt, inv] of this.interfaces) {
      if (isZero(m.bytes, at + nameAt, IFNAMSIZ) && isZero(m.bytes, at + maskAt, IFNAMSIZ)) continue;
      const name = this.interfaceName(m.bytes, at + nameAt, at + maskAt);
      if (name === undefined) return false;
      rule[key] = given(name, inv);
      inverted |= inv;
    }
    if (flags & shape.fragFlag) {
      rule.fragment = given(true, INV.FRAG);
      inverted |= INV.FRAG;
    }
    return (invflags & ~inverted) === 0;
  }

  private networkState(b: Uint8Array, at: number, maskAt: number): 'any' | 'some' | 'odd' {
    let any = true;
    for (let i = 0; i < this.shape.address; i++) {
      if (b[maskAt + i] !== 0) any = false;
      if ((b[at + i]! & ~b[maskAt + i]!) !== 0) return 'odd';
    }
    return any ? 'any' : 'some';
  }

  /** The name that would be written as these bytes. */
  private interfaceName(b: Uint8Array, at: number, maskAt: number): string | undefined {
    let length = 0;
    while (length < IFNAMSIZ && b[at + length] !== 0) {
      if (isSpace(b[at + length]!)) return undefined;
      length++;
    }
    if (length === 0 || length === IFNAMSIZ) return undefined;
    const compared = b[at + length - 1] === 0x2b ? length - 1 : length + 1;
    for (let i = 0; i < IFNAMSIZ; i++) {
      if (i >= length && b[at + i] !== 0) return undefined;
      if (b[maskAt + i] !== (i < compared ? 0xff : 0)) return undefined;
    }
    return decodeText(b, at, at + length);
  }
}

function isZero(b: Uint8Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (b[i] !== 0) return false;
  return true;
}
