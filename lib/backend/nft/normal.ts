/** Rules as they are read again: what iptables-nft says in expressions of nf_tables' own has one form of several. */
import { Block } from '../../net/block';
import { LITTLE } from '../../net/endian';
import { MessageWriter } from '../../netlink/writer';
import { ELEMENT_HEADER, ENTRY_MAX, NAME_AT, REVISION_AT, SHAPES, type Shape } from '../../rule/layout';
import type { Family } from '../backend';
import type { Sought } from '../memory/table';
import { RuleDecoder } from './decode/rule';
import { RuleEncoder } from './encode/rule';
import { Refusal } from './refusal';

const ALTERNATIVE_HEADER = 8;

export class Normal {
  private readonly shape: Shape;
  private readonly encoder: RuleEncoder;
  private readonly decoder: RuleDecoder;
  private readonly writer = new MessageWriter();
  private room = new Block(new Uint8Array(ENTRY_MAX + 1));

  constructor(family: Family) {
    this.shape = SHAPES[family];
    this.encoder = new RuleEncoder(family);
    this.decoder = new RuleDecoder(family);
  }

  /** The entry as it is read again; the same if it can't be written. */
  of(entry: Uint8Array): Uint8Array {
    const { writer, room } = this;
    writer.reset();
    writer.begin(0, 0, 0);
    const from = writer.at;
    try {
      this.encoder.write(writer, new Block(entry), 0);
    } catch (error) {
      if (error instanceof Refusal) return entry;
      throw error;
    }
    const size = this.decoder.decode(writer, from, writer.at, room, 0);
    return this.decoder.isOpaque ? entry : room.bytes.slice(0, size);
  }

  /** A pattern for such. An element that isn't as it was given has to be there whole. */
  sought(pattern: Sought): Sought {
    const { entry, mask, alternatives } = pattern;
    const normal = this.of(entry);
    if (normal === entry) return pattern;
    const [given, read] = [this.elements(entry), this.elements(normal)];
    const bits = new Uint8Array(normal.length).fill(0xff);
    const numbers = new Map<number, number>();
    let next = 0;
    for (const [index, element] of read.entries()) {
      const from = given.findIndex((other, i) => i >= next && isAlike(entry, other, normal, element));
      if (from < 0) continue;
      next = from + 1;
      bits.set(mask.subarray(given[from]!.at, given[from]!.end), element.at);
      numbers.set(from, index);
    }
    const kept = formsIn(alternatives).filter(({ element }) => numbers.has(element));
    for (const { element, form } of kept) form.setUint32(0, numbers.get(element)!, LITTLE);
    return { entry: normal, mask: bits, alternatives: Buffer.concat(kept.map(({ form }) => bytesOf(form))) };
  }

  /** Its matches and its target. */
  private elements(entry: Uint8Array): { at: number; end: number }[] {
    const view = new DataView(entry.buffer, entry.byteOffset, entry.length);
    const target = view.getUint16(this.shape.targetOffset, LITTLE);
    const found: { at: number; end: number }[] = [];
    for (let at = this.shape.size; at < target; ) {
      const end = at + view.getUint16(at, LITTLE);
      found.push({ at, end });
      at = end;
    }
    return [...found, { at: target, end: entry.length }];
  }
}

/** The same extension, revision and size. */
function isAlike(
  a: Uint8Array,
  { at, end }: { at: number; end: number },
  b: Uint8Array,
  other: { at: number; end: number },
): boolean {
  if (end - at !== other.end - other.at || a[at + REVISION_AT] !== b[other.at + REVISION_AT]) return false;
  for (let i = NAME_AT; i < ELEMENT_HEADER; i++) {
    if (a[at + i] !== b[other.at + i]) return false;
    if (a[at + i] === 0) return true;
  }
  return true;
}

/** Copies of other forms, and which element each is one of. */
function formsIn(alternatives: Uint8Array): { element: number; form: DataView }[] {
  const found: { element: number; form: DataView }[] = [];
  const view = new DataView(alternatives.buffer, alternatives.byteOffset, alternatives.length);
  for (let at = 0, end = 0; at < alternatives.length; at = end) {
    end = at + ALTERNATIVE_HEADER + 2 * view.getUint32(at + 4, LITTLE);
    found.push({
      element: view.getUint32(at, LITTLE),
      form: new DataView(Uint8Array.from(alternatives.subarray(at, end)).buffer),
    });
  }
  return found;
}
const bytesOf = ({ buffer, byteOffset, byteLength }: DataView) => new Uint8Array(buffer, byteOffset, byteLength);
