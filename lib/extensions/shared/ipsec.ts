/** The elements of an IPsec policy, as the match policy has them. */
import {
  choice,
  hexInteger,
  integer,
  isNot,
  negatable,
  network,
  type Operand,
  type Protocol,
  protocol,
  toProtocol,
} from '../../codec/operand';
import { optional } from '../../codec/option';
import { bit, inetAddr, type MembersOf, type Place, struct, u8, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';

// <linux/netfilter/xt_policy.h>; spi is said to be in network order, but is used as it comes
// biome-ignore format: a table
export const elem = struct('xt_policy_elem', {
  saddr: inetAddr, smask: inetAddr, daddr: inetAddr, dmask: inetAddr, spi: u32, reqid: u32, proto: u8, mode: u8, match: u8, invert: u8,
});
/** struct xt_policy_spec, a bit field. */
const spec = { saddr: 1 << 0, daddr: 1 << 1, proto: 1 << 2, mode: 1 << 3, spi: 1 << 4, reqid: 1 << 5 };
const XT_POLICY_MODE_TRANSPORT = 0;
const XT_POLICY_MODE_TUNNEL = 1;

const modes = { transport: XT_POLICY_MODE_TRANSPORT, tunnel: XT_POLICY_MODE_TUNNEL };
const PROTOCOLS = { ah: 51, esp: 50, ipcomp: 108 };
const transform = (place: Place<number>, print?: (n: number) => string): Operand<Protocol> => {
  const inner = protocol(place, print);
  const checked = (value: Protocol) => {
    if (Object.values(PROTOCOLS).includes(toProtocol(value))) return value;
    throw new Mismatch(alternatives(Object.keys(PROTOCOLS)), value);
  };
  return {
    ...inner,
    write: (m, value) => inner.write(m, checked(value)),
    parse: (words, context) => checked(inner.parse(words, context)),
  };
};

/** `print` is how a listing shows protocols. */
export const element = (e: MembersOf<typeof elem>, print?: (n: number) => string) => {
  const given = <T>(bits: number, o: Operand<T>) => optional(bit(e.match, bits), negatable(bit(e.invert, bits), o));
  return {
    reqid: given(spec.reqid, integer(e.reqid)).doc("The reqid of the policy's rule (setkey's unique:N)."),
    spi: given(spec.spi, hexInteger(e.spi)).doc('The SPI of the association.'),
    proto: given(spec.proto, transform(e.proto, print)).doc('The protocol of the encapsulation.'),
    mode: given(spec.mode, choice(e.mode, modes)).doc('The mode of the encapsulation.'),
    'tunnel-dst': given(spec.daddr, network(e.daddr, e.dmask)).doc("The tunnel's end, in mode tunnel."),
    'tunnel-src': given(spec.saddr, network(e.saddr, e.smask)).doc("The tunnel's beginning, in mode tunnel."),
  };
};

export type Element = { readonly [K in 'reqid' | 'spi' | 'proto' | 'mode' | 'tunnelDst' | 'tunnelSrc']?: unknown };
export const isEmpty = ({ reqid, spi, proto, mode, tunnelDst, tunnelSrc }: Element): boolean =>
  [reqid, spi, proto, mode, tunnelDst, tunnelSrc].every((value) => value === undefined);
/** Ends of a tunnel, but no mode that has some. */
export const lacksTunnel = ({ mode, tunnelDst, tunnelSrc }: Element): boolean =>
  (tunnelDst ?? tunnelSrc) !== undefined && (isNot(mode) ? mode.not === 'tunnel' : mode !== 'tunnel');
