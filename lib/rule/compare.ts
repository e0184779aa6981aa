/** Which rules are the same: counters, and what the kernel keeps for itself, aside. */
import { Memory } from '../codec/struct';
import { registry } from '../extensions/registry';
import type { EntryCodec } from './entry';
import { ELEMENT_HEADER, REVISION_AT } from './layout';
import { EntryView } from './view';

/** Whether two entries say the same. */
export function sameRule(codec: EntryCodec, a: Memory, at: number, b: Memory, bt: number): boolean {
  const { shape } = codec;
  const [x, y] = [new EntryView(shape).on(a, at), new EntryView(shape).on(b, bt)];
  const [target, end] = [x.target, x.end];
  if (target - at !== y.target - bt || end - at !== y.end - bt) return false;
  const equal = (from: number, to: number) => a.buffer.compare(b.bytes, bt - at + from, bt - at + to, from, to) === 0;
  if (!equal(at, at + shape.headSize)) return false;
  if (equal(x.matches, end)) return true; // nearly always, where they are the same
  for (let i = x.matches; i < end; ) {
    const behind = i === target ? end : x.behind(i);
    if (!equal(i, behind)) {
      const { known } = codec.decodeElement(i === target ? 'target' : 'match', a, i);
      if (!known || !equal(i, i + ELEMENT_HEADER + known.revision.userspaceSize)) return false;
    }
    i = behind;
  }
  return true;
}

/** Ones where a rule has to equal an entry, for deleting or checking by specification. */
export function maskOf({ shape, kernel }: EntryCodec, entry: Uint8Array): Uint8Array {
  const m = new Memory(entry, 0, kernel);
  const mask = new Uint8Array(entry.length).fill(0xff);
  const view = new EntryView(shape).on(m, 0);
  const { target } = view;
  for (let at = view.matches; at < entry.length; at = view.behind(at)) {
    m.at = at + ELEMENT_HEADER;
    const known = registry[at === target ? 'target' : 'match'].recognise(
      view.kernelName(at),
      entry[at + REVISION_AT]!,
      m,
    );
    const end = view.behind(at);
    if (known && known.revision.size === end - m.at) mask.fill(0, m.at + known.revision.userspaceSize, end);
  }
  return mask;
}
