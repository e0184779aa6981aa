/**
 * The text of matches and targets, as bytes. One that is printed the thorough way (decoded, proven to lose nothing,
 * printed) leaves a template: its text, with holes where its options vary. That is the text of every element that differs
 * from it in the bytes of its holes alone, as long as these have the same form (codec/hole.ts).
 */
import { HOLE, type Options, type Revision } from '../codec/extension';
import { type Hole, IRREGULAR } from '../codec/hole';
import type { Memory } from '../codec/struct';
import { encodeText } from '../net/text';
import type { TextWriter } from '../net/writer';
import { type DecodedElement, sameWords } from '../rule/decode/element';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER } from '../rule/layout';

/** How many templates are kept; they are small, and a table has few. */
const KEPT = 4096;
/** A header's four-byte words. */
const HEADER = ELEMENT_HEADER >> 2;

/** The elements with the same header: of one extension, revision and size. */
interface Kind {
  readonly of: 'match' | 'target';
  readonly hash: number;
  readonly header: Int32Array;
  readonly revision: Revision<Options> | undefined;
  /** Of what is behind the header. */
  readonly size: number;
  readonly holes: readonly Hole[];
  /** What doesn't belong to holes. */
  readonly fixed: Part;
}
/** Bits of an element: the words that they are in, counted from the header's end, and which of these. */
interface Part {
  readonly words: readonly number[];
  readonly bits: readonly number[];
}
interface Template {
  readonly kind: Kind;
  /** Words may depend on the rule's protocol. */
  readonly protocol: number;
  readonly forms: readonly number[];
  /** What `kind.fixed` holds. */
  readonly values: readonly number[];
  /** The holes of options that aren't said hold what they hold here. */
  readonly unsaid: Part;
  readonly unsaidValues: readonly number[];
  /** One more than there are holes. */
  readonly pieces: readonly Uint8Array[];
  readonly holes: readonly Hole[];
  /** What came behind it last: rules are mostly of a few shapes. */
  next: Template | undefined;
}

/** Collects holes, and leaves them out, if it is given a list for them. */
export type ElementPrinter = (
  of: 'match' | 'target',
  element: DecodedElement,
  protocol: number,
  holes?: Hole[],
) => string;

export class ElementTemplates {
  private readonly kinds = new Map<number, Kind>();
  private readonly templates = new Map<number, Template>();
  /** Of the element that is written. */
  private readonly forms: number[] = [];
  private last: Template | undefined;

  constructor(
    private readonly codec: EntryCodec,
    /** The thorough way, from what is decoded; with a space before it. */
    private readonly print: ElementPrinter,
    /** The kernel won't name its objects otherwise until this is done with. */
    private readonly brief: boolean,
  ) {}

  /** A match, or a target that is an extension, in a rule of that protocol. */
  write(of: 'match' | 'target', m: Memory, at: number, size: number, protocol: number, out: TextWriter): void {
    const { words } = m;
    if (!words || ((at | size) & 3) !== 0)
      return out.text(this.print(of, this.codec.decodeElement(of, m, at), protocol));
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    const guess = this.last?.next;
    const template =
      guess &&
      this.isOf(guess.kind, of, words, at >> 2) &&
      this.form(guess.kind, m) &&
      this.fits(guess, protocol, m, words)
        ? guess
        : this.find(this.kindOf(of, m, words, at, size), m, at, protocol, words);
    if (template) {
      if (this.last) this.last.next = template;
      this.last = template;
      fill(template, m, out);
      m.at = before;
    } else {
      m.at = before;
      out.text(this.print(of, this.codec.decodeElement(of, m, at), protocol));
    }
  }

  /** Undefined if the element has to be printed the thorough way. */
  private find(kind: Kind, m: Memory, at: number, protocol: number, words: Int32Array): Template | undefined {
    if (!this.form(kind, m)) return undefined;
    let hash = kind.hash ^ protocol;
    const { fixed, holes } = kind;
    const from = m.at >> 2;
    for (let i = 0; i < holes.length; i++) hash = Math.imul(hash, 0x01000193) ^ this.forms[i]!;
    for (let i = 0; i < fixed.words.length; i++)
      hash = Math.imul(hash, 0x01000193) ^ (words[from + fixed.words[i]!]! & fixed.bits[i]!);
    const found = this.templates.get(hash);
    if (found && found.kind === kind && this.fits(found, protocol, m, words)) return found;
    const made = this.make(kind, m, at, protocol, words);
    if (!made) return undefined;
    if (this.templates.size >= KEPT) {
      this.templates.clear();
      this.last = undefined;
    }
    this.templates.set(hash, made);
    return made;
  }

