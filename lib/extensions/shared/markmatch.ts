/** What mark and connmark share: a value under a mask, in their struct of today and in that of old kernels. */
import { type Revision, revision } from '../../codec/extension';
import { isNot, type Masked, masked, type Not, negatable, printMasked } from '../../codec/operand';
import { type Option, required } from '../../codec/option';
import { boolean, type Place, struct, u8, u32, ulong } from '../../codec/struct';
import { FULL, long } from './xmark';

type Options = { readonly mark: Option<Masked | Not<Masked>, true> };

/** Revision 1, and revision 0 from kernels before 2.6.36. */
export function markRevisions(
  name: string,
  oldName: string,
  doc: string,
): readonly [Revision<Options>, Revision<Options>] {
  const s1 = struct(name, { mark: u32, mask: u32, invert: u8 });
  const s0 = struct(oldName, { mark: ulong, mask: ulong, invert: u8 });
  const options = (mark: Place<number>, mask: Place<number>, invert: Place<number>): Options => ({
    mark: required(negatable(boolean(invert), masked(mark, mask)))
      .doc(doc)
      .varies(),
  });
  return [
    revision(1, s1, options(s1.mark, s1.mask, s1.invert)),
    revision(0, s0, options(long(s0.mark), long(s0.mask), s0.invert)),
  ];
}

export const printMark = (mark: Masked | Not<Masked>): string => printMasked(isNot(mark) ? mark.not : mark, FULL);
