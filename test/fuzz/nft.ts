/** Rules of nf_tables, spoiled: they are read as an entry or kept as they are, and written again as the same rule. */
import { parseRule } from '../../lib';
import { RuleDecoder } from '../../lib/backend/nft/decode/rule';
import { RuleEncoder } from '../../lib/backend/nft/encode/rule';
import { Refusal } from '../../lib/backend/nft/refusal';
import type { Family } from '../../lib/codec/extension';
import { Block } from '../../lib/net/block';
import { NFPROTO } from '../../lib/netlink/constants';
import { Messages, NFGENMSG_SIZE } from '../../lib/netlink/messages';
import { MessageWriter } from '../../lib/netlink/writer';
import { ENTRY_MAX } from '../../lib/rule/layout';
import { codecs, exampleLine, spoilBytes } from './inputs';
import { type Outcome, packetFor, runEntry, runExpressions, Unknown } from './nft-model';
import type { Random } from './random';

const sides = {
  ipv4: { encoder: new RuleEncoder('ipv4'), decoder: new RuleDecoder('ipv4') },
  ipv6: { encoder: new RuleEncoder('ipv6'), decoder: new RuleDecoder('ipv6') },
};
const writer = new MessageWriter();
/** Of what nf_tables has expressions for. */
const LINES = [
  '-p tcp -m tcp --sport 1 --dport 2',
  '-p tcp -m tcp ! --sport 1 --dport 0:2',
  '-p udp -m udp --sport 1:3 ! --dport :2 -m mark --mark 1 -m udp --dport 3',
  '-i eth+ -p tcp -m tcp --tcp-flags SYN,ACK SYN -m mark ! --mark 1/3 -j MARK --set-mark 2',
  '-m mark --mark 1 -m limit --limit 1/sec -m comment --comment x -j NFLOG --nflog-group 2',
  '-o eth0 -p udp -m limit --limit 7/min -m udp --sport 5 -j RETURN',
] as const;
const room = new Block(new Uint8Array(2 * (ENTRY_MAX + 1)));

/** The rule's message; undefined if it is refused. */
function write(entry: Uint8Array, family: Family): Uint8Array | undefined {
  writer.reset();
  writer.begin(0, 0, NFPROTO.UNSPEC);
  try {
    sides[family].encoder.write(writer, new Block(entry), 0);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
  writer.end();
  return writer.pieces[0]!.slice();
}
function read(message: Uint8Array, family: Family): Uint8Array {
  const m = new Messages(message);
  m.next();
  const size = sides[family].decoder.decode(m, m.start + NFGENMSG_SIZE, m.end, room, 0);
  return room.bytes.slice(0, size);
}
const isEqual = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Where the attributes inside of NFTA_RULE_EXPRESSIONS begin, of every level that is looked into. */
function attributesIn(view: DataView, from: number, to: number, found: number[] = [], depth = 0): number[] {
  for (let at = from; at + 4 <= to; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > to) break;
    found.push(at);
    if ((view.getUint16(at + 2, true) & 0x8000) !== 0 && depth < 6)
      attributesIn(view, at + 4, at + length, found, depth + 1);
    at += (length + 3) & ~3;
  }
  return found;
}

/** Operators, keys, registers, offsets, protocols. */
const VALUES = [0, 1, 2, 3, 4, 5, 6, 8, 9, 13, 16, 17, 0x2b, 58, 255, undefined];

