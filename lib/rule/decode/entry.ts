/** An entry -> the rule as data. */
import type { Kernel } from '../../codec/kernel';
import type { Memory } from '../../codec/struct';
import { formatNetwork } from '../../net/address';
import { protocolName } from '../../net/databases';
import { toHex } from '../../net/number';
import { decodeText } from '../../net/text';
import { CONTROLS, IFNAMSIZ, INV, isSpace, SHAPES, type Shape } from '../layout';
import { type ListedRule, VERDICTS } from '../rule';
import { EntryView } from '../view';
import { ElementDecoder } from './element';

/** What most rules of a new table have counted. */
const ZERO = Object.freeze({ packets: 0n, bytes: 0n });

export class EntryDecoder {
  readonly elements: ElementDecoder;
  private readonly shape: Shape;
  private readonly view: EntryView;
  /** Where the header has what: a rule's key, its value, its mask, and the bit that negates it. */
  private readonly networks: readonly (readonly [string, number, number, number])[];
  private readonly interfaces: typeof this.networks;

  constructor(kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    this.view = new EntryView(this.shape);
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
    const view = this.view.on(m, at);
    const counters = view.packets === 0n && view.bytes === 0n ? ZERO : view.counters;
    const rule: Record<string, unknown> = {};
    if (!this.decodeHeader(view, rule)) return { entry: opaqueEntry(view), counters };
    const { target } = view;
    if (view.matches < target) {
      const match: unknown[] = [];
      for (let i = view.matches; i < target; i = view.behind(i))
        match.push(this.elements.decode('match', m, i).element);
      rule.match = match;
    }
    const name = view.jump;
    if (name === undefined) rule.target = this.elements.decode('target', m, target).element;
    else if (CONTROLS.test(name) || view.isNamelessVerdict) return { entry: opaqueEntry(view), counters };
    else if (name !== '') rule.target = view.isGoto ? { goto: name } : name;
    rule.counters = counters;
    return rule as unknown as ListedRule;
  }

  /** False if the header holds something that no option says. */
  private decodeHeader(view: EntryView, rule: Record<string, unknown>): boolean {
    const { shape } = this;
    const { m, flags, invflags, protocol } = view;
    let known = shape.protoFlag | shape.fragFlag;
    if (view.isGoto) {
      const name = view.jump;
      if (name !== undefined && name !== '' && !VERDICTS.has(name)) known |= shape.gotoFlag;
    }
    if ((flags & ~known) !== 0) return false;
    const given = (value: unknown, inv: number) => ((invflags & inv) !== 0 ? { not: value } : value);
    let inverted = 0;
    const said = shape.protoFlag === 0 ? protocol !== 0 : (flags & shape.protoFlag) !== 0;
    if (!said && protocol !== 0) return false;
    if (protocol > 255 || view.saysMore) return false;
    if (said) {
      rule.protocol = given(protocolName(protocol) ?? protocol, INV.PROTO);
      if (protocol !== 0) inverted |= INV.PROTO; // ! all is refused
    }
    for (const [key, addressAt, maskAt, inv] of this.networks) {
      const state = this.networkState(m.bytes, view.at + addressAt, view.at + maskAt);
      if (state === 'odd') return false;
      if (state === 'any' && (invflags & inv) === 0) continue;
      rule[key] = given(formatNetwork(shape.family, m.bytes, view.at + addressAt, m.bytes, view.at + maskAt), inv);
      inverted |= inv;
    }
    for (const [key, nameAt, maskAt, inv] of this.interfaces) {
      if (isZero(m.bytes, view.at + nameAt, IFNAMSIZ) && isZero(m.bytes, view.at + maskAt, IFNAMSIZ)) continue;
      const name = this.interfaceName(m.bytes, view.at + nameAt, view.at + maskAt);
      if (name === undefined) return false;
      rule[key] = given(name, inv);
      inverted |= inv;
    }
    if (view.isFragment) {
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

function opaqueEntry({ m, at, end, shape }: EntryView): string {
  const entry = m.bytes.slice(at, end);
  // Bookkeeping of the kernel's that says nothing about the rule: comefrom, and the counters.
  entry.fill(0, shape.nextOffset + 2, shape.size);
  return toHex(entry);
}

function isZero(b: Uint8Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (b[i] !== 0) return false;
  return true;
}
