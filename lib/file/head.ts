/** The options of a rule itself, as iptables-save prints them, straight into the head of an entry; anything else is left to the parser. */
import { ADDRESS, prefixMask } from '../net/address';
import type { EntryCodec } from '../rule/entry';
import { IFNAMSIZ } from '../rule/layout';
import { parseProtocol } from '../text/draft';
import { copied } from '../text/read';

const SLASH = 47;
/** How much is remembered of each kind of name. */
const KEPT = 4096;

/** Its methods give false, or nothing, where the parser has to look. */
export class HeadReader {
  private readonly protocols = new Map<string, number>();
  private readonly masks = new Map<string, Uint8Array>();

  constructor(private readonly codec: EntryCodec) {}

  network(value: string, at: number, maskAt: number): boolean {
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

  interface(name: string, at: number, maskAt: number): boolean {
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

  protocol(word: string): number | undefined {
    let number = this.protocols.get(word);
    if (number === undefined) {
      number = parseProtocol(word);
      if (number === undefined) return undefined;
      if (this.protocols.size < KEPT) this.protocols.set(copied(word), number);
    }
    return number;
  }
}
