import { OptionMismatch, revision, target } from '../../codec/extension';
import { address, cut, word } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { chars, differs, inetAddr, pointer, struct } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_TEE.h>
const s = struct('xt_tee_tginfo', { gw: inetAddr, oif: chars(16) }, { priv: pointer });

/** Sends a copy of packets to another machine of the same network; the originals go on to the next rule. */
export const TEE = target({
  name: 'TEE',
  doc: 'Sends a copy of the packet to another machine of the same network; the packet goes on to the next rule.',
  revisions: [
    revision(1, s, {
      gateway: required(address(s.gw)).doc('The machine that gets the copy.'),
      oif: optional(differs(s.oif, ''), cut(15, word(s.oif))).doc('The interface that the copy leaves by.'),
    }),
  ],
  check: ({ gateway }) => {
    if (/^[0.:]*$/.test(gateway))
      throw new OptionMismatch('gateway', new Mismatch('an address other than zero', gateway));
  },
  list: ({ gateway, oif }, { numeric, hostName }) =>
    `TEE gw:${(numeric ? undefined : hostName?.(gateway)) ?? gateway}${oif === undefined ? '' : ` oif=${oif}`}`,
});
