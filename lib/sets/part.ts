/** What a part of an element is to whoever reads and writes elements. */
import type { MessageWriter } from '../netlink/writer';
import type { Attributes } from './attributes';

export type Family = 'ipv4' | 'ipv6';

/** Bits for IPSET_ATTR_CADT_FLAGS that a part brings. */
type Bits = number;
/** Any element, as data. */
export type Data = Record<string, unknown>;

export interface Part {
  /** Its keys in data; the first is needed. */
  readonly keys: readonly string[];
  /** The word of data. */
  word(data: Data): unknown;
  /** As ipset prints it, where that is another. */
  print?(data: Data): string;
  write(writer: MessageWriter, word: string, family: Family): Bits;
  read(attributes: Attributes, data: Data, family: Family): void;
  /** Of types whose elements end with it: it may be left out. */
  readonly optional?: true;
}
