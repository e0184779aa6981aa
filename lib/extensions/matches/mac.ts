import { match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { isNot, mac as macAddress, negatable } from '../../codec/operand';
import { required } from '../../codec/option';
import { boolean, bytes, s32, struct } from '../../codec/struct';

// <linux/netfilter/xt_mac.h>
const s = struct('xt_mac_info', { srcaddr: bytes(6), invert: s32 });

/** Matches by the Ethernet address that the packet comes from. */
export const mac = match({
  name: 'mac',
  doc: 'Matches by the Ethernet address that the packet comes from.',
  where: { hooks: ['PREROUTING', 'INPUT', 'FORWARD'] },
  revisions: [
    revision(0, s, {
      'mac-source': required(negatable(boolean(s.invert), macAddress(s.srcaddr)))
        .doc('The source address.')
        .varies(),
    }),
  ],
  matches: ({ macSource }) =>
    all(
      fact('inInterface', (name) => name !== ''),
      given(macSource, (wanted) => fact('mac', (address) => address === wanted)),
    ),
  // What comes by no Ethernet has none.
  symbol: ({ macSource }, space) =>
    space.and(
      space.free('-m mac, of a packet with an Ethernet address'),
      space.given(macSource, (address) => space.free(`-m mac --mac-source ${address}`)),
    ),
  example: { macSource: '00:11:22:aa:bb:cc' },
  list: ({ macSource: address }) => `MAC ${isNot(address) ? `! ${address.not}` : address}`,
});
