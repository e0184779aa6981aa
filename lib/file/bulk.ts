/**
 * The text of many rules, as bytes: exactly what RulePrinter gives for each. In a large table a rule is mostly like the
 * one before it, but for an address and a remark; what is the same is copied.
 */
import type { Member, Memory } from '../codec/struct';
import { prefixLength } from '../net/address';
import { decodeText, encodeText } from '../net/text';
import type { EntryCodec } from '../rule/entry';
import { INV } from '../rule/layout';
import { EntryView } from '../rule/view';
import { RulePrinter } from '../text/print';

/** Bytes that are handed out together; a little more than that, since lines stay whole. */
const BLOCK = 256 << 10;
/** Room for anything that is written without asking: counters, addresses, a remark in quotes. */
const MARGIN = 1024;
const [NEWLINE, SPACE, DOT, ZERO, QUOTE, APOSTROPHE, BACKSLASH] = [10, 32, 46, 48, 34, 39, 92];
const HEADER = 32;
/** What the bytes of a remark ask for: nothing, quotes around it, or the printer, which knows what can't be said. */
const [QUOTES, PRINTER] = [1, 2];
const NEEDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte < 0x20 && byte !== 9) || byte === 0x7f ? PRINTER : /[-_0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 0 : QUOTES,
);

/** What is before and behind an address: ` -s ` and `/32`. */
interface Around {
  readonly before: Uint8Array;
  readonly behind: Uint8Array;
}
/** An element of the last rule, and its text. */
interface Slot {
  readonly offset: number;
  readonly size: number;
  text: Uint8Array;
  /** It says nothing but a text of its own: where that is, and what stands before it. */
  readonly remark: { readonly member: Member<string>; readonly before: Uint8Array } | undefined;
}

export class BulkPrinter {
  private out = new Uint8Array(BLOCK + 2 * MARGIN);
  private end = 0;
  private readonly printer: RulePrinter;
  /** The last rule, which this one may be like. */
  private last = 0;
  private lastMemory: Memory | undefined;
  private source: Around | undefined;
  private destination: Around | undefined;
  private rest: Uint8Array = new Uint8Array();
  private slots: Slot[] = [];

  private readonly view: EntryView;

  constructor(private readonly codec: EntryCodec) {
    this.printer = new RulePrinter(codec);
    this.view = new EntryView(codec.shape);
  }

  /** Whether take() should be called. */
  get full(): boolean {
    return this.end >= BLOCK;
  }
  /** What has been written since. */
  take(): string {
    const { out, end } = this;
    this.end = 0;
    return isAscii(out, end) ? Buffer.from(out.buffer, 0, end).toString('latin1') : decodeText(out, 0, end);
  }

  line(text: string): void {
    this.text(text);
    this.out[this.end++] = NEWLINE;
  }

  /** `prefix` is what stands before the rule: `-A INPUT`. */
  rule(prefix: Uint8Array, counters: string, m: Memory, at: number): void {
    if (counters !== '') this.text(counters);
    this.copy(prefix);
    const { shape } = this.codec;
    const { last } = this;
    const view = this.view.on(m, at);
    const like = m === this.lastMemory && equal(m, at + shape.smsk, last + shape.smsk, shape.invflags + 1 - shape.smsk);
    if (!like) this.slots = [];
    // An address that stands in the rest has to be the same too.
    const same =
      like &&
      (this.source !== undefined || equal(m, at + shape.src, last + shape.src, shape.address)) &&
      (this.destination !== undefined || equal(m, at + shape.dst, last + shape.dst, shape.address));
    if (!same) this.plan(view);
    const unsaid = this.printer.unsaid(view);
    if (unsaid !== '') this.text(unsaid);
    if (this.source) this.address(this.source, m.bytes, view.src);
    if (this.destination) this.address(this.destination, m.bytes, view.dst);
    this.copy(this.rest);
    const { target } = view;
    let slot = 0;
    for (let i = view.matches; i < target; i = view.behind(i)) this.element('match', i, view.behind(i) - i, slot++);
    this.element('target', target, view.end - target, slot);
    this.last = at;
    this.lastMemory = m;
    this.out[this.end++] = NEWLINE;
  }

  /** What all rules with these masks, interfaces, protocol and flags have in common. */
  private plan(view: EntryView): void {
    const { m } = view;
    this.source = this.around(m, view.smsk, view.not(INV.SRCIP) ? ' ! -s ' : ' -s ');
    // The destination comes first only where no source stands in the rest.
    const anywhere = !view.not(INV.SRCIP) && isZero(m.bytes, view.src) && isZero(m.bytes, view.smsk);
    this.destination =
      this.source || anywhere ? this.around(m, view.dmsk, view.not(INV.DSTIP) ? ' ! -d ' : ' -d ') : undefined;
    this.rest = encodeText(this.printer.head(view, this.source === undefined, this.destination === undefined));
  }
  /** Undefined where the mask or the family make it no plain matter. */
  private around(m: Memory, maskAt: number, before: string): Around | undefined {
    if (this.codec.shape.address !== 4) return undefined;
    const bits = prefixLength(m.bytes, maskAt, 4);
    return bits <= 0 ? undefined : { before: encodeText(before), behind: encodeText(`/${bits}`) };
  }

