/** A rule to be found: deleted, checked, expected. Whoever wrote it may have written it in other revisions. */
import { Memory } from '../codec/struct';
import { maskOf } from './compare';
import type { EntryCodec } from './entry';
import type { Place, Rule } from './rule';
import { EntryView } from './view';

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

/** Whether a rule is one that is sought; its counters don't matter. */
export function fits({ shape }: EntryCodec, { entry, mask, alternatives }: Pattern, m: Memory, at: number): boolean {
  const sought = new EntryView(shape).on(new Memory(entry, 0, m.kernel), 0);
  const rule = new EntryView(shape).on(m, at);
  const equal = (bytes: Uint8Array, bits: Uint8Array, from: number) =>
    bytes.every((byte, i) => ((byte ^ m.bytes[from + i]!) & bits[i]!) === 0);
  if (!equal(entry.subarray(0, shape.headSize), mask.subarray(0, shape.headSize), at)) return false;
  let [one, other] = [sought.matches, rule.matches];
  for (let element = 0; ; element++) {
    const last = one === sought.target;
    if (last !== (other === rule.target)) return false;
    const [end, behind] = [last ? sought.end : sought.behind(one), last ? rule.end : rule.behind(other)];
    const forms = [
      { bytes: entry.subarray(one, end), mask: mask.subarray(one, end) },
      ...alternatives.filter((form) => form.element === element),
    ];
    const [from, size] = [other, behind - other];
    if (!forms.some((form) => form.bytes.length === size && equal(form.bytes, form.mask, from))) return false;
    if (last) return true;
    [one, other] = [end, behind];
  }
}
