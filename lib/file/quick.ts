/**
 * Rules of a save file -> entries, without the detour over data. Lines as iptables-save writes them (options of the rule,
 * then matches, then the target) are cut where their elements begin, and an element that was there before, in a rule of
 * the same protocol in the same place, is copied. Anything else is left to the parser, and so is every error.
 */
import type { AnyExtension, RuleFacts } from '../codec/extension';
import type { Context } from '../codec/operand';
import { LITTLE } from '../codec/struct';
import { registry } from '../extensions/registry';
import { ADDRESS, prefixMask } from '../net/address';
import type { EntryCodec } from '../rule/entry';
import { ENTRY_MAX, INV, STANDARD_SIZE } from '../rule/layout';
import { type Counters, type Place, VERDICTS } from '../rule/rule';
import { parseProtocol } from '../text/draft';

const [SPACE, QUOTE, BACKSLASH, DASH, BANG, SLASH] = [32, 34, 92, 45, 33, 47];
const IFNAMSIZ = 16;
/** Elements kept at a time, of all kinds together. */
const KEPT = 16384;

/** Elements seen in rules of one protocol in one place, by their text. */
type Seen = Map<string, Uint8Array>;
/** How often an extension's elements were the same as one before. */
interface Habit {
  readonly extension: AnyExtension;
  hits: number;
  misses: number;
}
const NONE: NonNullable<RuleFacts['match']> = [];

export class QuickEncoder {
  private readonly places = new Map<string, Seen>();
  private readonly protocols = new Map<string, number>();
  private readonly names = new Map<string, Uint8Array>();
  private readonly masks = new Map<string, Uint8Array>();
  private kept = 0;
  private last:
    | {
        readonly chain: string | undefined;
        readonly protocol: number;
        readonly negated: boolean;
        readonly table: string | undefined;
        readonly seen: Seen;
      }
    | undefined;
  private readonly habits = { match: new Map<string, Habit>(), target: new Map<string, Habit>() };
  private readonly context: { -readonly [K in keyof Context]: Context[K] };
  /** Where the line is read. */
  private at = 0;
  private place: Place = {};
  /** The chain of the line that was encoded last. */
  chain = '';

