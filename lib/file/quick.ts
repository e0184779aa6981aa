/**
 * Rules of a save file -> entries, without the detour over data. Lines as iptables-save writes them (options of the rule,
 * then matches, then the target) are cut where their elements begin, and these are read by templates (text/read.ts).
 * Anything else is left to the parser, and so is every error.
 */
import { LITTLE } from '../codec/struct';
import { registry } from '../extensions/registry';
import type { EntryCodec } from '../rule/entry';
import { INV } from '../rule/layout';
import { type Counters, VERDICTS } from '../rule/rule';
import { copied, ElementReader, type Surroundings } from '../text/read';
import { HeadReader } from './head';

const [SPACE, QUOTE, BACKSLASH, DASH, BANG] = [32, 34, 92, 45, 33];
/** How much is remembered of each kind of name. */
const KEPT = 4096;
/** The chains that a rule's elements may have to do with: where a hook of the kernel's is. */
const HOOKS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

export class QuickEncoder {
  private readonly surroundings = new Map<string, Surroundings>();
  private readonly names = new Map<string, Uint8Array>();
  private readonly head: HeadReader;
  private readonly elements: ElementReader;
  private around: Surroundings | undefined;
  private table = '';
  /** Where the line is read. */
  private at = 0;
  /** Follows from the names of an element's options. */
  private key = 0;
  /** The chain of the line that was encoded last. */
  chain = '';

  constructor(private readonly codec: EntryCodec) {
    this.head = new HeadReader(codec);
    this.elements = new ElementReader(codec);
  }

  /** The entry of `-A CHAIN …`, valid until the next call; undefined if the parser has to look at it. */
  encode(line: string, from: number, table: string, counters: Counters | undefined): Uint8Array | undefined {
    this.at = from;
    this.skipSpaces(line);
    if (!line.startsWith('-A ', this.at)) return undefined;
    this.at += 3;
    const chain = this.word(line);
    if (chain === undefined) return undefined;
    this.chain = chain;
    this.table = table;
    const { codec } = this;
    const { shape } = codec;
    const { scratch } = codec.encoder;
    const { bytes } = scratch;
    const { view } = scratch.memory;
    bytes.fill(0, 0, shape.size);
    let flags = 0;
    let invflags = 0;
    let protocol = 0;
    let taken = 0;
    let not = false;
    let size = shape.size;
    let targetOffset = 0;
    let around: Surroundings | undefined;

    while (this.at < line.length) {
      const c = line.charCodeAt(this.at);
      if (c === SPACE) {
        this.at++;
        continue;
      }
      if (c === BANG) {
        if (not || line.charCodeAt(this.at + 1) !== SPACE) return undefined;
        not = true;
        this.at += 2;
        continue;
      }
      if (c !== DASH || line.charCodeAt(this.at + 2) !== SPACE) return undefined;
      const start = this.at;
      const letter = line[start + 1]!;
      this.at += 3;
      if (letter === 'm' || letter === 'j') {
        if (not) return undefined;
        around ??= this.surrounding(chain, protocol, (invflags & INV.PROTO) !== 0);
        const end = this.segmentEnd(line);
        this.at = end;
        if (letter === 'j') {
          if (end !== line.length) return undefined;
          targetOffset = size;
        }
        const added =
          letter === 'j'
            ? this.target(line, start, size, around)
            : this.elements.write('match', line, start, end, this.key ^ around.key, size, around);
        if (added === undefined) return undefined;
        size = added;
        continue;
      }
      // A rule's own options come before its matches: behind them a match's option might be meant.
      if (around) {
        if (letter !== 'g' || not) return undefined;
        const name = this.word(line);
        if (name === undefined || this.at < line.length || VERDICTS.has(name)) return undefined;
        targetOffset = size;
        flags |= shape.gotoFlag;
        const added = this.standard(name, size);
        if (added === undefined) return undefined;
        size = added;
        continue;
      }
      const value = this.word(line);
      if (value === undefined) return undefined;
      const bit =
        letter === 's'
          ? 1
          : letter === 'd'
            ? 2
            : letter === 'i'
              ? 4
              : letter === 'o'
                ? 8
                : letter === 'p'
                  ? 16
                  : letter === 'g'
                    ? 32
                    : 0;
      if (bit === 0 || (taken & bit) !== 0) return undefined;
      taken |= bit;
      switch (letter) {
        case 's':
          if (!this.head.network(value, shape.src, shape.smsk)) return undefined;
          if (not) invflags |= INV.SRCIP;
          break;
        case 'd':
          if (!this.head.network(value, shape.dst, shape.dmsk)) return undefined;
          if (not) invflags |= INV.DSTIP;
          break;
        case 'i':
          if (
            chain === 'OUTPUT' ||
            chain === 'POSTROUTING' ||
            !this.head.interface(value, shape.iniface, shape.iniface_mask)
          )
            return undefined;
          if (not) invflags |= INV.VIA_IN;
          break;
        case 'o':
          if (
            chain === 'INPUT' ||
            chain === 'PREROUTING' ||
            !this.head.interface(value, shape.outiface, shape.outiface_mask)
          )
            return undefined;
          if (not) invflags |= INV.VIA_OUT;
          break;
        case 'p': {
          const number = this.head.protocol(value);
          if (number === undefined || (number === 0 && not)) return undefined;
          protocol = number;
          view.setUint16(shape.proto, number, LITTLE);
          flags |= shape.protoFlag;
          if (not) invflags |= INV.PROTO;
          break;
        }
        default: {
          if (not || this.at < line.length || VERDICTS.has(value)) return undefined;
          targetOffset = size;
          flags |= shape.gotoFlag;
          const added = this.standard(value, size);
          if (added === undefined) return undefined;
          size = added;
        }
      }
      not = false;
    }
    if (not) return undefined;
    if (targetOffset === 0) {
      targetOffset = size;
      size = this.standard('', size)!;
    }
    view.setUint16(shape.targetOffset, targetOffset, LITTLE);
    view.setUint16(shape.nextOffset, size, LITTLE);
    bytes[shape.flags] = flags;
    bytes[shape.invflags] = invflags;
    if (counters) {
      view.setBigUint64(shape.counters, counters.packets, LITTLE);
      view.setBigUint64(shape.counters + 8, counters.bytes, LITTLE);
    }
    return scratch.made(size);
  }

