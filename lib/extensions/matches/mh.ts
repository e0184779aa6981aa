import { match, revision } from '../../codec/extension';
import { inRange, inTransport } from '../../codec/meaning';
import { abbreviation, isNot, type Operand, parseRange, type Range, range, toNumber } from '../../codec/operand';
import { array, bit, element, struct, u8 } from '../../codec/struct';
import { span } from '../shared/span';

// <linux/netfilter_ipv6/ip6t_mh.h>
const s = struct('ip6t_mh', { types: array(u8, 2), invflags: u8 });
const IP6T_MH_INV_TYPE = 0x01;

// biome-ignore format: a table
const types = {
  'binding-refresh-request': 0, brr: 0, 'home-test-init': 1, hoti: 1, 'careof-test-init': 2, coti: 2, 'home-test': 3,
  hot: 3, 'careof-test': 4, cot: 4, 'binding-update': 5, bu: 5, 'binding-acknowledgement': 6, ba: 6,
  'binding-error': 7, be: 7,
} as const;
const names = Object.keys(types) as (keyof typeof types)[];

const toType = (word: string): number => {
  const name = abbreviation(word, names);
  return name === undefined ? toNumber(word, "a type's number (0 to 255) or name") : types[name];
};
const inner: Operand<Range> = {
  ...range(element(s.types, 0), element(s.types, 1), 255),
  metavar: 'type[:type]',
  parse: ([word]) => parseRange(word!, toType, 255),
};

/** Matches the mobility header of IPv6. */
export const mh = match({
  name: 'mh',
  doc: 'Matches IPv6 mobility headers.',
  families: ['ipv6'],
  where: { protocols: [135] },
  revisions: [
    revision(0, s, {
      'mh-type': span(s.types, bit(s.invflags, IP6T_MH_INV_TYPE), 255, inner).doc(
        'The type by number, or a range; on a command line by name too.',
      ),
    }),
  ],
  matches: ({ mhType }) => inTransport(inRange('mhType', mhType)),
  example: { mhType: 5 },
  list({ mhType }, context) {
    if (mhType === undefined) return 'mh';
    const value = isNot(mhType) ? mhType.not : mhType;
    const name = (type: number) => (context.numeric ? undefined : names.find((n) => types[n] === type)) ?? String(type);
    return `mh ${isNot(mhType) ? '!' : ''}${typeof value === 'number' ? name(value) : value.map(name).join(':')}`;
  },
});
