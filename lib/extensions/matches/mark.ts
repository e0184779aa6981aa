import { match, revision } from '../../codec/extension';
import { isNot, mapped, masked, negatable, printMasked } from '../../codec/operand';
import { required } from '../../codec/option';
import { is, type Place, struct, u8, u32, ulong } from '../../codec/struct';

// <linux/netfilter/xt_mark.h>; revision 0 is from kernels before 2.6.36
const mtinfo1 = struct('xt_mark_mtinfo1', { mark: u32, mask: u32, invert: u8 });
const info = struct('xt_mark_info', { mark: ulong, mask: ulong, invert: u8 });

const options = (mark: Place<number>, mask: Place<number>, invert: Place<number>) => ({
  mark: required(negatable(is(invert, 1), masked(mark, mask))).doc('The value of the mark, of the bits in the mask if one is given.'),
});
const word = (place: Place<bigint>) => mapped(place, Number, BigInt);

/** Matches by the mark of the packet (not of its connection). */
export const mark = match({
  name: 'mark',
  doc: 'Matches by the netfilter mark of the packet.',
  revisions: [
    revision(1, mtinfo1, options(mtinfo1.mark, mtinfo1.mask, mtinfo1.invert)),
    revision(0, info, options(word(info.mark), word(info.mask), info.invert)),
  ],
  example: { mark: { value: 0x10, mask: 0xff } },
  list: ({ mark }) => `mark match${isNot(mark) ? ' !' : ''} ${printMasked(isNot(mark) ? mark.not : mark, 0xffffffff)}`,
});
