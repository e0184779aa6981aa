/** A rule's line in a listing, from its bytes: exactly what `iptables -L` prints. */
import type { ListContext } from '../codec/extension';
import { LITTLE, type Memory } from '../codec/struct';
import { ADDRESS, prefixLength } from '../net/address';
import { iptablesProtocol, protocolName } from '../net/databases';
import { decodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { INV } from '../rule/layout';
import type { Counters } from '../rule/rule';

export interface ListFormat {
  /** -n: numbers for addresses, ports and protocols. */
  readonly numeric: boolean;
  /** -v: counters and interfaces. */
  readonly verbose: boolean;
  /** -x: counters in full, not in K, M, G. */
  readonly exact: boolean;
  /** --line-numbers */
  readonly lineNumbers: boolean;
  /** A host's name by its address, if it's to be printed; never asked if numeric. */
  readonly hostName?: (address: string) => string | undefined;
}

/** As xtables_print_num: with a space behind it. */
export function listNumber(value: bigint, exact: boolean): string {
  if (exact) return `${String(value).padStart(8)} `;
  if (value <= 99999n) return `${String(value).padStart(5)} `;
  let rounded = value;
  for (const unit of ['K', 'M', 'G']) {
    rounded = (rounded + 500n) / 1000n;
    if (rounded <= 9999n) return `${String(rounded).padStart(4)}${unit} `;
  }
  return `${String((rounded + 500n) / 1000n).padStart(4)}T `;
}
const plainNumber = (value: bigint, exact: boolean) => listNumber(value, exact).trimStart();

/** The two lines above a chain's rules. */
export function listHeader(
  chain: { name: string; policy: string | undefined; counters: Counters; references: number },
  format: ListFormat,
): string {
  const { verbose, exact, lineNumbers } = format;
  let text = `Chain ${chain.name}`;
  if (chain.policy !== undefined) {
    const counted = verbose
      ? ` ${plainNumber(chain.counters.packets, exact)}packets, ${plainNumber(chain.counters.bytes, exact)}bytes`
      : '';
    text += ` (policy ${chain.policy}${counted})\n`;
  } else text += ` (${chain.references} references)\n`;
  if (lineNumbers) text += `${'num'.padEnd(4)} `;
  if (verbose)
    text += exact ? `${'pkts'.padStart(8)} ${'bytes'.padStart(10)} ` : `${'pkts'.padStart(5)} ${'bytes'.padStart(5)} `;
  text += `${'target'.padEnd(9)}  prot opt`;
  if (verbose) text += ` ${'in'.padEnd(6)} ${'out'.padEnd(6)} `;
  return `${text} ${'source'.padEnd(19)}  ${'destination'.padEnd(19)} \n`;
}

export class RuleLister {
  constructor(
    private readonly codec: EntryCodec,
    private readonly format: ListFormat,
  ) {}

  /** The rule's line; `number` counts from 1. */
  list(m: Memory, at: number, number: number): string {
    const { shape } = this.codec;
    const { numeric, verbose, exact, lineNumbers } = this.format;
    const b = m.bytes;
    const flags = b[at + shape.flags]!;
    const invflags = b[at + shape.invflags]!;
    const protocol = m.view.getUint16(at + shape.proto, LITTLE);
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    const standard = b[targetAt + 31] === 255;

    const target = standard ? undefined : this.codec.decodeElement('target', m, targetAt);
    const targetName = target ? target.kernelName : decodeText(b, targetAt + 2, targetAt + 31);
    let text = lineNumbers ? `${String(number).padEnd(4)} ` : '';
    if (verbose)
      text +=
        listNumber(m.view.getBigUint64(at + shape.counters, LITTLE), exact) +
        listNumber(m.view.getBigUint64(at + shape.counters + 8, LITTLE), exact);
    const protocolText = numeric ? undefined : protocolName(protocol);
    text += `${targetName.padEnd(9)} ${invflags & INV.PROTO ? '!' : ' '}${(protocolText ?? String(protocol)).padEnd(4)} `;
    text +=
      shape.family === 'ipv4' ? `${invflags & INV.FRAG ? '!' : '-'}${flags & shape.fragFlag ? 'f' : '-'} ` : '-- ';
    if (verbose) {
      const any = numeric ? '*' : 'any';
      const name = (nameAt: number, bit: number) =>
        ((invflags & bit ? '!' : '') + (decodeText(b, at + nameAt, at + nameAt + 16) || any)).slice(0, 17).padEnd(6);
      text += ` ${name(shape.iniface, INV.VIA_IN)} ${name(shape.outiface, INV.VIA_OUT)} `;
    }
    text += `${invflags & INV.SRCIP ? '!' : ' '}${this.network(b, at + shape.src, at + shape.smsk).padEnd(19)} `;
    text += `${invflags & INV.DSTIP ? '!' : ' '}${this.network(b, at + shape.dst, at + shape.dmsk).padEnd(19)} `;
    if (flags & shape.gotoFlag && standard) text += '[goto] ';

    const context: ListContext = { kernel: this.codec.kernel, protocol, numeric, hostName: this.format.hostName };
    for (let i = at + shape.size; i < targetAt; i += m.view.getUint16(i, LITTLE))
      text += this.element('match', m, i, context);
    if (!standard) text += this.element('target', m, targetAt, context);
    return `${text}\n`;
  }

  /** What `iptables -v -A` prints of the rule that it adds. */
  brief(m: Memory, at: number): string {
    const { shape } = this.codec;
    const b = m.bytes;
    const flags = b[at + shape.flags]!;
    const invflags = b[at + shape.invflags]!;
    const not = (bit: number) => (invflags & bit ? '!' : '');
    const protocol = m.view.getUint16(at + shape.proto, LITTLE);
    const targetAt = at + m.view.getUint16(at + shape.targetOffset, LITTLE);
    const standard = b[targetAt + 31] === 255;
    const name = standard
      ? decodeText(b, targetAt + 2, targetAt + 31)
      : this.codec.decodeElement('target', m, targetAt).kernelName;
    const fragment =
      shape.family === 'ipv4' ? `${invflags & INV.FRAG ? '!' : '-'}${flags & shape.fragFlag ? 'f' : '-'}` : '--';
    const via = (nameAt: number, bit: number) =>
      (not(bit) + (decodeText(b, at + nameAt, at + nameAt + 16) || '*')).slice(0, 17);
    const numeric = new RuleLister(this.codec, { ...this.format, numeric: true });
    let text = `${name} ${not(INV.PROTO) || ' '}${iptablesProtocol(protocol) ?? protocol} opt ${fragment} in ${via(shape.iniface, INV.VIA_IN)} out ${via(shape.outiface, INV.VIA_OUT)} `;
    text += `${not(INV.SRCIP) || ' '}${numeric.network(b, at + shape.src, at + shape.smsk)} ${not(INV.DSTIP) || ' '}-> ${numeric.network(b, at + shape.dst, at + shape.dmsk)}  `;
    if (flags & shape.gotoFlag && standard) text += '[goto] ';
    const context: ListContext = { kernel: this.codec.kernel, protocol, numeric: true };
    for (let i = at + shape.size; i < targetAt; i += m.view.getUint16(i, LITTLE))
      text += this.element('match', m, i, context);
    if (!standard) text += this.element('target', m, targetAt, context);
    return `${text}\n`;
  }

  private element(kind: 'match' | 'target', m: Memory, at: number, context: ListContext): string {
    const { known, settings } = this.codec.decodeElement(kind, m, at);
    return known ? known.extension.list(settings, known.revision, context) : ' [unsupported revision]';
  }

  private network(b: Uint8Array, at: number, maskAt: number): string {
    const { numeric, hostName } = this.format;
    const { address: size, family } = this.codec.shape;
    const format = ADDRESS[family].format;
    // IPv4 looks at the mask, IPv6 at the address.
    const zeroAt = family === 'ipv4' ? maskAt : at;
    if (!numeric && b.subarray(zeroAt, zeroAt + size).every((byte) => byte === 0)) return 'anywhere';
    const bits = prefixLength(b, maskAt, size);
    const address = format(b, at);
    const name = numeric ? undefined : hostName?.(address);
    return `${name ?? address}${bits === 8 * size ? '' : `/${bits < 0 ? format(b, maskAt) : bits}`}`;
  }
}
