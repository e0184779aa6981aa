import { match, revision, synonym } from '../../codec/extension';
import { fact, given, inRange, inTransport } from '../../codec/meaning';
import {
  flag,
  integer,
  isNot,
  type Not,
  names,
  negatable,
  type Operand,
  parsePort,
  phrased,
  portRange,
} from '../../codec/operand';
import { optional } from '../../codec/option';
import { array, bit, differs, either, element, type Member, struct, u8, u16 } from '../../codec/struct';
import { hex } from '../../net/number';
import { listPorts, ports } from '../shared/transport';

// <linux/netfilter/xt_tcpudp.h>
// biome-ignore format: a table
const s = struct('xt_tcp', {
  spts: array(u16, 2), dpts: array(u16, 2), option: u8, flg_mask: u8, flg_cmp: u8, invflags: u8,
});
const XT_TCP_INV_SRCPT = 0x01;
const XT_TCP_INV_DSTPT = 0x02;
const XT_TCP_INV_FLAGS = 0x04;
const XT_TCP_INV_OPTION = 0x08;

const flags = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10, URG: 0x20 };
type Flag = keyof typeof flags;
/** Which flags are looked at, and which of these have to be set. */
export type TcpFlags = { readonly mask: readonly Flag[]; readonly comp: readonly Flag[] };

/** `--tcp-flags mask comp`: ALL and NONE are names too. */
const [mask, comp] = [names(s.flg_mask, flags, 'NONE'), names(s.flg_cmp, flags, 'NONE')];
const all = Object.keys(flags) as Flag[];
const parseFlags = (word: string, context: Parameters<typeof mask.parse>[1]) => {
  const parts = word.split(',').filter((p) => p !== '' && p.toUpperCase() !== 'NONE');
  return parts.some((p) => p.toUpperCase() === 'ALL')
    ? all
    : parts.length === 0
      ? []
      : mask.parse([parts.join()], context);
};
const tcpFlags: Operand<TcpFlags> = {
  words: 2,
  phrase: (word) => `Unknown TCP flag \`${word}'`,
  metavar: 'mask comp',
  type: `{ mask: ${mask.type}, comp: ${mask.type} }`,
  read: (m) => ({ mask: mask.read(m), comp: comp.read(m) }),
  write: (m, value) => {
    mask.write(m, value.mask);
    comp.write(m, value.comp);
  },
  print: (value, context) => `${mask.print(value.mask, context)} ${comp.print(value.comp, context)}`,
  parse: ([m, c], context) => ({ mask: parseFlags(m!, context), comp: parseFlags(c!, context) }),
};

const bits = (value: TcpFlags | Not<TcpFlags>, side: 'mask' | 'comp') =>
  (isNot(value) ? value.not : value)[side].reduce((word, name) => word | flags[name], 0);
const names2 = (value: TcpFlags | Not<TcpFlags>, side: 'mask' | 'comp') =>
  (isNot(value) ? value.not : value)[side].join() || 'NONE';

const ordered = (pair: Member<number[]>) => portRange(element(pair, 0), element(pair, 1), parsePort);

/** Matches TCP segments by ports, flags and options. */
export const tcp = match({
  name: 'tcp',
  doc: 'Matches TCP segments.',
  where: { protocols: [6] },
  revisions: [
    revision(0, s, {
      sport: ports(s.spts, bit(s.invflags, XT_TCP_INV_SRCPT), ordered(s.spts))
        .alias('source-port')
        .doc('The source port, or a range of them.'),
      dport: ports(s.dpts, bit(s.invflags, XT_TCP_INV_DSTPT), ordered(s.dpts))
        .alias('destination-port')
        .doc('The destination port, or a range of them.'),
      'tcp-option': optional(
        either(differs(s.option, 0), bit(s.invflags, XT_TCP_INV_OPTION)),
        negatable(
          bit(s.invflags, XT_TCP_INV_OPTION),
          phrased(integer(s.option, 1, 255), (w) => `Bad TCP option "${w}"`),
        ),
      ).doc('A TCP option that is set, by its number.'),
      'tcp-flags': optional(
        either(differs(s.flg_mask, 0), bit(s.invflags, XT_TCP_INV_FLAGS)),
        negatable(bit(s.invflags, XT_TCP_INV_FLAGS), tcpFlags),
      ).doc('Of the flags in the first list, exactly those in the second are set.'),
    }),
  ],
  synonyms: {
    syn: synonym(
      flag(bit(s.invflags, XT_TCP_INV_FLAGS)),
      (value: true | Not<true>) => {
        const connect: TcpFlags = { mask: ['FIN', 'SYN', 'RST', 'ACK'], comp: ['SYN'] };
        return { tcpFlags: isNot(value) ? { not: connect } : connect };
      },
      { doc: 'A request to open a connection: --tcp-flags SYN,RST,ACK,FIN SYN.', negatable: true },
    ),
  },
  matches: ({ sport, dport, tcpOption, tcpFlags: wanted }) =>
    inTransport(
      inRange('dport', dport),
      inRange('sport', sport),
      given(wanted, (value) => {
        const [looked, set] = [bits(value, 'mask'), bits(value, 'comp')];
        return fact('tcpFlags', (there) => (there & looked) === set);
      }),
      given(tcpOption, (number) => fact('tcpOptions', (there) => there.includes(number))),
    ),
  symbol: ({ sport, dport, tcpFlags: f, tcpOption }, space) =>
    space.and(
      space.whole,
      space.given(sport, (range) => space.range('sport', range)),
      space.given(dport, (range) => space.range('dport', range)),
      space.given(f, (both) => space.masked('tcpFlags', bits(both, 'comp'), bits(both, 'mask'))),
      space.given(tcpOption, (number) => space.free(`-m tcp --tcp-option ${number}`)),
    ),
  example: { dport: 22 },
  list: ({ sport, dport, tcpOption: option, tcpFlags: f }, context) =>
    `tcp${listPorts('spt', sport, 'tcp', context)}${listPorts('dpt', dport, 'tcp', context)}${
      option === undefined ? '' : ` option=${isNot(option) ? `!${option.not}` : option}`
    }${
      f === undefined
        ? ''
        : ` flags:${isNot(f) ? '!' : ''}${
            context.numeric
              ? (['mask', 'comp'] as const).map((side) => `0x${hex(bits(f, side), 2).slice(2).toUpperCase()}`).join('/')
              : `${names2(f, 'mask')}/${names2(f, 'comp')}`
          }`
    }`,
});
