import { revision, synonym, target } from '../../codec/extension';
import { hexInteger, type Masked, masked, toMasked } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u32 } from '../../codec/struct';
import { hex } from '../../net/number';

// <linux/netfilter/xt_MARK.h>, and xt_mark.h
const tginfo2 = struct('xt_mark_tginfo2', { mark: u32, mask: u32 });

const all = 0xffffffff;
const bits = hexInteger(tginfo2.mark);

/** Sets the mark of the packet (not of its connection), for routing and for other rules. */
export const MARK = target({
  name: 'MARK',
  doc: 'Sets the netfilter mark of the packet.',
  revisions: [revision(2, tginfo2, {
    'set-xmark': required(masked(tginfo2.mark, tginfo2.mask, all, true)).doc('Clears the bits in the mask and XORs the value.'),
  })],
  synonyms: {
    'set-mark': synonym(masked(tginfo2.mark, tginfo2.mask), (v: Masked) => {
      const { value, mask } = toMasked(v, all);
      return { setXmark: xmark(value, (value | mask) >>> 0) };
    }, { doc: 'Clears the bits in the mask and ORs the value.' }),
    'and-mark': synonym(bits, (n: number) => ({ setXmark: xmark(0, ~n >>> 0) }), { doc: 'ANDs the mark with these bits.' }),
    'or-mark': synonym(bits, (n: number) => ({ setXmark: xmark(n, n) }), { doc: 'ORs the mark with these bits.' }),
    'xor-mark': synonym(bits, (n: number) => ({ setXmark: xmark(n, 0) }), { doc: 'XORs the mark with these bits.' }),
  },
  example: { setMark: 1 },
  list: ({ setXmark }) => {
    const { value, mask } = toMasked(setXmark, all);
    if (value === 0) return `MARK and ${hex(~mask >>> 0)}`;
    if (value === mask) return `MARK or ${hex(value)}`;
    if (mask === 0) return `MARK xor ${hex(value)}`;
    return mask === all ? `MARK set ${hex(value)}` : `MARK xset ${hex(value)}/${hex(mask)}`;
  },
}); // prettier-ignore

function xmark(value: number, mask: number): Masked {
  return mask === all ? value : { value, mask };
}
