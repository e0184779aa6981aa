import { revision, target } from '../../codec/extension';
import { changeBits } from '../../codec/meaning';
import { integer, toMasked } from '../../codec/operand';
import { required } from '../../codec/option';
import { struct, u8 } from '../../codec/struct';
import { hexByte } from '../shared/dscp';
import { formatTos, tosByte, tosName, toTos } from '../shared/tos';
import { bitwise, listMark } from '../shared/xmark';

// <linux/netfilter/xt_DSCP.h>; revision 0 is from kernels before 2.6.36
const v0 = struct('ipt_tos_target_info', { tos: u8 });
const v1 = struct('xt_tos_target_info', { tos_value: u8, tos_mask: u8 });
const { and, or, xor } = bitwise('setTos', integer(v1.tos_value, 0, 255), 0xff);

/** Sets the TOS byte of IPv4 packets or the traffic class of IPv6 packets. */
export const TOS = target({
  name: 'TOS',
  doc: 'Sets the TOS byte or traffic class of the packet.',
  where: { tables: ['mangle'] },
  revisions: [
    revision(1, v1, {
      'set-tos': required(tosByte(v1.tos_value, v1.tos_mask)).doc(
        'Clears the bits in the mask and XORs the value; a name has the mask 0x3f.',
      ),
    }),
    revision(0, v0, { 'set-tos': required(integer(v0.tos, 0, 255, hexByte)) }),
  ],
  synonyms: { 'and-tos': and, 'or-tos': or, 'xor-tos': xor },
  effect:
    ({ setTos }) =>
    (facts) => {
      const { value, mask } = toMasked(toTos(setTos!), 0xff);
      facts.tos = changeBits(facts.tos, { value, mask }, 0xff);
      return undefined;
    },
  example: { setTos: 'Minimize-Delay' },
  list({ setTos }, { numeric, revision: number }) {
    if (number === 0) return `TOS set ${hexByte(toMasked(setTos, 0xff).value)}`;
    if (numeric) return `TOS set ${formatTos(setTos!)}`;
    // Two spaces before it and none behind are iptables' own.
    const name = tosName(setTos!);
    if (name !== undefined) return ` TOS set${name}`;
    const { value, mask } = toMasked(setTos, 0xff);
    return mask === 0xff && value !== 0 && value !== mask
      ? `TOS set ${formatTos(setTos!)}`
      : `TOS ${listMark({ value, mask }, hexByte, 0xff, 'set')}`;
  },
});
