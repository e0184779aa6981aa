/** A rule's text, from its bytes: exactly what iptables-save prints. */
import type { Context } from '../codec/operand';
import { LITTLE, type Memory } from '../codec/struct';
import { formatIpv4, formatIpv6, prefixLength } from '../net/address';
import { protocolName } from '../net/databases';
import { decodeText } from '../net/text';
import { type DecodedElement, type EntryCodec, INV } from './entry';

const IFNAMSIZ = 16;

export class RulePrinter {
  private readonly printed = new WeakMap<DecodedElement, Map<number, string>>();
  constructor(private readonly codec: EntryCodec) {}

  /** What stands behind `-A CHAIN`, with a space before it; `beforeTarget` is put in there (iptables -S -v: counters). */
  print(m: Memory, at: number, beforeTarget = ''): string {
    const { shape } = this.codec;
    const b = m.bytes;
    const invflags = b[at + shape.invflags]!;
    const flags = b[at + shape.flags]!;
    const protocol = m.view.getUint16(at + shape.proto, LITTLE);
    const not = (bit: number) => ((invflags & bit) !== 0 ? ' !' : '');
    let text =
      this.network(b, at + shape.src, at + shape.smsk, ' -s ', not(INV.SRCIP)) +
      this.network(b, at + shape.dst, at + shape.dmsk, ' -d ', not(INV.DSTIP)) +
      this.interface(b, at + shape.iniface, at + shape.iniface_mask, ' -i ', not(INV.VIA_IN)) +
      this.interface(b, at + shape.outiface, at + shape.outiface_mask, ' -o ', not(INV.VIA_OUT));
    if (protocol !== 0) text += `${not(INV.PROTO)} -p ${protocolName(protocol) ?? protocol}`;
    if (flags & shape.fragFlag) text += `${not(INV.FRAG)} -f`;

    const context = { kernel: this.codec.kernel, protocol };
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    for (let i = at + shape.size; i < targetAt; i += m.view.getUint16(i, LITTLE)) text += this.element('match', m, i, context);
    text += beforeTarget;
    if (b[targetAt + 31] !== 255) return text + this.element('target', m, targetAt, context);
    const name = decodeText(b, targetAt + 2, targetAt + 31);
    return name === '' ? text : `${text} -${flags & shape.gotoFlag ? 'g' : 'j'} ${name}`;
  }

  private element(kind: 'match' | 'target', m: Memory, at: number, context: Context): string {
    const decoded = this.codec.decodeElement(kind, m, at);
    let byProtocol = this.printed.get(decoded);
    if (!byProtocol) {
      byProtocol = new Map();
      this.printed.set(decoded, byProtocol);
    }
    let text = byProtocol.get(context.protocol);
    if (text === undefined) {
      const { known, settings, name } = decoded;
      text = ` -${kind === 'match' ? 'm' : 'j'} ${name}${known ? known.extension.print(settings, known.revision, context) : ' [unsupported revision]'}`;
      byProtocol.set(context.protocol, text);
    }
    return text;
  }

  private network(b: Uint8Array, at: number, maskAt: number, option: string, not: string): string {
    if (this.codec.shape.address === 4) {
      const bits = prefixLength(b, maskAt, 4);
      if (bits === 0 && not === '' && (b[at]! | b[at + 1]! | b[at + 2]! | b[at + 3]!) === 0) return '';
      return `${not}${option}${formatIpv4(b, at)}/${bits < 0 ? formatIpv4(b, maskAt) : bits}`;
    }
    const bits = prefixLength(b, maskAt, 16);
    if (bits === 0 && not === '') return '';
    return `${not}${option}${formatIpv6(b, at)}/${bits < 0 ? formatIpv6(b, maskAt) : bits}`;
  }

  private interface(b: Uint8Array, at: number, maskAt: number, option: string, not: string): string {
    if (b[maskAt] === 0) return '';
    let compared = 0;
    while (compared < IFNAMSIZ && b[maskAt + compared] !== 0) compared++;
    const beginning = compared < IFNAMSIZ && b[at + compared - 1] !== 0;
    return `${not}${option}${decodeText(b, at, at + compared)}${beginning ? '+' : ''}`;
  }
}
