/** Which rules are the same: counters, and what the kernel keeps for itself, aside. */
import { LITTLE, Memory } from '../codec/struct';
import { registry } from '../extensions/registry';
import { decodeText } from '../net/text';
import type { EntryCodec } from './entry';
import { ELEMENT_HEADER, NAME_AT, REVISION_AT } from './layout';

/** Whether two entries say the same, counters and what belongs to the kernel aside. */
export function sameRule(codec: EntryCodec, a: Memory, at: number, b: Memory, bt: number): boolean {
  const { shape } = codec;
  const size = a.view.getUint16(at + shape.nextOffset, LITTLE);
  const targetAt = a.view.getUint16(at + shape.targetOffset, LITTLE);
  if (
    b.view.getUint16(bt + shape.nextOffset, LITTLE) !== size ||
    b.view.getUint16(bt + shape.targetOffset, LITTLE) !== targetAt
  )
    return false;
  const equal = (from: number, to: number) => a.buffer.compare(b.bytes, bt + from, bt + to, at + from, at + to) === 0;
  if (!equal(0, shape.headSize)) return false;
  for (let i = shape.size; i < size; ) {
    const length = i === targetAt ? size - i : a.view.getUint16(at + i, LITTLE);
    if (!equal(i, i + length)) {
      const { known } = codec.decodeElement(i === targetAt ? 'target' : 'match', a, at + i);
      if (!known || !equal(i, i + ELEMENT_HEADER + known.revision.userspaceSize)) return false;
    }
    i += length;
  }
  return true;
}

/** Ones where a rule has to equal an entry, for deleting or checking by specification. */
export function maskOf({ shape, kernel }: EntryCodec, entry: Uint8Array): Uint8Array {
  const m = new Memory(entry, 0, kernel);
  const mask = new Uint8Array(entry.length).fill(0xff);
  const targetAt = m.view.getUint16(shape.targetOffset, LITTLE);
  for (let at = shape.size; at < entry.length; ) {
    const end = at === targetAt ? entry.length : at + m.view.getUint16(at, LITTLE);
    m.at = at + ELEMENT_HEADER;
    const known = registry[at === targetAt ? 'target' : 'match'].recognise(
      decodeText(entry, at + NAME_AT, at + REVISION_AT),
      entry[at + REVISION_AT]!,
      m,
    );
    if (known && known.revision.size === end - m.at) mask.fill(0, m.at + known.revision.userspaceSize, end);
    at = end;
  }
  return mask;
}
