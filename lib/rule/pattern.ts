/** A rule to be found: deleted, checked, expected. Whoever wrote it may have written it in other revisions. */
import { maskOf } from './compare';
import type { EntryCodec } from './entry';
import type { Place, Rule } from './rule';

/** What a rule has to be: an entry where a mask has ones, or with others in the place of its matches and its target. */
export interface Pattern {
  readonly entry: Uint8Array;
  readonly mask: Uint8Array;
  readonly alternatives: readonly Alternative[];
}
/** A match, or behind the last of them the target, in another form. */
export interface Alternative {
  readonly element: number;
  readonly bytes: Uint8Array;
  readonly mask: Uint8Array;
}

/** What a rule has to be that equals this one, whatever the revisions of its matches and its target. */
export function patternOf(codec: EntryCodec, rule: Rule, place: Place): Pattern {
  const entry = codec.encode(rule, { ...place, existing: true }).slice();
  return { entry, mask: maskOf(codec, entry), alternatives: [...codec.encoder.elements.alternatives] };
}
