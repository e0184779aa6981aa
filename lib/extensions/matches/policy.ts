import { elements, printSettings } from '../../codec/elements';
import { match, needs, OptionMismatch, revision } from '../../codec/extension';
import { choice, hexInteger, integer, isNot, mapped, negatable, network, type Operand, protocol, type Protocol, toProtocol } from '../../codec/operand';
import { flagged, implied, Option, optional, required } from '../../codec/option';
import { bit, bits, inetAddr, type MembersOf, type Place, repeat, struct, u8, u16, u32 } from '../../codec/struct';
import { alternatives, Mismatch } from '../../errors';

// <linux/netfilter/xt_policy.h>; spi is said to be in network order, but is used as it comes
const elem = struct('xt_policy_elem', {
  saddr: inetAddr, smask: inetAddr, daddr: inetAddr, dmask: inetAddr, spi: u32, reqid: u32, proto: u8, mode: u8, match: u8, invert: u8,
}); // prettier-ignore
const s = struct('xt_policy_info', { pol: repeat(elem, 4), flags: u16, len: u16 });

const PROTOCOLS = { ah: 51, esp: 50, ipcomp: 108 };
const transform = (place: Place<number>, print?: (n: number) => string): Operand<Protocol> => {
  const inner = protocol(place, print);
  const check = (value: Protocol) => {
    if (!Object.values(PROTOCOLS).includes(toProtocol(value))) throw new Mismatch(alternatives(Object.keys(PROTOCOLS)), value);
    return value;
  };
  return { ...inner, write: (m, value) => inner.write(m, check(value)), parse: (words, context) => check(inner.parse(words, context)) };
};
const element = (e: MembersOf<typeof elem>, print?: (n: number) => string) => {
  const given = <T>(index: number, o: Operand<T>) => optional(bit(e.match, index), negatable(bit(e.invert, index), o));
  return {
    reqid: given(5, integer(e.reqid)).doc("The reqid of the policy's rule (setkey's unique:N)."),
    spi: given(4, hexInteger(e.spi)).doc('The SPI of the association.'),
    proto: given(2, transform(e.proto, print)).doc('The protocol of the encapsulation.'),
    mode: given(3, choice(e.mode, { transport: 0, tunnel: 1 })).doc('The mode of the encapsulation.'),
    'tunnel-dst': given(1, network(e.daddr, e.dmask)).doc("The tunnel's end, in mode tunnel."),
    'tunnel-src': given(0, network(e.saddr, e.smask)).doc("The tunnel's beginning, in mode tunnel."),
  };
};
const first = element(s.pol[0]!);
const numeric = element(s.pol[0]!, String);
/** Elements behind those counted are nobody's. */
const counted = <T>(o: Option<T, false>): Option<T, false> =>
  new Option(o.operand, false, (m) => (s.len.read(m) > 0 ? o.read(m) : undefined), (m, value) => o.write(m, value)).doc(o.description); // prettier-ignore
const more = elements(s.pol.slice(1).map((e) => element(e)), mapped(s.len, (n) => Math.max(0, n - 1), (n: number) => n + 1));

type Element = { readonly [K in 'reqid' | 'spi' | 'proto' | 'mode' | 'tunnelDst' | 'tunnelSrc']?: unknown };
const elementKeys = more.opens as readonly (keyof Element)[];
const isEmpty = (e: Element) => elementKeys.every((key) => e[key] === undefined);

/** Matches by the IPsec policy that a packet came through, or will go through. */
export const policy = match({
  name: 'policy',
  doc: 'Matches by the IPsec policy that handled the packet, or will handle it.',
  revisions: [
    revision(0, s, {
      dir: required(choice(bits(s.flags, 0, 2), { in: 1, out: 2 })).doc('The policy of decapsulation (in) or of encapsulation (out).'),
      pol: implied('ipsec', choice(mapped(bit(s.flags, 2), Number, Boolean), { ipsec: 0, none: 1 })).doc('Whether IPsec handles the packet.'),
      strict: flagged(bit(s.flags, 3)).doc('The elements given are all there are; else one of them has to fit.'),
      reqid: counted(first.reqid),
      spi: counted(first.spi),
      proto: counted(first.proto),
      mode: counted(first.mode),
      'tunnel-dst': counted(first['tunnel-dst']),
      'tunnel-src': counted(first['tunnel-src']),
      next: more.doc('Begins the next element of the policy.'),
    }, {
      // There is always an element, if only one that everything fits.
      finish: (m, { pol, next }) => {
        if (pol !== 'none' && next === undefined) s.len.write(m, 1);
      },
    }),
  ],
  constraints: [needs('next', 'strict')],
  check({ dir, pol, strict, next = [], ...rest }, { chain }) {
    const wrong = dir === 'in' ? ['OUTPUT', 'POSTROUTING'] : ['PREROUTING', 'INPUT'];
    if (chain !== undefined && wrong.includes(chain)) throw new OptionMismatch('dir', new Mismatch(`--dir ${dir === 'in' ? 'out' : 'in'} in chain ${chain}`, dir));
    const all: readonly Element[] = [rest, ...next];
    if (pol === 'none' && (strict || all.some((e) => !isEmpty(e)))) throw new OptionMismatch('pol', new Mismatch('--pol ipsec with --strict or with elements', pol));
    for (const e of pol === 'none' ? [] : all) {
      if (strict && isEmpty(e)) throw new OptionMismatch('strict', new Mismatch('at least one option of each element with --strict', 'an empty element'));
      const transport = e.mode === undefined || (isNot(e.mode) ? e.mode.not === 'tunnel' : e.mode === 'transport');
      if (transport && (e.tunnelSrc ?? e.tunnelDst) !== undefined) throw new OptionMismatch('mode', new Mismatch('--mode tunnel with --tunnel-src or --tunnel-dst', e.mode ?? 'nothing'));
    }
  },
  example: { dir: 'in', pol: 'ipsec', strict: true, proto: 'esp', mode: 'tunnel', tunnelSrc: '192.0.2.1', next: [{ proto: 'ah' }] },
  list({ dir, pol, strict, next = [], ...rest }, context) {
    const words = (e: Element) => printSettings(context.numeric ? numeric : first, e as Record<string, unknown>, context, '');
    const all: readonly Element[] = [rest, ...next];
    return `policy match dir ${dir} pol ${pol}${strict ? ' strict' : ''}${all.map((e, i) => `${next.length > 0 ? ` [${i}]` : ''}${words(e)}`).join('')}`;
  },
}); // prettier-ignore
