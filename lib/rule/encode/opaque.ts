/** Entries that are given as bytes: every size and offset in them is believed from here on. */
import { LITTLE, type Memory } from '../../codec/struct';
import { ELEMENT_HEADER, NAME_AT, NAME_SIZE, REVISION_AT, SHAPES, STANDARD_REVISION, STANDARD_SIZE } from '../layout';
import { VERDICTS } from '../rule';
import { EntryView } from '../view';

/** Of struct _xt_align. */
const ALIGN = 8;

/**
 * What is wrong with an entry of `size` bytes, to stand behind "whose"; undefined if nothing is. The addon and the
 * memory backend ask the same of what they are given: an entry may also come from somebody else.
 */
export function faultOf(m: Memory, size: number): string | undefined {
  const shape = SHAPES[m.family];
  if (size < shape.size + ELEMENT_HEADER || size % ALIGN !== 0) return `size is ${size}`;
  const view = new EntryView(shape).on(m, 0);
  const { target } = view;
  if (view.end !== size) return `next_offset is ${view.end}, though its size is ${size}`;
  if (target < shape.size || target % ALIGN !== 0 || target + ELEMENT_HEADER > size)
    return `target_offset is ${target}`;
  for (let at = view.matches; at < target; at = view.behind(at)) {
    const length = view.behind(at) - at;
    if (length < ELEMENT_HEADER || length % ALIGN !== 0 || at + length > target)
      return `match at byte ${at} is ${length} bytes long`;
    if (!isPlainName(m, at)) return `match at byte ${at} has no name`;
  }
  return targetFault(m, view, target, size - target);
}

function targetFault(m: Memory, view: EntryView, at: number, size: number): string | undefined {
  if (view.behind(at) - at !== size)
    return `target is ${view.behind(at) - at} bytes long, though ${size} are left for it`;
  if (m.bytes[at + REVISION_AT] === STANDARD_REVISION) {
    if (size !== STANDARD_SIZE || m.view.getInt32(at + ELEMENT_HEADER, LITTLE) !== 0)
      return 'verdict is a number: a target of revision 255 has but a name';
    return hasEnd(m, at) ? undefined : "target's name has no end";
  }
  if (!isPlainName(m, at)) return 'target has no name';
  const name = view.kernelName(at);
  if (VERDICTS.has(name)) return `target is ${name} of another revision than 255`;
  return name === 'ERROR' ? 'target is ERROR, which marks the beginning of a chain' : undefined;
}

/** Whether there is one, and an end to it. */
const isPlainName = (m: Memory, at: number): boolean => m.bytes[at + NAME_AT] !== 0 && hasEnd(m, at);
const hasEnd = ({ bytes }: Memory, at: number): boolean =>
  bytes.subarray(at + NAME_AT, at + NAME_AT + NAME_SIZE).includes(0);
