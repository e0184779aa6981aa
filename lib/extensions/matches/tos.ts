import { match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { isNot, negatable, type Operand, toMasked } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, struct, u8 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hexByte } from '../shared/dscp';
import { formatTos, type Tos, tosByte, tosName, toTos } from '../shared/tos';

// <linux/netfilter/xt_dscp.h>; revision 0 is from <linux/netfilter_ipv4/ipt_tos.h> of kernels before 2.6.36
const v1 = struct('xt_tos_match_info', { tos_mask: u8, tos_value: u8, invert: u8 });
const v0 = struct('ipt_tos_info', { tos: u8, invert: u8 });

/** It has no mask, not even that of a name: iptables writes the name's value alone. */
const whole: Operand<Tos> = {
  ...tosByte(v0.tos, { read: () => 0xff, write: () => {} }),
  write(m, given) {
    const { value, mask } = toMasked(toTos(given), 0xff);
    if (mask !== 0xff && !tosName(given)) throw new Mismatch('a value without a mask: this revision has none', given);
    v0.tos.write(m, value);
  },
  print: (given) => hexByte(toMasked(toTos(given), 0xff).value),
};
const doc = 'The value of the byte, of the bits in the mask if one is given, or its old name.';

/** Matches by the TOS byte of IPv4 or the traffic class of IPv6. */
export const tos = match({
  name: 'tos',
  doc: 'Matches by the type of service of the packet.',
  revisions: [
    revision(1, v1, { tos: required(negatable(boolean(v1.invert), tosByte(v1.tos_value, v1.tos_mask))).doc(doc) }),
    revision(0, v0, { tos: required(negatable(boolean(v0.invert), whole)).doc(doc) }),
  ],
  matches: ({ tos }) =>
    all(
      given(tos, (wanted) => {
        const { value, mask } = toMasked(toTos(wanted), 0xff);
        return fact('tos', (byte) => (byte & mask) === value);
      }),
    ),
  separate: true,
  example: { tos: { value: 0x10, mask: 0x3f } },
  list({ tos }, { numeric }) {
    const value = isNot(tos) ? tos.not : tos;
    const name = numeric ? undefined : tosName(value);
    return `tos match${isNot(tos) ? '!' : ''}${name ? ` ${name}` : formatTos(value)}`;
  },
});
