import { match, revision } from '../../codec/extension';
import { fact, given, inRange, inTransport, unknown } from '../../codec/meaning';
import { integer, isNot, names, negatable, type Operand, portRange } from '../../codec/operand';
import { optional } from '../../codec/option';
import { array, bit, element, type Member, struct, u8, u16 } from '../../codec/struct';
import { listPorts } from '../shared/transport';

// <linux/netfilter/xt_dccp.h>
const s = struct('xt_dccp_info', {
  dpts: array(u16, 2),
  spts: array(u16, 2),
  flags: u16,
  invflags: u16,
  typemask: u16,
  option: u8,
});
const XT_DCCP_SRC_PORTS = 0x01;
const XT_DCCP_DEST_PORTS = 0x02;
const XT_DCCP_TYPE = 0x04;
const XT_DCCP_OPTION = 0x08;

// biome-ignore format: a table
const types = {
  REQUEST: 1 << 0, RESPONSE: 1 << 1, DATA: 1 << 2, ACK: 1 << 3, DATAACK: 1 << 4, CLOSEREQ: 1 << 5, CLOSE: 1 << 6,
  RESET: 1 << 7, SYNC: 1 << 8, SYNCACK: 1 << 9, INVALID: 0xfc00,
} as const;

const tested = <T>(bits: number, o: Operand<T>) => optional(bit(s.flags, bits), negatable(bit(s.invflags, bits), o));
const ports = (pair: Member<number[]>) => portRange(element(pair, 0), element(pair, 1));

/** Matches DCCP packets by ports, types and options. */
export const dccp = match({
  name: 'dccp',
  doc: 'Matches DCCP packets.',
  where: { protocols: [33] },
  revisions: [
    revision(0, s, {
      sport: tested(XT_DCCP_SRC_PORTS, ports(s.spts)).alias('source-port').doc('The source port, or a range of them.'),
      dport: tested(XT_DCCP_DEST_PORTS, ports(s.dpts))
        .alias('destination-port')
        .doc('The destination port, or a range of them.'),
      'dccp-types': tested(XT_DCCP_TYPE, names(s.typemask, types)).doc('The types, of which the packet has one.'),
      'dccp-option': tested(XT_DCCP_OPTION, integer(s.option, 1, 255)).doc('A DCCP option that is set, by its number.'),
    }),
  ],
  matches: ({ sport, dport, dccpTypes, dccpOption }) =>
    inTransport(
      inRange('dport', dport),
      inRange('sport', sport),
      given(dccpTypes, (types) => fact('dccpType', (type) => (types as readonly string[]).includes(type))),
      given(dccpOption, () => unknown('its DCCP options')),
    ),
  symbol: ({ sport, dport, ...rest }, space) =>
    space.and(
      space.whole,
      space.given(sport, (range) => space.range('sport', range)),
      space.given(dport, (range) => space.range('dport', range)),
      ...Object.entries(rest).map(([key, value]) =>
        space.given(value as unknown, (of) => space.free(`-m dccp --${key} ${JSON.stringify(of)}`)),
      ),
    ),
  example: { dport: 5004, dccpTypes: ['REQUEST'] },
  list({ sport, dport, dccpTypes, dccpOption: option }, context) {
    let text = `dccp${listPorts('spt', sport, 'dccp', context)}${listPorts('dpt', dport, 'dccp', context)}`;
    if (dccpTypes !== undefined) {
      const given = isNot(dccpTypes) ? dccpTypes.not : dccpTypes;
      const word = given.reduce((mask, name) => mask | types[name], 0);
      const numbers = Array.from({ length: 16 }, (_, i) => i).filter((i) => word & (1 << i));
      text += `${isNot(dccpTypes) ? ' !' : ''} ${context.numeric ? numbers.join() : given.join()}`;
    }
    return option === undefined ? text : `${text} option=${isNot(option) ? `!${option.not}` : option}`;
  },
});
