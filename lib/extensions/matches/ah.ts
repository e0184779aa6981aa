import { match, revision } from '../../codec/extension';
import { inRange, inTransport } from '../../codec/meaning';
import { integer, isNot, negatable } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { array, bit, boolean, differs, either, struct, u8, u32 } from '../../codec/struct';
import { listSpan, span } from '../shared/span';

// <linux/netfilter_ipv4/ipt_ah.h>
const ipv4 = struct('ipt_ah', { spis: array(u32, 2), invflags: u8 });
const IPT_AH_INV_SPI = 0x01;

// <linux/netfilter_ipv6/ip6t_ah.h>
const ipv6 = struct('ip6t_ah', { spis: array(u32, 2), hdrlen: u32, hdrres: u8, invflags: u8 });
const IP6T_AH_INV_SPI = 0x01;
const IP6T_AH_INV_LEN = 0x02;

const max = 0xffffffff;
const ahspi = (s: typeof ipv4 | typeof ipv6, inverted: number) =>
  span(s.spis, bit(s.invflags, inverted), max).doc('The security parameter index, or a range of it.');

/** Matches the authentication header of IPsec in IPv4. */
export const ah = match({
  name: 'ah',
  doc: 'Matches IPsec authentication headers.',
  families: ['ipv4'],
  where: { protocols: [51] },
  revisions: [revision(0, ipv4, { ahspi: ahspi(ipv4, IPT_AH_INV_SPI) })],
  matches: ({ ahspi }) => inTransport(inRange('spi', ahspi)),
  example: { ahspi: 500 },
  list: ({ ahspi }) => `ah ${listSpan('spi', ahspi, max)}`,
});

/** Matches the authentication header of IPsec in IPv6. */
export const ah6 = match({
  name: 'ah',
  doc: 'Matches IPsec authentication headers.',
  families: ['ipv6'],
  revisions: [
    revision(0, ipv6, {
      ahspi: ahspi(ipv6, IP6T_AH_INV_SPI),
      ahlen: optional(
        either(differs(ipv6.hdrlen, 0), bit(ipv6.invflags, IP6T_AH_INV_LEN)),
        negatable(bit(ipv6.invflags, IP6T_AH_INV_LEN), integer(ipv6.hdrlen)),
      ).doc('The length of the header in bytes.'),
      ahres: flagged(boolean(ipv6.hdrres)).doc('The reserved field is zero.'),
    }),
  ],
  example: { ahspi: 500 },
  list: ({ ahspi, ahlen, ahres }) =>
    `ah ${listSpan('spi', ahspi, max)}${ahlen === undefined ? '' : `length:${isNot(ahlen) ? `!${ahlen.not}` : ahlen}`}${ahres ? ' reserved' : ''}`,
});