  /** Finds the forms of all holes; false if one has none. */
  private form({ holes }: Kind, m: Memory): boolean {
    for (let i = 0; i < holes.length; i++) {
      const form = holes[i]!.formOf(m);
      if (form === IRREGULAR) return false;
      this.forms[i] = form;
    }
    return true;
  }

  /** Whether an element of the template's kind, whose forms are known, is said by it. */
  private fits(template: Template, protocol: number, m: Memory, words: Int32Array): boolean {
    if (template.protocol !== protocol) return false;
    const { kind, forms, values, unsaid, unsaidValues } = template;
    for (let i = 0; i < forms.length; i++) if (forms[i] !== this.forms[i]) return false;
    const from = m.at >> 2;
    return holds(words, from, kind.fixed, values) && holds(words, from, unsaid, unsaidValues);
  }

  private make(kind: Kind, m: Memory, at: number, protocol: number, words: Int32Array): Template | undefined {
    const decoded = this.codec.decodeElement(kind.of, m, at);
    const { known, faithful } = decoded;
    if (known?.extension.definition.volatile && !this.brief) return undefined;
    // Of what isn't faithful the values may be to blame; and two extensions may share a header (state, conntrack).
    const exact = kind.holes.length === 0;
    if (!exact && (!faithful || known?.revision !== kind.revision)) return undefined;
    const holes: Hole[] = [];
    const text = this.print(kind.of, decoded, protocol, exact ? undefined : holes);
    const unsaid = partOf(
      kind.holes.filter((hole) => !holes.includes(hole)),
      kind.size,
    );
    const from = m.at >> 2;
    return {
      kind,
      protocol,
      forms: this.forms.slice(0, kind.holes.length),
      values: valuesOf(words, from, kind.fixed),
      unsaid,
      unsaidValues: valuesOf(words, from, unsaid),
      pieces: text.split(HOLE).map((piece) => encodeText(piece)),
      holes,
      next: undefined,
    };
  }

  private isOf(kind: Kind, of: 'match' | 'target', words: Int32Array, from: number): boolean {
    return kind.of === of && sameWords(kind.header, words, from, from + HEADER);
  }

  private kindOf(of: 'match' | 'target', m: Memory, words: Int32Array, at: number, size: number): Kind {
    const from = at >> 2;
    let hash = of === 'match' ? 1 : 2;
    for (let i = from; i < from + HEADER; i++) hash = Math.imul(hash, 0x01000193) ^ words[i]!;
    const found = this.kinds.get(hash);
    if (found && this.isOf(found, of, words, from)) return found;
    const { known } = this.codec.decodeElement(of, m, at);
    const data = size - ELEMENT_HEADER;
    const holes = known?.revision.size === data ? known.revision.holes : [];
    const free = partOf(holes, data);
    const bits = Array.from({ length: data >> 2 }, () => -1);
    free.words.forEach((word, i) => {
      bits[word] = ~free.bits[i]!;
    });
    const kind: Kind = {
      of,
      hash,
      header: words.slice(from, from + HEADER),
      revision: known?.revision,
      size: data,
      holes,
      fixed: partOfBits(bits),
    };
    if (this.kinds.size >= KEPT) this.kinds.clear();
    this.kinds.set(hash, kind);
    return kind;
  }
}

/** The bytes of holes. */
function partOf(holes: readonly Hole[], size: number): Part {
  const bytes = new Uint8Array(size);
  for (const { offset, type } of holes.flatMap(({ members }) => members)) bytes.fill(0xff, offset, offset + type.size);
  return partOfBits([...new Int32Array(bytes.buffer)]);
}
function partOfBits(all: readonly number[]): Part {
  const words = [...all.keys()].filter((word) => all[word] !== 0);
  return { words, bits: words.map((word) => all[word]!) };
}
const valuesOf = (words: Int32Array, from: number, part: Part): readonly number[] =>
  part.words.map((word, i) => words[from + word]! & part.bits[i]!);

function holds(words: Int32Array, from: number, part: Part, values: readonly number[]): boolean {
  for (let i = 0; i < values.length; i++)
    if ((words[from + part.words[i]!]! & part.bits[i]!) !== values[i]) return false;
  return true;
}

function fill({ pieces, holes }: Template, m: Memory, out: TextWriter): void {
  out.copy(pieces[0]!);
  for (let i = 0; i < holes.length; i++) {
    holes[i]!.write(m, out);
    out.copy(pieces[i + 1]!);
  }
}