  constructor(private readonly codec: EntryCodec) {
    this.context = { kernel: codec.kernel, protocol: 0 };
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
    if (this.place.table !== table || this.place.chain !== chain) this.place = { table, chain: copied(chain) };
    const { codec, place } = this;
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
    let rule: RuleFacts | undefined;

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
        rule ??= { family: shape.family, protocol, protocolNegated: (invflags & INV.PROTO) !== 0, match: NONE, chain };
        const end = this.segmentEnd(line);
        const text = line.slice(start, end);
        this.at = end;
        if (letter === 'j') {
          if (end !== line.length) return undefined;
          targetOffset = size;
          const added = this.target(text, size, place, rule);
          if (added === undefined) return undefined;
          size = added;
        } else {
          const added = this.element('match', text, size, place, rule);
          if (added === undefined) return undefined;
          size = added;
        }
        continue;
      }
      // A rule's own options come before its matches: behind them a match's option might be meant.
      if (rule) {
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
          if (!this.network(value, shape.src, shape.smsk)) return undefined;
          if (not) invflags |= INV.SRCIP;
          break;
        case 'd':
          if (!this.network(value, shape.dst, shape.dmsk)) return undefined;
          if (not) invflags |= INV.DSTIP;
          break;
        case 'i':
          if (
            chain === 'OUTPUT' ||
            chain === 'POSTROUTING' ||
            !this.interface(value, shape.iniface, shape.iniface_mask)
          )
            return undefined;
          if (not) invflags |= INV.VIA_IN;
          break;
        case 'o':
          if (
            chain === 'INPUT' ||
            chain === 'PREROUTING' ||
            !this.interface(value, shape.outiface, shape.outiface_mask)
          )
            return undefined;
          if (not) invflags |= INV.VIA_OUT;
          break;
        case 'p': {
          const number = this.protocol(value);
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
    for (let i = this.at; i < line.length; i++) {
      const c = line.charCodeAt(i);
      if (c === QUOTE) quoted = !quoted;
      else if (c === BACKSLASH && quoted) i++;
      else if (c === SPACE && !quoted && line.charCodeAt(i + 1) === DASH && line.charCodeAt(i + 3) === SPACE) {
        const letter = line.charCodeAt(i + 2);
        if (letter === 109 || letter === 106 || letter === 103) return i;
      }
    }
    return line.length;
  }

  private network(value: string, at: number, maskAt: number): boolean {
    const { shape } = this.codec;
    const { bytes } = this.codec.encoder.scratch;
    const slash = value.indexOf('/');
    const mask = this.mask(slash < 0 ? '' : value.slice(slash + 1));
    if (!mask) return false;
    if (shape.address === 4) {
      // Four decimal numbers; what else an address may be, the parser knows.
      const end = slash < 0 ? value.length : slash;
      let part = -1;
      let parts = 0;
      for (let i = 0; i <= end; i++) {
        const c = i === end ? 46 : value.charCodeAt(i);
        if (c === 46) {
          if (part < 0 || part > 255 || parts === 4) return false;
          bytes[at + parts] = part & mask[parts]!;
          parts++;
          part = -1;
        } else if (c >= 48 && c <= 57) {
          if (part === 0) return false; // octal
          part = part < 0 ? c - 48 : part * 10 + c - 48;
        } else return false;
      }
      if (parts !== 4) return false;
    } else {
      const address = ADDRESS.ipv6.parse(slash < 0 ? value : value.slice(0, slash));
      if (!address) return false;
      for (let i = 0; i < 16; i++) bytes[at + i] = address[i]! & mask[i]!;
    }
    bytes.set(mask, maskAt);
    return true;
  }

  /** Of a prefix length in decimal; '' is all. */
  private mask(text: string): Uint8Array | undefined {
    let mask = this.masks.get(text);
    if (!mask) {
      const bits = 8 * this.codec.shape.address;
      if (!/^(|0|[1-9]\d?\d?)$/.test(text) || Number(text) > bits) return undefined;
      mask = prefixMask(text === '' ? bits : Number(text), this.codec.shape.address);
      this.masks.set(copied(text), mask);
    }
    return mask;
  }

  private interface(name: string, at: number, maskAt: number): boolean {
    const { bytes } = this.codec.encoder.scratch;
    if (name.length >= IFNAMSIZ) return false;
    for (let i = 0; i < name.length; i++) {
      const c = name.charCodeAt(i);
      // Of a slash iptables warns; so does whoever reads the line at leisure.
      if (c > 126 || c === SLASH) return false;
      bytes[at + i] = c;
    }
    const compared = name.endsWith('+') ? name.length - 1 : name.length + 1;
    bytes.fill(0xff, maskAt, maskAt + compared);
    return true;
  }

  private protocol(word: string): number | undefined {
    let number = this.protocols.get(word);
    if (number === undefined) {
      number = parseProtocol(word);
      if (number === undefined) return undefined;
      if (this.protocols.size < KEPT) this.protocols.set(copied(word), number);
    }
    return number;
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

  private target(text: string, at: number, place: Place, rule: RuleFacts): number | undefined {
    const name = text.slice(3);
    if (name === 'DROP' && place.table === 'nat') return undefined;
    const known = this.names.get(name);
    if (known) {
      this.codec.encoder.scratch.bytes.set(known, at);
      return at + known.length;
    }
    if (/^[^\s"\\]+$/.test(name) && !registry.target.find(this.codec.shape.family, name))
      return this.standard(name, at);
    return this.element('target', text, at, place, rule);
  }

  private element(
    kind: 'match' | 'target',
    text: string,
    at: number,
    place: Place,
    rule: RuleFacts,
  ): number | undefined {
    const { codec } = this;
    let nameEnd = text.indexOf(' ', 3);
    if (nameEnd < 0) nameEnd = text.length;
    const name = text.slice(3, nameEnd);
    let habit = this.habits[kind].get(name);
    if (!habit) {
      const extension = registry[kind].find(codec.shape.family, name);
      if (!extension) return undefined;
      habit = { extension, hits: 0, misses: 0 };
      this.habits[kind].set(copied(name), habit);
    }
    // Some elements are the same again and again, others (comments, sets of ports) never are.
    const repeats = habit.misses < 512 || habit.hits > habit.misses;
    const bytes = repeats ? this.seen(rule, place).get(text) : undefined;
    if (bytes) {
      if (at + bytes.length + STANDARD_SIZE > ENTRY_MAX) return undefined;
      habit.hits++;
      codec.encoder.scratch.bytes.set(bytes, at);
      return at + bytes.length;
    }
    habit.misses++;
    const settings = this.settings(habit.extension, text, nameEnd, rule.protocol);
    if (!settings) return undefined;
    let end: number;
    try {
      end = codec.encoder.elements.write(kind, { name: habit.extension.name, settings }, at, rule, place, 0);
    } catch {
      return undefined;
    }
    if (repeats) this.keep(rule, place, text, codec.encoder.scratch.bytes.slice(at, end));
    return end;
  }

  private seen({ chain, protocol, protocolNegated }: RuleFacts, { table }: Place): Seen {
    if (
      this.last &&
      this.last.chain === chain &&
      this.last.protocol === protocol &&
      this.last.negated === protocolNegated &&
      this.last.table === table
    )
      return this.last.seen;
    const key = `${table} ${chain} ${protocol} ${protocolNegated}`;
    let seen = this.places.get(key);
    if (!seen) {
      seen = new Map();
      this.places.set(key, seen);
    }
    this.last = { chain, protocol, negated: protocolNegated, table, seen };
    return seen;
  }

  private keep(rule: RuleFacts, place: Place, text: string, bytes: Uint8Array): void {
    if (++this.kept > KEPT) {
      this.places.clear();
      this.last = undefined;
      this.kept = 0;
    }
    this.seen(rule, place).set(copied(text), bytes);
  }

  /** What `--option value …` behind a name says, if all of it is said in full and in the simplest way. */
  private settings(
    extension: AnyExtension,
    text: string,
    from: number,
    protocol: number,
  ): Record<string, unknown> | undefined {
    const { context } = this;
    context.protocol = protocol;
    const settings: Record<string, unknown> = {};
    let not = false;
    for (let at = from; at < text.length; ) {
      if (text.charCodeAt(at) === SPACE) {
        at++;
        continue;
      }
      let end = text.indexOf(' ', at);
      if (end < 0) end = text.length;
      if (text.charCodeAt(at) === BANG && end === at + 1 && !not) {
        not = true;
        at = end;
        continue;
      }
      if (text.charCodeAt(at) !== DASH || text.charCodeAt(at + 1) !== DASH) return undefined;
      const spelling = text.slice(at + 2, end);
      const word = extension.words.get(spelling);
      if (
        !word ||
        word.opens ||
        word.after !== undefined ||
        word.repeatable ||
        settings[word.key] !== undefined ||
        (not && !word.negatable)
      )
        return undefined;
      at = end + 1;
      let value: unknown;
      try {
        if (word.operand.words === 0) value = word.operand.parse([], context);
        else if (word.operand.words === 1) {
          const argument = text.charCodeAt(at) === QUOTE ? quoted(text, at) : plain(text, at);
          if (!argument) return undefined;
          at = argument.end;
          value = word.operand.parse([argument.text], context);
        } else return undefined;
      } catch {
        return undefined;
      }
      if (word.remark?.(value, spelling) !== undefined) return undefined; // said by whoever reads it at leisure
      settings[word.key] = not ? { not: value } : value;
      not = false;
    }
    return not ? undefined : settings;
  }
}

interface Argument {
  readonly text: string;
  readonly end: number;
}
function plain(text: string, at: number): Argument | undefined {
  let end = at;
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end);
    if (c === SPACE) break;
    if (c === QUOTE || c < SPACE) return undefined;
  }
  return end > at ? { text: text.slice(at, end), end } : undefined;
}
/** In double quotes, with nothing escaped and nothing behind them. */
function quoted(text: string, at: number): Argument | undefined {
  const close = text.indexOf('"', at + 1);
  if (close <= at + 1 || (close + 1 < text.length && text.charCodeAt(close + 1) !== SPACE)) return undefined;
  for (let i = at + 1; i < close; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH || c < SPACE) return undefined;
  }
  return { text: text.slice(at + 1, close), end: close + 1 };
}

/** A slice keeps the whole text alive that it was cut from. */
function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
