/**
 * The text of matches and targets, as bytes. One that is printed the thorough way (decoded, proven to lose nothing,
 * printed) leaves a template: its text, with holes where its options vary, which is that of every element that is alike
 * (rule/decode/alike.ts).
 */
import { HOLE } from '../codec/extension';
import { type Hole, isPrintable } from '../codec/hole';
import type { Memory } from '../codec/struct';
import { bareWord, encodeText } from '../net/text';
import type { TextWriter } from '../net/writer';
import { AlikeElements } from '../rule/decode/alike';
import type { DecodedElement } from '../rule/decode/element';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER } from '../rule/layout';

interface Template {
  /** One more than there are holes. */
  readonly pieces: readonly Uint8Array[];
  readonly holes: readonly Hole[];
}

/** Leaves out what varies, where its hole is taken. */
export type ElementPrinter = (
  of: 'match' | 'target',
  element: DecodedElement,
  protocol: number,
  takes?: (hole: Hole) => boolean,
) => string;

/** A match, or a target that is an extension, with a space before it. `unfaithful` stands where its settings don't say all of it. */
export const elementPrinter =
  (codec: EntryCodec, unfaithful: string): ElementPrinter =>
  (of, { known, settings, name, faithful }, protocol, takes) => {
    const before = ` -${of === 'match' ? 'm' : 'j'} ${bareWord(name)}`;
    if (!known) return `${before} [unsupported revision]`;
    const context = { kernel: codec.kernel, protocol };
    return `${before}${faithful ? '' : unfaithful}${known.extension.print(settings, known.revision, context, '--', takes)}`;
  };

export class ElementTemplates {
  private readonly templates: AlikeElements<Template>;

  constructor(
    private readonly codec: EntryCodec,
    /** The thorough way, from what is decoded; with a space before it. */
    private readonly print: ElementPrinter,
    /** The kernel won't name its objects otherwise until this is done with. */
    brief: boolean,
  ) {
    this.templates = new AlikeElements(
      (of, m, at) => codec.decodeElement(of, m, at).known?.revision,
      (of, m, at, protocol, revision) => {
        const decoded = codec.decodeElement(of, m, at);
        const { known, faithful } = decoded;
        if (known?.extension.definition.volatile && !brief) return undefined;
        // Of what isn't faithful the values may be to blame; and two extensions may share a header (state, conntrack).
        const varies = revision !== undefined && revision.holes.length > 0;
        if (varies && (!faithful || known?.revision !== revision)) return undefined;
        const holes: Hole[] = [];
        const takes = (hole: Hole) => isPrintable(hole.formOf(m)) && holes.push(hole) > 0;
        const text = print(of, decoded, protocol, varies ? takes : undefined);
        return { value: { pieces: text.split(HOLE).map((piece) => encodeText(piece)), holes }, said: holes };
      },
    );
  }

  /** A match, or a target that is an extension, in a rule of that protocol. */
  write(of: 'match' | 'target', m: Memory, at: number, size: number, protocol: number, out: TextWriter): void {
    const template = this.templates.find(of, m, at, size, protocol);
    if (!template) return out.text(this.print(of, this.codec.decodeElement(of, m, at), protocol));
    const { pieces, holes } = template;
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    out.copy(pieces[0]!);
    for (let i = 0; i < holes.length; i++) {
      holes[i]!.write(m, out);
      out.copy(pieces[i + 1]!);
    }
    m.at = before;
  }
}
