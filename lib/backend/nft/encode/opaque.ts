/** A rule that entries can't say (../opaque.ts), written again as it was. */
import { constants } from 'node:os';
import type { Family } from '../../../codec/extension';
import type { Block } from '../../../net/block';
import { LITTLE } from '../../../net/endian';
import { aligned, Cursor, Malformed } from '../../../netlink/attributes';
import type { MessageWriter } from '../../../netlink/writer';
import { ELEMENT_HEADER, NAME_AT, REVISION_AT, type Shape, STANDARD_REVISION } from '../../../rule/layout';
import {
  NFT_CMP,
  NFT_META,
  NFT_PAYLOAD,
  NFT_RULE_COMPAT_F,
  NFTA_CMP,
  NFTA_DATA,
  NFTA_EXPR,
  NFTA_META,
  NFTA_PAYLOAD,
  NFTA_RULE,
  NFTA_RULE_COMPAT,
} from '../constants';
import { countersIn, OPAQUE, OPAQUE_HEADER } from '../opaque';
import { PACKET } from '../packet';
import { Refusal } from '../refusal';

const { EINVAL, EOPNOTSUPP } = constants.errno;
/** What belongs to a rule, and goes with it: sets and objects that it names. */
const BOUND = new Set(['lookup', 'dynset', 'objref']);

export function isOpaque({ bytes }: Block, match: number): boolean {
  for (let i = 0; i <= OPAQUE.length; i++) if (bytes[match + NAME_AT + i] !== (OPAQUE.charCodeAt(i) || 0)) return false;
  return true;
}

export function putOpaque(writer: MessageWriter, shape: Shape, entries: Block, at: number, target: number): void {
  const { bytes, view } = entries;
  const match = at + shape.size;
  const size = view.getUint16(match, LITTLE);
  const isAlone =
    match + size === target &&
    bytes[target + REVISION_AT] === STANDARD_REVISION &&
    bytes[target + NAME_AT] === 0 &&
    bytes.subarray(at, at + shape.headSize).every((byte) => byte === 0);
  if (!isAlone) throw new Refusal(EINVAL, `A rule with a match ${OPAQUE} says nothing else`, 0);
  const data = match + ELEMENT_HEADER;
  const room = size - ELEMENT_HEADER;
  const said = room < OPAQUE_HEADER ? 0 : view.getUint32(data, LITTLE);
  const userdata = room < OPAQUE_HEADER ? 0 : view.getUint32(data + 4, LITTLE);
  if (room < OPAQUE_HEADER || OPAQUE_HEADER + aligned(said) + userdata > room)
    throw new Refusal(EINVAL, `The match ${OPAQUE} is cut off: the rule was too long to be read as a whole`, 0);
  const from = data + OPAQUE_HEADER;
  const compat = compatOf(entries, from, from + said, shape.family);

  const list = writer.nest(NFTA_RULE.EXPRESSIONS);
  const start = writer.at;
  writer.put(bytes.subarray(from, from + said));
  writer.close(list);
  const [counter] = countersIn(writer, start, start + said);
  if (counter !== undefined) {
    writer.view.setBigUint64(counter.packets, view.getBigUint64(at + shape.counters, LITTLE));
    writer.view.setBigUint64(counter.bytes, view.getBigUint64(at + shape.counters + 8, LITTLE));
  }
  const nest = writer.nest(NFTA_RULE.COMPAT);
  writer.u32(NFTA_RULE_COMPAT.PROTO, compat.protocol);
  writer.u32(NFTA_RULE_COMPAT.FLAGS, compat.flags);
  writer.close(nest);
  const behind = from + aligned(said);
  if (userdata > 0) writer.data(NFTA_RULE.USERDATA, bytes.subarray(behind, behind + userdata));
}

/** What the kernel doesn't give back: the protocol that matches and targets of nft_compat are told. */
function compatOf(entries: Block, from: number, to: number, family: Family): { protocol: number; flags: number } {
  const [list, parts, data, value] = [new Cursor(), new Cursor(), new Cursor(), new Cursor()];
  let loaded = false;
  let compat = { protocol: 0, flags: 0 };
  try {
    for (list.over(entries, from, to); list.next(); ) {
      let name = '';
      for (parts.inside(list); parts.next(); ) {
        if (parts.type === NFTA_EXPR.NAME) name = parts.text();
        if (BOUND.has(name))
          throw new Refusal(
            EOPNOTSUPP,
            "A rule of nft's that uses a set or an object of its table can't be written again",
            0,
          );
        if (parts.type !== NFTA_EXPR.DATA) continue;
        const numbers = new Map<number, number>();
        let compared = -1;
        for (data.inside(parts); data.next(); ) {
          if (name === 'cmp' && data.type === NFTA_CMP.DATA) {
            if (value.inside(data).comesTo(NFTA_DATA.VALUE) && value.size === 1) compared = value.u8();
          } else if (data.size === 4) numbers.set(data.type, data.u32());
        }
        if (name === 'cmp' && loaded && compared > 0) {
          const flags = numbers.get(NFTA_CMP.OP) === NFT_CMP.NEQ ? NFT_RULE_COMPAT_F.INV : 0;
          compat = { protocol: compared, flags };
        }
        loaded =
          (name === 'meta' && numbers.get(NFTA_META.KEY) === NFT_META.L4PROTO) ||
          (name === 'payload' &&
            numbers.get(NFTA_PAYLOAD.BASE) === NFT_PAYLOAD.NETWORK_HEADER &&
            numbers.get(NFTA_PAYLOAD.OFFSET) === PACKET[family].protocol &&
            numbers.get(NFTA_PAYLOAD.LEN) === 1);
      }
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new Refusal(EINVAL, `The match ${OPAQUE} holds no expressions`, 0);
  }
  return compat;
}
