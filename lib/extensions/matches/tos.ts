import { match, revision } from '../../codec/extension';
import { isNot, negatable, toMasked } from '../../codec/operand';
import { required } from '../../codec/option';
import { bit, type Place, struct, u8 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hexByte } from '../dscp';
import { formatTos, tosByte, tosName } from '../tos';

// <linux/netfilter/xt_dscp.h>; revision 0 is from <linux/netfilter_ipv4/ipt_tos.h> of kernels before 2.6.36
const v1 = struct('xt_tos_match_info', { tos_mask: u8, tos_value: u8, invert: u8 });
const v0 = struct('ipt_tos_info', { tos: u8, invert: u8 });

const noMask: Place<number> = {
  read: () => 0xff,
  write(_, mask) {
    if (mask !== 0xff) throw new Mismatch('a value without a mask, which this kernel does not know', mask);
  },
};
const doc = 'The value of the byte, of the bits in the mask if one is given, or its old name.';

/** Matches by the TOS byte of IPv4 or the traffic class of IPv6. */
export const tos = match({
  name: 'tos',
  doc: 'Matches by the type of service of the packet.',
  revisions: [
    revision(1, v1, { tos: required(negatable(bit(v1.invert, 0), tosByte(v1.tos_value, v1.tos_mask))).doc(doc) }),
    revision(0, v0, {
      tos: required(
        negatable(bit(v0.invert, 0), { ...tosByte(v0.tos, noMask), print: (v) => hexByte(toMasked(v, 0xff).value) }),
      ).doc(doc),
    }),
  ],
  example: { tos: { value: 0x10, mask: 0x3f } },
  list({ tos }, { numeric }) {
    const value = isNot(tos) ? tos.not : tos;
    const name = numeric ? undefined : tosName(value);
    return `tos match${isNot(tos) ? '!' : ''}${name ? ` ${name}` : formatTos(value)}`;
  },
});