  private address({ before, behind }: Around, b: Uint8Array, at: number): void {
    this.copy(before);
    const { out } = this;
    let { end } = this;
    for (let i = at; i < at + 4; i++) {
      const byte = b[i]!;
      if (byte >= 100) out[end++] = ZERO + ((byte / 100) | 0);
      if (byte >= 10) out[end++] = ZERO + (((byte / 10) | 0) % 10);
      out[end++] = ZERO + (byte % 10);
      out[end++] = DOT;
    }
    this.end = end - 1;
    this.copy(behind);
  }

  private element(kind: 'match' | 'target', i: number, size: number, index: number): void {
    const { m, at } = this.view;
    const slot = this.slots[index];
    const before = this.last + i - at;
    if (slot && slot.offset === i - at && slot.size === size && m === this.lastMemory) {
      const { remark } = slot;
      if (equal(m, i, before, remark ? HEADER : size)) {
        if (!remark) return this.copy(slot.text);
        if (this.remark(remark.before, m, i + HEADER + remark.member.offset, i + size)) return;
      }
    }
    const { text, remark } = this.printer.part(kind, this.view, i);
    const bytes = encodeText(text);
    this.slots.length = index;
    this.slots.push({
      offset: i - at,
      size,
      text: bytes,
      remark: remark && { member: remark.member, before: encodeText(remark.before) },
    });
    this.copy(bytes);
  }

  /** As quote() has it, of a text with nothing but zeroes behind it; false if it isn't one. */
  private remark(before: Uint8Array, m: Memory, at: number, behind: number): boolean {
    const b = m.bytes;
    let needs = 0;
    let stop = at;
    for (; stop < behind && b[stop] !== 0; stop++) needs |= NEEDS[b[stop]!]!;
    if (needs >= PRINTER || stop === behind || !isZeroTo(m, stop, behind)) return false;
    if (stop === at) needs = QUOTES;
    this.copy(before);
    const { out } = this;
    let { end } = this;
    out[end++] = SPACE;
    if (needs) out[end++] = QUOTE;
    for (let i = at; i < stop; i++) {
      const byte = b[i]!;
      if (byte === QUOTE || byte === APOSTROPHE || byte === BACKSLASH) out[end++] = BACKSLASH;
      out[end++] = byte;
    }
    if (needs) out[end++] = QUOTE;
    this.end = end;
    return true;
  }

  private text(text: string): void {
    this.copy(encodeText(text));
  }
  /** Leaves room for what is written without asking. */
  private copy(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.end + length + MARGIN > this.out.length) {
      const larger = new Uint8Array(2 * this.out.length + length);
      larger.set(this.out);
      this.out = larger;
    }
    const { out } = this;
    let { end } = this;
    for (let i = 0; i < length; i++) out[end++] = bytes[i]!;
    this.end = end;
  }
}

/** Four bytes. */
const isZero = (b: Uint8Array, at: number) => (b[at]! | b[at + 1]! | b[at + 2]! | b[at + 3]!) === 0;

/** Elements end at multiples of 4. */
function isZeroTo({ bytes, words }: Memory, from: number, end: number): boolean {
  let i = from;
  for (; i < end && (words === undefined || (i & 3) !== 0); i++) if (bytes[i] !== 0) return false;
  if (words) for (let n = i >> 2; n < end >> 2; n++) if (words[n] !== 0) return false;
  return true;
}

function isAscii(bytes: Uint8Array, end: number): boolean {
  const words = new Int32Array(bytes.buffer, 0, end >> 2);
  let all = 0;
  for (let i = 0; i < words.length; i++) all |= words[i]!;
  for (let i = end & ~3; i < end; i++) all |= bytes[i]!;
  return (all & 0x80808080) === 0;
}

/** Whether two places hold the same; entries and their elements begin at multiples of 4. */
function equal({ words, bytes }: Memory, a: number, b: number, size: number): boolean {
  let i = 0;
  if (words && ((a | b) & 3) === 0) {
    const [x, y, count] = [a >> 2, b >> 2, size >> 2];
    for (let n = 0; n < count; n++) if (words[x + n] !== words[y + n]) return false;
    i = count << 2;
  }
  for (; i < size; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
