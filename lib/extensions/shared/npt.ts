/** What DNPT and SNPT share: two prefixes of the same length, of which one takes the place of the other. */
import { revision, wrong } from '../../codec/extension';
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

/** `--src-pfx 2001:db8::/48`. */
function prefix(address: Place<Uint8Array>, length: Place<number>): Operand<string> {
  const place: Place<string> = {
    read: (m) => `${formatIpv6(address.read(m))}/${length.read(m)}`,
    write(m, value) {
      const parsed = typeof value === 'string' ? parseNetwork(value, 'ipv6', true) : undefined;
      const bits = parsed ? prefixLength(parsed.mask) : -1;
      if (!parsed || bits < 0) throw new Mismatch(expected, value);
      address.write(m, parsed.address);
      length.write(m, bits);
    },
  };
  return operand('prefix/length', 'string', place, (value) => (value === '::/0' ? undefined : value), String);
}

const expected = 'an IPv6 prefix of at most 64 bits, with nothing behind them';
type Settings = { readonly srcPfx: string; readonly dstPfx: string };

export const npt = {
  families: ['ipv6'],
  revisions: [
    revision(0, s, {
      'src-pfx': required(prefix(s.src_pfx, s.src_pfx_len)).doc('The prefix that is replaced.'),
      'dst-pfx': required(prefix(s.dst_pfx, s.dst_pfx_len)).doc('The prefix that takes its place.'),
    }),
  ],
  kernelCheck({ srcPfx, dstPfx }: Settings) {
    for (const [option, value] of Object.entries({ 'src-pfx': srcPfx, 'dst-pfx': dstPfx })) {
      const { address, mask } = parseNetwork(value, 'ipv6', true)!;
      if (prefixLength(mask) > 64 || address.some((byte, i) => byte & ~mask[i]!)) throw wrong(option, expected, value);
    }
  },
  example: { srcPfx: 'fd00:1::/48', dstPfx: '2001:db8:1::/48' },
} as const;
export const listNpt = (name: string, { srcPfx, dstPfx }: Settings): string =>
  `${name} src-pfx ${srcPfx} dst-pfx ${dstPfx}`;
