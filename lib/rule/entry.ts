/** Rule data <-> the kernel's entry, of one family, for one kernel. */
import type { Kernel } from '../codec/kernel';
import type { Memory } from '../codec/struct';
import { IptcError, show } from '../errors';
import type { DecodedElement } from './decode/element';
import { EntryDecoder } from './decode/entry';
import { EntryEncoder } from './encode/entry';
import { SHAPES, type Shape } from './layout';
import { type Pattern, patternOf } from './pattern';
import type { ListedRule, Place, Rule } from './rule';
import type { EntryView } from './view';

export class EntryCodec {
  readonly shape: Shape;
  /** @internal */
  readonly encoder: EntryEncoder;
  private readonly decoder: EntryDecoder;

  constructor(readonly kernel: Kernel) {
    this.shape = SHAPES[kernel.family];
    this.encoder = new EntryEncoder(kernel);
    this.decoder = new EntryDecoder(kernel);
  }

  /** The entry's bytes, valid until the next call. Throws an IptcError with the path to what is wrong. */
  encode(rule: Rule, place: Place = {}): Uint8Array {
    try {
      return this.encoder.encode(rule, place);
    } catch (error) {
      throw unreadable(error);
    }
  }

  /** What a rule has to be that equals this one, whatever the revisions of its matches and its target. */
  pattern(rule: Rule, place: Place = {}): Pattern {
    return patternOf(this, rule, place);
  }

  /** The rule at an offset of a snapshot's bytes. Never throws on what a kernel may hold. */
  decode(m: Memory, at: number): ListedRule {
    return this.decoder.decode(m, at);
  }

  /** Whether options say all of an entry, but for its matches and an extension target: what doesn't stays opaque. */
  isSaid(view: EntryView): boolean {
    return this.decoder.isSaid(view);
  }

  /** A match or an extension target, from its bytes. */
  decodeElement(kind: 'match' | 'target', m: Memory, at: number): DecodedElement {
    return this.decoder.elements.decode(kind, m, at);
  }
}

/** Whatever a rule's own getters throw is told as the rule's fault; what the kernel answered is nobody's. */
function unreadable(error: unknown): unknown {
  if (error instanceof IptcError || (error instanceof Error && 'stage' in error)) return error;
  return new IptcError('ERR_BAD_RULE', `Expected a rule that can be read but received ${show(error)}`, {
    cause: error,
  });
}
