/** What DNPT and SNPT share: two prefixes of the same length, of which one takes the place of the other. */
import { revision } from '../../codec/extension';
import { type Operand, operand } from '../../codec/operand';
import { required } from '../../codec/option';
import { inetAddr, type Place, struct, u8, u16 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { formatIpv6, parseNetwork, prefixLength } from '../../net/address';

// <linux/netfilter_ipv6/ip6t_NPT.h>
const s = struct(
  'ip6t_npt_tginfo',
  { src_pfx: inetAddr, dst_pfx: inetAddr, src_pfx_len: u8, dst_pfx_len: u8 },
  { adjustment: u16 },
);

/** `--src-pfx 2001:db8::/48`: at most 64 bits, and none behind them. */
function prefix(address: Place<Uint8Array>, length: Place<number>): Operand<string> {
  const place: Place<string> = {
    read: (m) => `${formatIpv6(address.read(m))}/${length.read(m)}`,
    write(m, value) {
      const parsed = typeof value === 'string' ? parseNetwork(value, 'ipv6', true) : undefined;
      const bits = parsed ? prefixLength(parsed.mask) : -1;
      if (!parsed || bits < 0 || bits > 64 || parsed.address.some((byte, i) => byte & ~parsed.mask[i]!))
        throw new Mismatch('an IPv6 prefix of at most 64 bits, with nothing behind them', value);
      address.write(m, parsed.address);
      length.write(m, bits);
    },
  };
  return operand('prefix/length', 'string', place, (value) => (value === '::/0' ? undefined : value), String);
}

export const npt = {
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      'src-pfx': required(prefix(s.src_pfx, s.src_pfx_len)).doc('The prefix that is replaced.'),
      'dst-pfx': required(prefix(s.dst_pfx, s.dst_pfx_len)).doc('The prefix that takes its place.'),
    }),
  ],
  example: { srcPfx: 'fd00:1::/48', dstPfx: '2001:db8:1::/48' },
} as const;
export const listNpt = (
  name: string,
  { srcPfx, dstPfx }: { readonly srcPfx: string; readonly dstPfx: string },
): string => `${name} src-pfx ${srcPfx} dst-pfx ${dstPfx}`;
