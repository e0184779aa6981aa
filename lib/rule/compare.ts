/** Which rules are the same: counters, and what the kernel keeps for itself, aside. */
import { Memory } from '../codec/struct';
import { registry } from '../extensions/registry';
import type { EntryCodec } from './entry';
import { ELEMENT_HEADER, REVISION_AT } from './layout';
import { EntryView } from './view';

/** Whether two entries say the same. Both begin at multiples of eight, as those of snapshots do. */
export function sameRule(codec: EntryCodec, a: Memory, at: number, b: Memory, bt: number): boolean {
  const { shape } = codec;
  const [x, y] = [a.words!, b.words!];
  const away = (bt - at) >> 2;
  const equal = (from: number, to: number) => {
    for (let i = from >> 2; i < to >> 2; i++) if (x[i] !== y[i + away]) return false;
    return true;
  };
  // Where the target begins, and where the entry ends.
  if (!equal(at + shape.targetOffset, at + shape.targetOffset + 4) || !equal(at, at + shape.headSize)) return false;
  const view = new EntryView(shape).on(a, at);
  const { matches, target, end } = view;
  if (equal(matches, end)) return true; // nearly always, where they are the same
  for (let i = matches; i < end; ) {
    const behind = i === target ? end : view.behind(i);
    if (!equal(i, behind)) {
      const { known } = codec.decodeElement(i === target ? 'target' : 'match', a, i);
      const data = i + ELEMENT_HEADER;
      const said = known?.revision.size === behind - data ? data + known.revision.saidSize : behind;
      if (a.buffer.compare(b.bytes, bt - at + i, bt - at + said, i, said) !== 0) return false;
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
