/**
 * Matches and targets as iptables-save prints them -> bytes. One that the parser has read leaves a template, as one that
 * is printed does (template.ts): words with holes between, and the bytes that they stand for. Where the words of another
 * differ in the holes alone, so do its bytes.
 */
import { type AnyExtension, HOLE, type RuleFacts } from '../codec/extension';
import { type Hole, isReadable } from '../codec/hole';
import { LITTLE } from '../codec/struct';
import { registry } from '../extensions/registry';
import { TextReader } from '../net/reader';
import type { GivenElement } from '../rule/encode/given';
import type { EntryCodec } from '../rule/entry';
import { ELEMENT_HEADER, ENTRY_MAX, STANDARD_SIZE } from '../rule/layout';
import type { Place } from '../rule/rule';
import { parseLine } from './parse';
import { type ElementPrinter, elementPrinter } from './template';

/** Templates kept at a time, and of those with the same options; there are values that never come again. */
const KEPT = 16384;
const KEPT_ALIKE = 4096;
/** How many of those with holes are tried. */
const TRIED = 8;

type Kind = 'match' | 'target';
type Settings = Readonly<Record<string, unknown>>;

/** What holds for elements in the same kind of rule: of one protocol, in one table, in a chain with the same hook. */
export interface Surroundings {
  /** Another for each. */
  readonly key: number;
  readonly place: Place;
  readonly facts: RuleFacts;
}
interface Template {
  readonly around: Surroundings;
  /** One more than there are holes. */
  readonly pieces: readonly string[];
  readonly holes: readonly Hole[];
  readonly bytes: Uint8Array;
  /** What has to be checked again in each rule, for it looks at others of its elements. */
  readonly checked: { readonly extension: AnyExtension; readonly settings: Settings } | undefined;
  /** What came behind it last. */
  next: Template | undefined;
}
/** Those with the same options. */
interface Alike {
  readonly around: Surroundings;
  readonly withHoles: Template[];
  readonly byText: Map<string, Template>;
}

export class ElementReader {
  private readonly print: ElementPrinter;
  private readonly words = new TextReader();
  private readonly alike = new Map<number, Alike>();
  private kept = 0;
  private last: Template | undefined;

  constructor(private readonly codec: EntryCodec) {
    this.print = elementPrinter(codec, '');
  }

  /**
   * Writes what a part of a line says, `-m NAME …` or `-j NAME …`, into the encoder's memory; gives its end, undefined if
   * the parser has to look at all of the line. `key` follows from the names of its options.
   */
  write(
    kind: Kind,
    line: string,
    from: number,
    end: number,
    key: number,
    at: number,
    around: Surroundings,
  ): number | undefined {
    const guess = this.last?.next;
    const found =
      guess && guess.around === around && this.fits(guess, line, from, end, at)
        ? guess
        : this.search(kind, line, from, end, key, at, around);
    if (!found || (found.checked && !this.passes(found.checked, at, around))) return undefined;
    if (this.last) this.last.next = found;
    this.last = found;
    return at + found.bytes.length;
  }

  private passes({ extension, settings }: NonNullable<Template['checked']>, at: number, around: Surroundings): boolean {
    try {
      extension.check(settings, { ...around.facts, match: this.matchesBefore(at) });
      return true;
    } catch {
      return false;
    }
  }
  /** The rule's matches, which are written before its target. */
  private matchesBefore(target: number): NonNullable<RuleFacts['match']> {
    const { memory } = this.codec.encoder.scratch;
    const matches: { name: string; settings: unknown }[] = [];
    for (let at = this.codec.shape.size; at < target; at += memory.view.getUint16(at, LITTLE)) {
      const { name, settings } = this.codec.decodeElement('match', memory, at);
      matches.push({ name, settings });
    }
    return matches;
  }

