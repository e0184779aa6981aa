/**
 * Elements that are alike: of one kind, with the same bytes but for those of their holes, whose forms are the same
 * (codec/hole.ts). What is found out about one of them holds for all.
 */
import type { Options, Revision } from '../../codec/extension';
import { type Hole, IRREGULAR, isPrintable } from '../../codec/hole';
import type { Memory } from '../../codec/struct';
import { ELEMENT_HEADER } from '../layout';
import { sameWords } from './words';

/** How much is kept; it is small, and a table has few kinds. */
const KEPT = 4096;
/** A header's four-byte words. */
const HEADER = ELEMENT_HEADER >> 2;
type Of = 'match' | 'target';

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
interface Found<T> {
  readonly kind: Kind;
  /** What else it depends on. */
  readonly key: number;
  readonly forms: readonly number[];
  /** What `kind.fixed` holds. */
  readonly values: readonly number[];
  /** The holes of options that aren't said hold what they hold here, as far as these aren't others', too. */
  readonly unsaid: Part;
  readonly unsaidValues: readonly number[];
  readonly value: T;
  /** What came behind it last: rules are mostly of a few shapes. */
  next: Found<T> | undefined;
}

/** What is found out about an element, and the holes whose options are said. */
export interface Finding<T> {
  readonly value: T;
  readonly said: readonly Hole[];
}

export class AlikeElements<T> {
  private readonly kinds = new Map<number, Kind>();
  private readonly found = new Map<number, Found<T>>();
  /** What was looked for at each place last: something is found out when it comes again, since much never does. */
  private readonly sought = new Int32Array(KEPT);
  /** Of the element that is looked at. */
  private readonly forms: number[] = [];
  private last: Found<T> | undefined;

  constructor(
    /** The revision that an element's bytes are of, if it is known. */
    private readonly revisionOf: (of: Of, m: Memory, at: number) => Revision<Options> | undefined,
    /** Undefined if the values in the holes may be to blame for it. */
    private readonly make: (
      of: Of,
      m: Memory,
      at: number,
      key: number,
      revision: Revision<Options> | undefined,
    ) => Finding<T> | undefined,
  ) {}

  /** What holds for the element; undefined if it has to be looked at by itself. */
  find(of: Of, m: Memory, at: number, size: number, key: number): T | undefined {
    const { words } = m;
    if (!words || ((at | size) & 3) !== 0) return undefined;
    const before = m.at;
    m.at = at + ELEMENT_HEADER;
    const guess = this.last?.next;
    const found =
      guess && this.isOf(guess.kind, of, words, at >> 2) && this.form(guess.kind, m) && this.fits(guess, key, m, words)
        ? guess
        : this.search(this.kindOf(of, m, words, at, size), m, at, key, words);
    m.at = before;
    if (!found) return undefined;
    if (this.last) this.last.next = found;
    this.last = found;
    return found.value;
  }

  private search(kind: Kind, m: Memory, at: number, key: number, words: Int32Array): Found<T> | undefined {
    if (!this.form(kind, m)) return undefined;
    let hash = kind.hash ^ key;
    const { fixed, holes } = kind;
    const from = m.at >> 2;
    for (let i = 0; i < holes.length; i++) hash = Math.imul(hash, 0x01000193) ^ this.forms[i]!;
    for (let i = 0; i < fixed.words.length; i++)
      hash = Math.imul(hash, 0x01000193) ^ (words[from + fixed.words[i]!]! & fixed.bits[i]!);
    const found = this.found.get(hash);
    if (found && found.kind === kind && this.fits(found, key, m, words)) return found;
    const place = (hash ^ (hash >>> 12) ^ (hash >>> 24)) & (KEPT - 1);
    if (this.sought[place] !== hash) {
      this.sought[place] = hash;
      return undefined;
    }
    const made = this.newly(kind, m, at, key, words);
    if (!made) return undefined;
    if (this.found.size >= KEPT) {
      this.found.clear();
      this.last = undefined;
    }
    this.found.set(hash, made);
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

  /** Whether an element of the same kind, whose forms are known, is like it. */
  private fits(found: Found<T>, key: number, m: Memory, words: Int32Array): boolean {
    if (found.key !== key) return false;
    const { kind, forms, values, unsaid, unsaidValues } = found;
    for (let i = 0; i < forms.length; i++) if (forms[i] !== this.forms[i]) return false;
    const from = m.at >> 2;
    return holds(words, from, kind.fixed, values) && holds(words, from, unsaid, unsaidValues);
  }

  private newly(kind: Kind, m: Memory, at: number, key: number, words: Int32Array): Found<T> | undefined {
    const made = this.make(kind.of, m, at, key, kind.revision);
    if (!made) return undefined;
    const said = kind.holes.filter((hole, i) => made.said.includes(hole) && isPrintable(this.forms[i]!));
    const unsaid = partOf(
      kind.holes.filter((hole) => !said.includes(hole)),
      kind.size,
      said,
    );
    const from = m.at >> 2;
    return {
      kind,
      key,
      forms: this.forms.slice(0, kind.holes.length),
      values: valuesOf(words, from, kind.fixed),
      unsaid,
      unsaidValues: valuesOf(words, from, unsaid),
      value: made.value,
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
    const revision = this.revisionOf(of, m, at);
    const data = size - ELEMENT_HEADER;
    const holes = revision?.size === data ? revision.holes : [];
    const free = partOf(holes, data);
    const bits = Array.from({ length: data >> 2 }, () => -1);
    free.words.forEach((word, i) => {
      bits[word] = ~free.bits[i]!;
    });
    const kind: Kind = {
      of,
      hash,
      header: words.slice(from, from + HEADER),
      revision,
      size: data,
      holes,
      fixed: partOfBits(bits),
    };
    if (this.kinds.size >= KEPT) this.kinds.clear();
    this.kinds.set(hash, kind);
    return kind;
  }
}

/** The bytes of holes, but for those that belong to others. */
function partOf(holes: readonly Hole[], size: number, others: readonly Hole[] = []): Part {
  const bytes = new Uint8Array(size);
  const fill = (of: readonly Hole[], bits: number) => {
    for (const { offset, type } of of.flatMap(({ members }) => members)) bytes.fill(bits, offset, offset + type.size);
  };
  fill(holes, 0xff);
  fill(others, 0);
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
