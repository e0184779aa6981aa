import { revision, target } from '../../codec/extension';
import { changeBits, type Effect, Unknown } from '../../codec/meaning';
import { address, type Masked, masked, port, toMasked } from '../../codec/operand';
import { implied, required } from '../../codec/option';
import { be16, inAddr, inetAddr, type Place, struct, u32 } from '../../codec/struct';
import { hex } from '../../net/number';

// <linux/netfilter/xt_TPROXY.h>
const v0 = struct('xt_tproxy_target_info', { mark_mask: u32, mark_value: u32, laddr: inAddr, lport: be16 });
const v1 = struct('xt_tproxy_target_info_v1', { mark_mask: u32, mark_value: u32, laddr: inetAddr, lport: be16 });

const options = (s: typeof v0 | typeof v1, anywhere: string) => ({
  'on-port': required(port(s.lport)).varies().doc('The port of the proxy; 0 is the one the packet is for.'),
  'on-ip': implied(anywhere, address(s.laddr as Place<Uint8Array>))
    .varies()
    .doc('The address of the proxy; the one of the incoming interface if not given.'),
  'tproxy-mark': implied<Masked>({ value: 0, mask: 0 }, masked(s.mark_value, s.mark_mask, 0xffffffff, true))
    .varies()
    .doc('The mark that the packet gets: the bits in the mask are replaced.'),
});
type Settings = { readonly onPort: number; readonly onIp?: string; readonly tproxyMark?: Masked };
const common = {
  name: 'TPROXY',
  doc: 'Hands the packet to a socket of this machine without changing it.',
  where: { tables: ['mangle'], hooks: ['PREROUTING'], protocols: [6, 17] },
  effect:
    ({ tproxyMark }: Settings): Effect =>
    (facts) => ({
      unknown: new Unknown('whether a socket takes it', true),
      yes() {
        if (tproxyMark !== undefined) facts.mark = changeBits(facts.mark, tproxyMark);
        return 'ACCEPT';
      },
      no: () => 'DROP',
    }),
  list({ onPort, onIp, tproxyMark }: Settings) {
    const { value, mask } = toMasked(tproxyMark, 0xffffffff);
    return `TPROXY redirect ${onIp}:${onPort} mark ${hex(value)}/${hex(mask)}`;
  },
} as const;

/** Hands IPv4 packets to a transparent proxy. */
export const TPROXY = target({
  ...common,
  families: ['ipv4'],
  revisions: [revision(1, v1, options(v1, '0.0.0.0')), revision(0, v0, options(v0, '0.0.0.0'))],
  example: { onPort: 3129, tproxyMark: { value: 1, mask: 1 } },
});

/** Hands IPv6 packets to a transparent proxy. */
export const TPROXY6 = target({
  ...common,
  families: ['ipv6'],
  revisions: [revision(1, v1, options(v1, '::'))],
  example: { onPort: 3129, tproxyMark: { value: 1, mask: 1 } },
});
