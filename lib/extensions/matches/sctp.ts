import { match, revision } from '../../codec/extension';
import { given, inRange, inTransport } from '../../codec/meaning';
import { isNot, negatable, type Operand, parsePort, portRange } from '../../codec/operand';
import { optional } from '../../codec/option';
import { array, bit, element, type Member, repeat, s32, struct, u8, u16, u32 } from '../../codec/struct';
import { chunksMatch, chunkTypes, formatChunks } from '../shared/sctpchunks';
import { listPorts } from '../shared/transport';

// <linux/netfilter/xt_sctp.h>
const flagInfo = struct('xt_sctp_flag_info', { chunktype: u8, flag: u8, flag_mask: u8 });
// biome-ignore format: a table
const s = struct('xt_sctp_info', {
  dpts: array(u16, 2), spts: array(u16, 2), chunkmap: array(u32, 64), chunk_match_type: u32,
  flag_info: repeat(flagInfo, 4), flag_count: s32, flags: u32, invflags: u32,
});
const XT_SCTP_SRC_PORTS = 0x01;
const XT_SCTP_DEST_PORTS = 0x02;
const XT_SCTP_CHUNK_TYPES = 0x04;

const tested = <T>(bits: number, o: Operand<T>) => optional(bit(s.flags, bits), negatable(bit(s.invflags, bits), o));
const ports = (pair: Member<number[]>) => portRange(element(pair, 0), element(pair, 1), parsePort);
const chunks = chunkTypes({ map: s.chunkmap, mode: s.chunk_match_type, infos: s.flag_info, count: s.flag_count });

/** Matches SCTP packets by ports and by the types of their chunks. */
export const sctp = match({
  name: 'sctp',
  doc: 'Matches SCTP packets.',
  where: { protocols: [132] },
  revisions: [
    revision(
      0,
      s,
      {
        sport: tested(XT_SCTP_SRC_PORTS, ports(s.spts))
          .alias('source-port')
          .doc('The source port, or a range of them.'),
        dport: tested(XT_SCTP_DEST_PORTS, ports(s.dpts))
          .alias('destination-port')
          .doc('The destination port, or a range of them.'),
        'chunk-types': tested(XT_SCTP_CHUNK_TYPES, chunks).doc(
          'Whether all or any of these chunk types are there, or only these; with flags that are set (B) or not (b).',
        ),
      },
      {
        fixed(m) {
          for (const { chunktype } of s.flag_info) chunktype.write(m, 0xff);
        },
      },
    ),
  ],
  // Their flags are kept in the order in which they were given.
  unsaid: ({ chunkTypes }) => (JSON.stringify(chunkTypes ?? '').match(/[A-Z]:[A-Za-z]/g) ?? []).length > 1,
  matches: ({ sport, dport, chunkTypes: wanted }) =>
    inTransport(inRange('dport', dport), inRange('sport', sport), given(wanted, chunksMatch)),
  symbol: ({ sport, dport, ...rest }, space) =>
    space.and(
      space.whole,
      space.given(sport, (range) => space.range('sport', range)),
      space.given(dport, (range) => space.range('dport', range)),
      ...Object.entries(rest).map(([key, value]) =>
        space.given(value as unknown, (of) => space.free(`-m sctp --${key} ${JSON.stringify(of)}`)),
      ),
    ),
  example: { chunkTypes: { match: 'any', chunks: ['DATA', 'INIT'] } },
  list({ sport, dport, chunkTypes: c }, context) {
    const chunkText =
      c === undefined ? '' : `${isNot(c) ? ' !' : ''} ${formatChunks(isNot(c) ? c.not : c, context.numeric)}`;
    return `sctp${listPorts('spt', sport, 'sctp', context)}${listPorts('dpt', dport, 'sctp', context)}${chunkText}`;
  },
});
