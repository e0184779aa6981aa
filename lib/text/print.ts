/** A rule's text, from its bytes: exactly what iptables-save prints. */
import type { Memory } from '../codec/struct';
import { formatIpv6, prefixLength } from '../net/address';
import { iptablesProtocol } from '../net/databases';
import { bareWord, decodeText, isLine, isPlainName } from '../net/text';
import { TextWriter } from '../net/writer';
import type { EntryCodec } from '../rule/entry';
import { IFNAMSIZ, INV, NAME_AT, NAME_SIZE } from '../rule/layout';
import { EntryView } from '../rule/view';
import { ElementTemplates, elementPrinter } from './template';

const [SLASH, PLUS, QUOTE, DELETE] = [47, 43, 34, 0x7f];

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
  private readonly view: EntryView;
  private readonly templates: ElementTemplates;
  private readonly out = new TextWriter();

  /** `brief`: it is done with before the kernel can name its sets otherwise. */
  constructor(
    private readonly codec: EntryCodec,
    brief = false,
  ) {
    this.view = new EntryView(codec.shape);
    this.templates = new ElementTemplates(codec, elementPrinter(codec, UNPRINTABLE), brief);
  }

  /** What stands behind `-A CHAIN`, with a space before it; `beforeTarget` is put in there (iptables -S -v: counters). */
  print(m: Memory, at: number, beforeTarget = ''): string {
    this.write(this.out, m, at, beforeTarget);
    return this.out.take();
  }

  /** The same, as bytes. */
  write(out: TextWriter, m: Memory, at: number, beforeTarget = ''): void {
    const view = this.view.on(m, at);
    const { target, protocol } = view;
    // Everybody refuses the line of a rule that options don't say all of: it would be read as another.
    if (!this.codec.isSaid(view)) out.text(UNPRINTABLE);
    this.head(view, out);
    for (let i = view.matches; i < target; ) {
      const behind = view.behind(i);
      this.templates.write('match', m, i, behind - i, protocol, out);
      i = behind;
    }
    if (beforeTarget !== '') out.text(beforeTarget);
    if (!view.isJump) this.templates.write('target', m, target, view.end - target, protocol, out);
    else if (m.bytes[target + NAME_AT] !== 0) {
      out.text(view.isGoto ? ' -g ' : ' -j ');
      name(out, m.bytes, target + NAME_AT, target + NAME_AT + NAME_SIZE);
    }
  }

  /** The options of the rule itself. */
  private head(view: EntryView, out: TextWriter): void {
    const b = view.m.bytes;
    const { invflags, protocol } = view;
    const not = (bit: number) => (invflags & bit) !== 0;
    this.network(out, b, view.src, view.smsk, ' -s ', not(INV.SRCIP));
    this.network(out, b, view.dst, view.dmsk, ' -d ', not(INV.DSTIP));
    this.interface(out, b, view.iniface, view.inifaceMask, ' -i ', not(INV.VIA_IN));
    this.interface(out, b, view.outiface, view.outifaceMask, ' -o ', not(INV.VIA_OUT));
    if (protocol !== 0) {
      out.text(not(INV.PROTO) ? ' ! -p ' : ' -p ');
      const known = iptablesProtocol(protocol);
      if (known === undefined) out.number(protocol);
      else out.text(known);
    }
    if (view.isFragment) out.text(not(INV.FRAG) ? ' ! -f' : ' -f');
  }

  private network(out: TextWriter, b: Uint8Array, at: number, maskAt: number, option: string, not: boolean): void {
    const size = this.codec.shape.address;
    const bits = prefixLength(b, maskAt, size);
    if (bits === 0 && !not && (size === 16 || (b[at]! | b[at + 1]! | b[at + 2]! | b[at + 3]!) === 0)) return;
    if (not) out.text(' !');
    out.text(option);
    address(out, b, at, size);
    out.byte(SLASH);
    if (bits < 0) address(out, b, maskAt, size);
    else out.number(bits);
  }

  private interface(out: TextWriter, b: Uint8Array, at: number, maskAt: number, option: string, not: boolean): void {
    if (b[maskAt] === 0 && !not) return;
    if (not) out.text(' !');
    out.text(option);
    if (b[maskAt] === 0) return out.byte(PLUS); // ! of any interface: it never matches
    let compared = 0;
    while (compared < IFNAMSIZ && b[maskAt + compared] !== 0) compared++;
    const beginning = compared < IFNAMSIZ && b[at + compared - 1] !== 0;
    name(out, b, at, at + compared, beginning);
  }
}

function address(out: TextWriter, b: Uint8Array, at: number, size: 4 | 16): void {
  if (size === 4) out.ipv4(b, at);
  else out.text(formatIpv6(b, at));
}

/** What bareWord() says of the text up to the first zero, and a + behind it if wanted. */
function name(out: TextWriter, b: Uint8Array, from: number, end: number, plus = false): void {
  let stop = from;
  for (; stop < end && b[stop] !== 0; stop++) {
    const byte = b[stop]!;
    if (byte <= 0x20 || byte === QUOTE || byte === DELETE)
      return out.text(bareWord(`${decodeText(b, from, end)}${plus ? '+' : ''}`));
  }
  if (stop === from && !plus) return out.text(bareWord(''));
  out.copy(b, from, stop);
  if (plus) out.byte(PLUS);
}