/** Changes a few places of a rule's expressions: values, types, registers, lengths; and the order of the expressions. */
function spoilMessage(r: Random, message: Uint8Array): Uint8Array {
  const start = 16 + NFGENMSG_SIZE;
  let bytes = message.slice();
  let view = new DataView(bytes.buffer);
  const list = () => attributesIn(view, start + 4, start + view.getUint16(start, true));
  for (let i = r.below(4); i >= 0; i--) {
    const all = list();
    if (all.length === 0) return bytes;
    const at = r.pick(all);
    const length = view.getUint16(at, true);
    switch (r.below(6)) {
      case 0: // a byte of the value
        if (length > 4)
          bytes[at + (r.below(2) ? length - 1 : 4 + r.below(length - 4))] = r.pick(VALUES) ?? r.below(256);
        break;
      case 1: // the type
        view.setUint16(at + 2, (view.getUint16(at + 2, true) & 0x8000) | r.below(9), true);
        break;
      case 2: // the length
        view.setUint16(at, Math.max(0, length + r.pick([-4, -1, 1, 4, 100])), true);
        break;
      case 3: {
        // A whole expression again, or one less.
        const top = all.filter((a) => view.getUint16(a + 2, true) === 0x8001 && isTop(view, start, a));
        if (top.length === 0) break;
        const one = r.pick(top);
        const size = (view.getUint16(one, true) + 3) & ~3;
        const before = bytes.subarray(0, one);
        const after = bytes.subarray(one + size);
        const piece = bytes.subarray(one, one + size);
        const twice = r.below(2) === 0;
        bytes = new Uint8Array(Buffer.concat(twice ? [before, piece, piece, after] : [before, after]));
        view = new DataView(bytes.buffer);
        view.setUint16(start, view.getUint16(start, true) + (twice ? size : -size), true);
        view.setUint32(0, bytes.length, true);
        break;
      }
      case 4: {
        // Two of them in the other order.
        const top = all.filter((a) => isTop(view, start, a));
        const first = r.below(top.length);
        const [a, b] = [top[first], top[first + 1]];
        if (a === undefined || b === undefined) break;
        const end = b + ((view.getUint16(b, true) + 3) & ~3);
        bytes.set(Buffer.concat([bytes.slice(b, end), bytes.slice(a, b)]), a);
        break;
      }
    }
  }
  return bytes;
}
function isTop(view: DataView, start: number, at: number): boolean {
  const end = start + view.getUint16(start, true);
  for (let i = start + 4; i + 4 <= end; ) {
    if (i === at) return true;
    const length = view.getUint16(i, true);
    if (length < 4) return false;
    i += (length + 3) & ~3;
  }
  return false;
}

/** What is said in an entry does with packets what the rule does. */
function judge(r: Random, message: Uint8Array, entry: Uint8Array, family: Family): void {
  const start = 16 + NFGENMSG_SIZE;
  const list = Buffer.from(message.subarray(start + 4, start + (message[start]! | (message[start + 1]! << 8))));
  for (let i = 0; i < 6; i++) {
    const packet = packetFor(r, list, family);
    const told = (outcome: Outcome) => JSON.stringify(outcome.matched ? outcome : { asked: outcome.asked });
    try {
      const [theirs, ours] = [runExpressions(list, packet), runEntry(entry, family, packet)];
      if (told(theirs) !== told(ours))
        throw new Error(
          `Another rule: ${told(theirs)} ${told(ours)} ${JSON.stringify(packet)} ${hex(message)} ${hex(entry)}`,
        );
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      throw new Error(`Read, though nobody knows it (${error.message}): ${hex(message)} ${hex(entry)}`);
    }
  }
}

export function nftRule(r: Random, family: Family): void {
  const line = r.below(2) ? r.pick(LINES) : exampleLine(r, family);
  const entry = codecs[family].encode(parseRule(line, { family })).slice();
  const message = write(r.below(3) === 0 ? spoilBytes(r, entry, family) : entry, family);
  if (message === undefined) return;
  const spoiled = r.below(4) === 0 ? message : spoilMessage(r, message);
  const once = read(spoiled, family);
  const { isOpaque } = sides[family].decoder;
  if (!isOpaque) judge(r, spoiled, once, family);
  const again = write(once, family);
  if (again === undefined) {
    // What belongs to a table, and what never was a rule, is kept at most.
    if (isOpaque) return;
    throw new Error(`It is read, but can't be written again: ${hex(spoiled)} ${hex(once)}`);
  }
  const twice = read(again, family);
  if (sides[family].decoder.isOpaque !== isOpaque) throw new Error(`Opaque once alone: ${hex(spoiled)}`);
  if (isOpaque && !isEqual(twice, once)) throw new Error(`Not kept as it is: ${hex(spoiled)}`);
  const thrice = read(write(twice, family)!, family);
  if (!isEqual(thrice, twice)) throw new Error(`Reading does not settle: ${hex(twice)} ${hex(thrice)}`);
}
