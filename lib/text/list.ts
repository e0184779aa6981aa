/** A rule's line in a listing, from its bytes: exactly what `iptables -L` prints. */
import type { ListContext } from '../codec/extension';
import type { Memory } from '../codec/struct';
import { ADDRESS, prefixLength } from '../net/address';
import { iptablesProtocol, protocolName } from '../net/databases';
import { decodeText, encodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { IFNAMSIZ, INV, type Inv } from '../rule/layout';
import type { Counters } from '../rule/rule';
import { EntryView } from '../rule/view';

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
/** As C pads: a column is as wide as its bytes. */
const padded = (text: string, width: number) => text.padEnd(width - (encodeText(text).length - text.length));

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
  private readonly view: EntryView;

  constructor(
    private readonly codec: EntryCodec,
    private readonly format: ListFormat,
  ) {
    this.view = new EntryView(codec.shape);
  }

  /** The rule's line; `number` counts from 1. */
  list(m: Memory, at: number, number: number): string {
    const { numeric, verbose, exact, lineNumbers } = this.format;
    const view = this.view.on(m, at);
    const b = m.bytes;
    const { protocol, jump } = view;
    const not = (bit: Inv, otherwise = ' ') => (view.not(bit) ? '!' : otherwise);

    const targetName = jump ?? this.codec.decodeElement('target', m, view.target).kernelName;
    let text = lineNumbers ? `${String(number).padEnd(4)} ` : '';
    if (verbose) text += listNumber(view.packets, exact) + listNumber(view.bytes, exact);
    const protocolText = (numeric ? iptablesProtocol : protocolName)(protocol);
    text += `${padded(targetName, 9)} ${not(INV.PROTO)}${(protocolText ?? String(protocol)).padEnd(4)} `;
    text += this.fragment(view).padEnd(3);
    if (verbose) {
      const any = numeric ? '*' : 'any';
      const name = (nameAt: number, bit: Inv) =>
        padded(not(bit, '') + (decodeText(b, nameAt, nameAt + IFNAMSIZ) || any), 6);
      text += ` ${name(view.iniface, INV.VIA_IN)} ${name(view.outiface, INV.VIA_OUT)} `;
    }
    text += `${not(INV.SRCIP)}${this.network(b, view.src, view.smsk).padEnd(19)} `;
    text += `${not(INV.DSTIP)}${this.network(b, view.dst, view.dmsk).padEnd(19)} `;
    return `${text}${this.elements(view, { kernel: this.codec.kernel, protocol, numeric, hostName: this.format.hostName })}\n`;
  }

  /** What `iptables -v -A` prints of the rule that it adds. */
  brief(m: Memory, at: number): string {
    const view = this.view.on(m, at);
    const b = m.bytes;
    const { protocol } = view;
    const not = (bit: Inv, otherwise = ' ') => (view.not(bit) ? '!' : otherwise);
    const name = view.jump ?? this.codec.decodeElement('target', m, view.target).kernelName;
    const via = (nameAt: number, bit: Inv) =>
      (not(bit, '') + (decodeText(b, nameAt, nameAt + IFNAMSIZ) || '*')).slice(0, 17);
    const numeric = new RuleLister(this.codec, { ...this.format, numeric: true });
    let text = `${name} ${not(INV.PROTO)}${iptablesProtocol(protocol) ?? protocol} opt ${this.fragment(view)} in ${via(view.iniface, INV.VIA_IN)} out ${via(view.outiface, INV.VIA_OUT)} `;
    text += `${not(INV.SRCIP)}${numeric.network(b, view.src, view.smsk)} ${not(INV.DSTIP)}-> ${numeric.network(b, view.dst, view.dmsk)}  `;
    return `${text}${this.elements(view, { kernel: this.codec.kernel, protocol, numeric: true })}\n`;
  }

  private fragment(view: EntryView): string {
    return view.shape.family === 'ipv4' ? `${view.not(INV.FRAG) ? '!' : '-'}${view.isFragment ? 'f' : '-'}` : '--';
  }

  private elements(view: EntryView, context: ListContext): string {
    const { m, target } = view;
    const standard = view.jump !== undefined;
    let text = standard && view.isGoto ? '[goto] ' : '';
    for (let i = view.matches; i < target; i = view.behind(i)) text += this.element('match', m, i, context);
    return standard ? text : text + this.element('target', m, target, context);
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
