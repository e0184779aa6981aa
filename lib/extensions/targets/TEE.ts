import { type ListContext, OptionMismatch, revision, target } from '../../codec/extension';
import { address, cut, word } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { chars, differs, inetAddr, pointer, struct } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_TEE.h>
const s = struct('xt_tee_tginfo', { gw: inetAddr, oif: chars(16) }, { priv: pointer });
const options = {
  gateway: required(address(s.gw))
    .varies((m) => !s.gw.read(m).every((byte) => byte === 0))
    .doc('The machine that gets the copy.'),
  oif: optional(differs(s.oif, ''), cut(15, word(s.oif))).doc('The interface that the copy leaves by.'),
};
type Settings = { readonly gateway: string; readonly oif?: string };
const common = {
  name: 'TEE',
  doc: 'Sends a copy of the packet to another machine of the same network; the packet goes on to the next rule.',
  revisions: [revision(1, s, options)],
  kernelCheck({ gateway }: Settings) {
    if (/^[0.:]*$/.test(gateway))
      throw new OptionMismatch('gateway', new Mismatch('an address other than zero', gateway));
  },
  list: ({ gateway, oif }: Settings, { numeric, hostName }: ListContext) =>
    `TEE gw:${(numeric ? undefined : hostName?.(gateway)) ?? gateway}${oif === undefined ? '' : ` oif=${oif}`}`,
} as const;

/** Sends a copy of IPv4 packets to another machine. */
export const TEE = target({ ...common, families: ['ipv4'], example: { gateway: '192.0.2.9' } });
/** Sends a copy of IPv6 packets to another machine. */
export const TEE6 = target({ ...common, families: ['ipv6'], example: { gateway: '2001:db8::9' } });