  /** Whether the words are the template's; then its bytes are written. */
  private fits({ pieces, holes, bytes }: Template, line: string, from: number, end: number, at: number): boolean {
    const words = this.words.on(line, from, end);
    if (!words.literal(pieces[0]!)) return false;
    const { scratch } = this.codec.encoder;
    if (at + bytes.length + STANDARD_SIZE > ENTRY_MAX) return false;
    scratch.bytes.set(bytes, at);
    scratch.memory.at = at + ELEMENT_HEADER;
    for (let i = 0; i < holes.length; i++)
      if (!holes[i]!.read(scratch.memory, words) || !words.literal(pieces[i + 1]!)) return false;
    return words.atEnd;
  }

  private search(
    kind: Kind,
    line: string,
    from: number,
    end: number,
    key: number,
    at: number,
    around: Surroundings,
  ): Template | undefined {
    let alike = this.alike.get(key);
    if (alike?.around !== around) alike = undefined;
    if (alike) for (const template of alike.withHoles) if (this.fits(template, line, from, end, at)) return template;
    const known = alike && alike.byText.size > 0 ? alike.byText.get(line.slice(from, end)) : undefined;
    if (known) return this.fits(known, line, from, end, at) ? known : undefined;
    const text = copied(line.slice(from, end));
    const template = this.learn(kind, text, at, around);
    if (!template) return undefined;
    if (++this.kept > KEPT) {
      this.alike.clear();
      this.last = alike = undefined;
      this.kept = 0;
    }
    if (!alike) {
      alike = { around, withHoles: [], byText: new Map() };
      this.alike.set(key, alike);
    }
    if (template.holes.length > 0 && alike.withHoles.length < TRIED) alike.withHoles.push(template);
    else if (alike.byText.size < KEPT_ALIKE) alike.byText.set(text, { ...template, pieces: [text], holes: [] });
    return template;
  }

  /** What the parser makes of the words alone, in a rule of the same protocol, is what they are in any. */
  private learn(kind: Kind, text: string, at: number, around: Surroundings): Template | undefined {
    const { family, protocol, protocolNegated } = around.facts;
    const { encoder } = this.codec;
    const { bytes, memory } = encoder.scratch;
    let end: number;
    let varies: boolean;
    let checked: Template['checked'];
    try {
      const before = protocol === 0 ? '' : `${protocolNegated ? '! ' : ''}-p ${protocol} `;
      const { rule, warnings } = parseLine(family, before + text);
      const { match = [], target, protocol: _, ...others } = rule;
      if (warnings.length > 0) return undefined; // each time
      const read = kind === 'match' ? match[0] : target;
      if (match.length !== (kind === 'match' ? 1 : 0) || Object.keys(others).length > 0) return undefined;
      if (typeof read !== 'object' || (kind === 'match' && target !== undefined)) return undefined;
      const [[name, settings] = ['', undefined]] = Object.entries(read);
      const extension = registry[kind].find(family, name);
      varies = extension?.revisions.some((revision) => revision.holes.length > 0) ?? false;
      if (extension?.definition.looksAtMatches) checked = { extension, settings: settings as Settings };
      const facts = checked ? { ...around.facts, match: this.matchesBefore(at) } : around.facts;
      end = encoder.elements.write(kind, { name, settings } as GivenElement, at, facts, around.place, 0);
    } catch {
      return undefined; // the parser says it better, with all of the line before it
    }
    const element = bytes.slice(at, end);
    const literal: Template = { around, pieces: [text], holes: [], bytes: element, checked, next: undefined };
    if (!varies) return literal;
    const decoded = this.codec.decodeElement(kind, memory, at);
    const holes: Hole[] = [];
    memory.at = at + ELEMENT_HEADER;
    const taken = (hole: Hole) => isReadable(hole.formOf(memory)) && holes.push(hole) > 0;
    const pieces = this.print(kind, decoded, protocol, taken).slice(1).split(HOLE);
    const template = { ...literal, pieces, holes };
    const holds =
      decoded.faithful &&
      this.fits(template, text, 0, text.length, at) &&
      Buffer.compare(element, bytes.subarray(at, end)) === 0;
    bytes.set(element, at);
    return holds ? template : literal;
  }
}

/** A slice keeps the whole text alive that it was cut from. */
export function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
