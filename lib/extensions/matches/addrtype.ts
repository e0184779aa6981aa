import { atLeastOne, atMostOne, match, OptionMismatch, revision } from '../../codec/extension';
import { all, given } from '../../codec/meaning';
import { abbreviated, isNot, names, negatable, phrased } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import { bit, boolean, differs, type Member, type Place, struct, u16, u32 } from '../../codec/struct';
import { Mismatch } from '../../errors';
import { hasType } from '../shared/addresstype';

// <linux/netfilter/xt_addrtype.h>
const v1 = struct('xt_addrtype_info_v1', { source: u16, dest: u16, flags: u32 });
const v0 = struct('xt_addrtype_info', { source: u16, dest: u16, invert_source: u32, invert_dest: u32 });
const XT_ADDRTYPE_INVERT_SOURCE = 0x0001;
const XT_ADDRTYPE_INVERT_DEST = 0x0002;
const XT_ADDRTYPE_LIMIT_IFACE_IN = 0x0004;
const XT_ADDRTYPE_LIMIT_IFACE_OUT = 0x0008;

// biome-ignore format: a table
const bits = {
  UNSPEC: 1 << 0, UNICAST: 1 << 1, LOCAL: 1 << 2, BROADCAST: 1 << 3, ANYCAST: 1 << 4, MULTICAST: 1 << 5,
  BLACKHOLE: 1 << 6, UNREACHABLE: 1 << 7, PROHIBIT: 1 << 8, THROW: 1 << 9, NAT: 1 << 10, XRESOLVE: 1 << 11,
};
const notInIpv6: readonly string[] = ['BROADCAST', 'BLACKHOLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'];

const types = (place: Member<number>, inverted: Place<boolean>) =>
  optional(
    differs(place, 0),
    negatable(
      inverted,
      phrased(abbreviated(names(place, bits), Object.keys(bits)), (w) => `addrtype: bad type "${w}"`),
    ),
  );
const options = (s: typeof v0 | typeof v1, source: Place<boolean>, dest: Place<boolean>) => ({
  'src-type': types(s.source, source).doc('The type of the source address, as routing sees it.'),
  'dst-type': types(s.dest, dest).doc('The type of the destination address, as routing sees it.'),
});

/** Matches by what routing says of an address: this host's own, broadcast, multicast and so on. */
export const addrtype = match({
  name: 'addrtype',
  doc: 'Matches by the type that routing gives an address.',
  revisions: [
    revision(1, v1, {
      ...options(v1, bit(v1.flags, XT_ADDRTYPE_INVERT_SOURCE), bit(v1.flags, XT_ADDRTYPE_INVERT_DEST)),
      'limit-iface-in': flagged(bit(v1.flags, XT_ADDRTYPE_LIMIT_IFACE_IN)).doc(
        'Only addresses of the interface that the packet comes in by.',
      ),
      'limit-iface-out': flagged(bit(v1.flags, XT_ADDRTYPE_LIMIT_IFACE_OUT)).doc(
        'Only addresses of the interface that the packet goes out by.',
      ),
    }),
    revision(0, v0, options(v0, boolean(v0.invert_source), boolean(v0.invert_dest))),
  ],
  constraints: [atLeastOne('src-type', 'dst-type'), atMostOne('limit-iface-in', 'limit-iface-out')],
  check({ srcType = [], dstType = [], limitIfaceIn, limitIfaceOut }, { family, chain = '' }) {
    for (const [option, value] of Object.entries({ 'src-type': srcType, 'dst-type': dstType })) {
      const wrong = (isNot(value) ? value.not : value).find((name) => family === 'ipv6' && notInIpv6.includes(name));
      if (wrong) throw new OptionMismatch(option, new Mismatch('a type that IPv6 addresses can have', wrong));
    }
    if (limitIfaceOut && ['PREROUTING', 'INPUT'].includes(chain))
      throw new OptionMismatch('limit-iface-out', new Mismatch('a chain whose packets go out', chain));
    if (limitIfaceIn && ['OUTPUT', 'POSTROUTING'].includes(chain))
      throw new OptionMismatch('limit-iface-in', new Mismatch('a chain whose packets come in', chain));
  },
  matches: ({ srcType, dstType, limitIfaceIn, limitIfaceOut }) => {
    const limit = limitIfaceIn ? 'inInterface' : limitIfaceOut ? 'outInterface' : undefined;
    return all(
      given(srcType, (names) => hasType(names, 'src', limit)),
      given(dstType, (names) => hasType(names, 'dst', limit)),
    );
  },
  symbol({ srcType, dstType, limitIfaceIn, limitIfaceOut }, space) {
    const limit = limitIfaceIn ? ' --limit-iface-in' : limitIfaceOut ? ' --limit-iface-out' : '';
    const among = (option: string) => (names: readonly string[]) =>
      // In IPv6 an address has several types, and all that are asked for have to be among them.
      space[space.family === 'ipv4' ? 'or' : 'and'](
        ...names.map((name) => space.free(`-m addrtype --${option} ${name}${limit}`)),
      );
    return space.and(space.given(srcType, among('src-type')), space.given(dstType, among('dst-type')));
  },
  example: { dstType: ['LOCAL'] },
  list({ srcType, dstType, limitIfaceIn, limitIfaceOut }) {
    const show = (label: string, value: typeof srcType) =>
      value === undefined ? '' : ` ${label} ${isNot(value) ? `!${value.not.join()}` : value.join()}`;
    const limit = `${limitIfaceIn ? ' limit-in' : ''}${limitIfaceOut ? ' limit-out' : ''}`;
    return `ADDRTYPE match${show('src-type', srcType)}${show('dst-type', dstType)}${limit}`;
  },
});