  private skipSpaces(line: string): void {
    while (line.charCodeAt(this.at) === SPACE) this.at++;
  }

  /** Up to the next space; undefined if there is none, or quotes and tabs make it difficult. */
  private word(line: string): string | undefined {
    let end = line.indexOf(' ', this.at);
    if (end < 0) end = line.length;
    if (end === this.at) return undefined;
    const word = line.slice(this.at, end);
    this.at = end;
    for (let i = 0; i < word.length; i++) {
      const c = word.charCodeAt(i);
      if (c === QUOTE || c === BACKSLASH || c <= SPACE) return undefined;
    }
    return word;
  }

  /** Where the next match or the target begins: a dash, its letter and a space, outside quotes. */
  private segmentEnd(line: string): number {
    let quoted = false;
    // Of the words that begin with a dash; the first is the element's name.
    let named = true;
    let key = line.charCodeAt(this.at - 2);
    let i = this.at;
    for (; i < line.length; i++) {
      const c = line.charCodeAt(i);
      if (c === SPACE && !quoted) {
        named = line.charCodeAt(i + 1) === DASH;
        if (named && line.charCodeAt(i + 3) === SPACE) {
          const letter = line.charCodeAt(i + 2);
          if (letter === 109 || letter === 106 || letter === 103) break;
        }
      } else if (c === QUOTE) quoted = !quoted;
      else if (c === BACKSLASH && quoted) i++;
      else if (named) key = Math.imul(key, 31) + c;
    }
    this.key = key;
    return i;
  }

  private standard(name: string, at: number): number | undefined {
    let bytes = this.names.get(name);
    if (!bytes) {
      const { codec } = this;
      if (name !== '' && registry.target.find(codec.shape.family, name)) return undefined;
      let end: number;
      try {
        end = codec.encoder.standard(name === '' ? undefined : name, at);
      } catch {
        return undefined;
      }
      bytes = codec.encoder.scratch.bytes.slice(at, end);
      if (this.names.size < KEPT) this.names.set(copied(name), bytes);
    }
    this.codec.encoder.scratch.bytes.set(bytes, at);
    return at + bytes.length;
  }

  private target(line: string, from: number, at: number, around: Surroundings): number | undefined {
    const name = line.slice(from + 3);
    if (name === 'DROP' && this.table === 'nat') return undefined;
    const known = this.names.get(name);
    if (known) {
      this.codec.encoder.scratch.bytes.set(known, at);
      return at + known.length;
    }
    if (/^[^\s"\\]+$/.test(name) && !registry.target.find(this.codec.shape.family, name))
      return this.standard(name, at);
    return this.elements.write('target', line, from, line.length, this.key ^ around.key, at, around);
  }

  private surrounding(chain: string, protocol: number, protocolNegated: boolean): Surroundings {
    const hook = HOOKS.has(chain) ? chain : undefined;
    const { table } = this;
    const last = this.around;
    if (
      last?.facts.protocol === protocol &&
      last.facts.chain === hook &&
      last.facts.protocolNegated === protocolNegated &&
      last.place.table === table
    )
      return last;
    const name = `${table} ${hook} ${protocol} ${protocolNegated}`;
    let around = this.surroundings.get(name);
    if (!around) {
      if (this.surroundings.size >= KEPT) this.surroundings.clear();
      const { family } = this.codec.shape;
      around = {
        key: Math.imul(this.surroundings.size + 1, 0x9e3779b1),
        place: hook === undefined ? { table } : { table, chain: hook },
        facts: { family, protocol, protocolNegated, match: [], chain: hook },
      };
      this.surroundings.set(name, around);
    }
    this.around = around;
    return around;
  }
}
