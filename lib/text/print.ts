/** A rule's text, from its bytes: exactly what iptables-save prints. */
import type { Context } from '../codec/operand';
import type { Member, Memory } from '../codec/struct';
import { formatIpv4, formatIpv6, prefixLength } from '../net/address';
import { iptablesProtocol } from '../net/databases';
import { bareWord, decodeText, isLine, isPlainName } from '../net/text';
import type { DecodedElement } from '../rule/decode/element';
import type { EntryCodec } from '../rule/entry';
import { IFNAMSIZ, INV } from '../rule/layout';
import { EntryView } from '../rule/view';

/** A match's or a target's text, with a space before it. */
export interface Part {
  readonly text: string;
  /** It is but a text of the user's behind these words: then neighbours of its kind differ in that alone. */
  readonly remark: { readonly member: Member<string>; readonly before: string } | undefined;
}

/**
 * Where words would be read as something else than what the kernel holds: everybody refuses the line. Iptables has no
 * policy that looks like it, and takes no word that isn't an option's; so it stands before options, not behind one that
 * might take it for its own.
 */
const UNPRINTABLE = ' [unprintable]';

/** The name of a chain, as a word of a command. */
export const printName = (name: string): string => (isLine(name) ? bareWord(name) : `${bareWord(name)}${UNPRINTABLE}`);

/** A chain as iptables-save declares it, where nothing can be quoted. */
export const printChain = (name: string, policy: string | undefined, counted = '[0:0]'): string =>
  isPlainName(name)
    ? `:${name} ${policy ?? '-'} ${counted}`
    : `:${name.replace(/[\0-\x20\x7f]/g, '?')}${UNPRINTABLE} ${counted}`;

export class RulePrinter {
  private readonly printed = new WeakMap<DecodedElement, Map<number, Part>>();
  private readonly view: EntryView;

  constructor(private readonly codec: EntryCodec) {
    this.view = new EntryView(codec.shape);
  }

  /** What stands behind `-A CHAIN`, with a space before it; `beforeTarget` is put in there (iptables -S -v: counters). */
  print(m: Memory, at: number, beforeTarget = ''): string {
    const view = this.view.on(m, at);
    const { target } = view;
    let text = this.unsaid(view) + this.head(view);
    for (let i = view.matches; i < target; i = view.behind(i)) text += this.part('match', view, i).text;
    return text + beforeTarget + this.part('target', view, target).text;
  }

  /** The options of the rule itself; its addresses only if wanted. */
  head(view: EntryView, source = true, destination = true): string {
    const b = view.m.bytes;
    const { invflags, protocol } = view;
    const not = (bit: number) => ((invflags & bit) !== 0 ? ' !' : '');
    let text =
      (source ? this.network(b, view.src, view.smsk, ' -s ', not(INV.SRCIP)) : '') +
      (destination ? this.network(b, view.dst, view.dmsk, ' -d ', not(INV.DSTIP)) : '') +
      this.interface(b, view.iniface, view.inifaceMask, ' -i ', not(INV.VIA_IN)) +
      this.interface(b, view.outiface, view.outifaceMask, ' -o ', not(INV.VIA_OUT));
    if (protocol !== 0) text += `${not(INV.PROTO)} -p ${iptablesProtocol(protocol) ?? protocol}`;
    if (view.isFragment) text += `${not(INV.FRAG)} -f`;
    return text;
  }

  /** What makes everybody refuse the line of a rule that options don't say all of: it would be read as another. */
  unsaid(view: EntryView): string {
    return this.codec.isSaid(view) ? '' : UNPRINTABLE;
  }

  /** A match or the target of an entry. */
  part(kind: 'match' | 'target', view: EntryView, at: number): Part {
    const name = kind === 'target' ? view.jump : undefined;
    if (name !== undefined)
      return { text: name === '' ? '' : ` -${view.isGoto ? 'g' : 'j'} ${bareWord(name)}`, remark: undefined };
    return this.element(kind, view.m, at, { kernel: this.codec.kernel, protocol: view.protocol });
  }

  private element(kind: 'match' | 'target', m: Memory, at: number, context: Context): Part {
    const decoded = this.codec.decodeElement(kind, m, at);
    let byProtocol = this.printed.get(decoded);
    if (!byProtocol) {
      byProtocol = new Map();
      this.printed.set(decoded, byProtocol);
    }
    let part = byProtocol.get(context.protocol);
    if (part === undefined) {
      const { known, settings, name, faithful } = decoded;
      const before = ` -${kind === 'match' ? 'm' : 'j'} ${bareWord(name)}`;
      const text = known
        ? `${before}${faithful ? '' : UNPRINTABLE}${known.extension.print(settings, known.revision, context)}`
        : `${before} [unsupported revision]`;
      const remark = faithful ? known?.revision.remark : undefined;
      part = { text, remark: remark && { member: remark.member, before: `${before} --${remark.name}` } };
      byProtocol.set(context.protocol, part);
    }
    return part;
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
    if (b[maskAt] === 0) return not === '' ? '' : `${not}${option}+`; // ! of any interface: it never matches
    let compared = 0;
    while (compared < IFNAMSIZ && b[maskAt + compared] !== 0) compared++;
    const beginning = compared < IFNAMSIZ && b[at + compared - 1] !== 0;
    return `${not}${option}${bareWord(`${decodeText(b, at, at + compared)}${beginning ? '+' : ''}`)}`;
  }
}
