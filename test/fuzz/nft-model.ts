/**
 * What a rule does with a packet, twice: as the kernel's nf_tables goes through its expressions, and as its x_tables goes
 * through an entry. Of what neither says in bytes of the packet (matches of nft_compat, limits) it is kept which of them
 * were asked, and in which order; their answer follows from what they are. Written from the kernel's sources, apart from
 * all that encodes and decodes.
 */
import type { Family } from '../../lib/codec/extension';
import { SHAPES } from '../../lib/rule/layout';
import type { Random } from './random';

export interface Packet {
  readonly iif: string;
  readonly oif: string;
  readonly protocol: number;
  readonly mark: number;
  readonly pkttype: number;
  readonly network: Uint8Array;
  readonly transport: Uint8Array;
  readonly isLaterFragment: boolean;
}
/** What became of it: whom it asked, whether it was counted, and where it went. */
export interface Outcome {
  asked: string[];
  matched: boolean;
  target: string;
}

type Attributes = Map<number, Buffer>;
function attributes(bytes: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) throw new Unknown('an attribute that is cut off');
    found.push([bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + length)]);
    at += (length + 3) & ~3;
  }
  return found;
}
/** The kernel wouldn't have taken it, or this model has no idea. */
export class Unknown extends Error {}

const text = (bytes: Buffer | undefined) => (bytes ?? Buffer.alloc(0)).toString('latin1').replace(/\0.*$/s, '');
/** An answer that follows from the question. */
const answers = (question: string) =>
  [...question].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) >>> 0, 7) % 4 !== 0;
const name16 = (name: string) => Buffer.from(name.padEnd(16, '\0'), 'latin1');
const mark4 = (mark: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(mark >>> 0);
  return bytes;
};

class Broken extends Error {}

/** As nft_do_chain does with one rule. */
export function runExpressions(list: Buffer, packet: Packet): Outcome {
  const outcome: Outcome = { asked: [], matched: false, target: '' };
  const registers = Buffer.alloc(80);
  let counted = false;
  const registerAt = (bytes: Buffer | undefined, size: number) => {
    const number = bytes === undefined ? -1 : bytes.readUInt32BE();
    const at = number >= 1 && number <= 4 ? 16 * (number - 1) : number >= 8 && number <= 23 ? 4 * (number - 8) : -1;
    if (at < 0 || size === 0 || at + size > 64) throw new Unknown(`register ${number}`);
    return at;
  };
  const put = (register: Buffer | undefined, value: Buffer) => {
    const at = registerAt(register, value.length);
    registers.fill(0, at, (at + value.length + 3) & ~3);
    value.copy(registers, at);
  };
  const plain = (bytes: Buffer | undefined): Buffer => {
    const inner = attributes(bytes ?? Buffer.alloc(0));
    if (inner.length !== 1 || inner[0]![0] !== 1) throw new Unknown('data');
    return inner[0]![1];
  };
  try {
    for (const [, element] of attributes(list)) {
      const parts = new Map(attributes(element));
      const name = text(parts.get(1));
      const a: Attributes = new Map(attributes(parts.get(2) ?? Buffer.alloc(0)));
      const number = (type: number) => {
        const bytes = a.get(type);
        if (bytes !== undefined && bytes.length < 4) throw new Unknown('a short number');
        return bytes?.readUInt32BE();
      };
      switch (name) {
        case 'meta':
          if (a.has(3)) {
            const at = registerAt(a.get(3), 4);
            if (number(2) === 3) outcome.target += `MARK ${registers.toString('hex', at, at + 4)} `;
            else if (number(2) === 12) outcome.target += registers[at] === 1 ? 'TRACE ' : `nftrace ${registers[at]} `;
            else throw new Unknown('meta set');
          } else put(a.get(1), metaOf(packet, number(2)!));
          break;
        case 'payload': {
          if (a.has(5)) throw new Unknown('payload set');
          const [base, offset, size] = [number(2), number(3) ?? 0, number(4) ?? 0];
          if (base !== 1 && base !== 2) throw new Unknown('base');
          const from = base === 1 ? packet.network : packet.transport;
          if ((base === 2 && packet.isLaterFragment) || offset + size > from.length) throw new Broken();
          put(a.get(1), Buffer.from(from.subarray(offset, offset + size)));
          break;
        }
        case 'bitwise': {
          const size = number(3) ?? 0;
          if ((number(6) ?? 0) !== 0) throw new Unknown('bitwise op');
          const [mask, xor] = [plain(a.get(4)), plain(a.get(5))];
          if (mask.length !== size || xor.length !== size) throw new Unknown('bitwise');
          const at = registerAt(a.get(1), size);
          put(a.get(2), Buffer.from(registers.subarray(at, at + size).map((byte, i) => (byte & mask[i]!) ^ xor[i]!)));
          break;
        }
        case 'cmp': {
          const value = plain(a.get(3));
          const at = registerAt(a.get(1), value.length);
          const order = registers.subarray(at, at + value.length).compare(value);
          const holds = [order === 0, order !== 0, order < 0, order <= 0, order > 0, order >= 0][number(2) ?? 0];
          if (holds === undefined) throw new Unknown('cmp op');
          if (!holds) throw new Broken();
          break;
        }
        case 'range': {
          const [from, to] = [plain(a.get(3)), plain(a.get(4))];
          if (from.length !== to.length) throw new Unknown('range');
          const at = registerAt(a.get(1), from.length);
          const held = registers.subarray(at, at + from.length);
          const inside = held.compare(from) >= 0 && held.compare(to) <= 0;
          if ((number(2) ?? 0) > 1) throw new Unknown('range op');
          if (inside !== ((number(2) ?? 0) === 0)) throw new Broken();
          break;
        }
        case 'limit': {
          if ((number(4) ?? 0) !== 0 || (number(5) ?? 0) !== 0) throw new Unknown('limit');
          const period = (10_000n * (a.get(2)?.readBigUInt64BE() ?? 0n)) / (a.get(1)?.readBigUInt64BE() || 1n);
          ask(outcome, `limit ${period} ${number(3) ?? 0}`);
          break;
        }
        case 'match':
          askMatch(outcome, text(a.get(1)), number(2) ?? 0, padded(a.get(3)), packet);
          break;
        case 'counter':
          if (counted) throw new Unknown('two counters');
          counted = outcome.matched = true;
          break;
        case 'immediate': {
          const [[type, value] = [0, Buffer.alloc(0)]] = attributes(a.get(2) ?? Buffer.alloc(0));
          if (type === 1) {
            put(a.get(1), value);
            break;
          }
          if (number(1) !== 0) throw new Unknown('a verdict in a register');
          const verdict = new Map(attributes(value));
          outcome.target += `${verdict.get(1)?.readInt32BE()} ${text(verdict.get(2))}`;
          if (!counted) outcome.matched = true;
          return outcome;
        }
        case 'target':
          outcome.target += extensionTarget(text(a.get(1)), number(2) ?? 0, padded(a.get(3)));
          break;
        case 'log':
          outcome.target += `NFLOG ${a.get(1)?.readUInt16BE()} ${text(a.get(2))} ${number(3)} ${a.get(4)?.readUInt16BE() ?? 0} `;
          break;
        default:
          throw new Unknown(name);
      }
    }
    outcome.matched = true;
  } catch (error) {
    if (error instanceof RangeError) throw new Unknown('a short value');
    if (!(error instanceof Broken)) throw error;
  }
  return outcome;
}

function metaOf(packet: Packet, key: number): Buffer {
  switch (key) {
    case 3:
      return mark4(packet.mark);
    case 6:
      return name16(packet.iif);
    case 7:
      return name16(packet.oif);
    case 16:
      return Buffer.of(packet.protocol);
    case 19:
      return Buffer.of(packet.pkttype);
    default:
      throw new Unknown(`meta ${key}`);
  }
}
const padded = (data: Buffer = Buffer.alloc(0)) => Buffer.concat([data, Buffer.alloc(-data.length & 7)]);

/** What nobody can tell from the packet is asked; what matches of x_tables can tell isn't. */
function ask(outcome: Outcome, question: string, packet?: Packet): void {
  const known = packet && knownMatch(question, packet);
  if (known === false) throw new Broken();
  if (known === true) return;
  outcome.asked.push(question);
  if (!answers(question)) throw new Broken();
}

function askMatch(outcome: Outcome, name: string, revision: number, data: Buffer, packet: Packet): void {
  if (name === 'limit' && revision === 0 && data.length === 40)
    ask(outcome, `limit ${data.readUInt32LE(0)} ${data.readUInt32LE(4)}`);
  else ask(outcome, `${name} ${revision} ${data.toString('hex')}`, packet);
}

/** The matches of x_tables that nf_tables has expressions for; undefined: another one. */
function knownMatch(question: string, packet: Packet): boolean | undefined {
  const [name, revision, hex = ''] = question.split(' ');
  const data = Buffer.from(hex, 'hex');
  const { transport, network, isLaterFragment } = packet;
  const port = (at: number) => (transport[at]! << 8) | transport[at + 1]!;
  const within = (at: number, value: number, not: boolean) =>
    (value >= data.readUInt16LE(at) && value <= data.readUInt16LE(at + 2)) !== not;
  switch (`${name} ${revision} ${data.length}`) {
    case 'tcp 0 16': {
      const [option, mask, flags, inv] = [data[8]!, data[9]!, data[10]!, data[11]!];
      if (option !== 0 || (inv & 8) !== 0) return undefined;
      if (isLaterFragment) return false;
      return (
        within(0, port(0), (inv & 1) !== 0) &&
        within(4, port(2), (inv & 2) !== 0) &&
        ((transport[13]! & mask) === flags) !== ((inv & 4) !== 0)
      );
    }
    case 'udp 0 16':
      if (isLaterFragment) return false;
      return within(0, port(0), (data[8]! & 1) !== 0) && within(4, port(2), (data[8]! & 2) !== 0);
    case 'mark 1 16':
      return ((packet.mark & data.readInt32LE(4)) === data.readInt32LE(0)) !== (data[8] !== 0);
    case 'icmp 0 8':
    case 'icmp6 0 8': {
      if (isLaterFragment) return false;
      const any = name === 'icmp' && data[0] === 255;
      const hit = any || (transport[0] === data[0] && transport[1]! >= data[1]! && transport[1]! <= data[2]!);
      return hit !== ((data[3]! & 1) !== 0);
    }
    case 'ttl 0 8':
    case 'hl 0 8': {
      const hops = network[name === 'ttl' ? 8 : 7]!;
      const holds = [hops === data[1], hops !== data[1], hops < data[1]!, hops > data[1]!][data[0]!];
      return holds ?? false;
    }
    case 'pkttype 0 8':
      return (packet.pkttype === data.readInt32LE(0)) !== (data.readInt32LE(4) !== 0);
    default:
      return undefined;
  }
}

/** Those that have expressions, in the same words as these. */
function extensionTarget(name: string, revision: number, data: Buffer): string {
  switch (`${name} ${revision} ${data.length}`) {
    case 'TRACE 0 0':
      return 'TRACE ';
    case 'MARK 2 8':
      if (data.readUInt32LE(4) === 0xffffffff) return `MARK ${data.toString('hex', 0, 4)} `;
      break;
    case 'NFLOG 0 80': {
      const size = data.readUInt16LE(8) === 1 ? data.readUInt32LE(0) : undefined;
      if (data.readUInt16LE(8) > 1) break;
      return `NFLOG ${data.readUInt16LE(4)} ${text(data.subarray(12, 76))} ${size} ${data.readUInt16LE(6)} `;
    }
  }
  return `${name} ${revision} ${data.toString('hex')} `;
}

/** As ipt_do_table and ip6t_do_table do with one entry. */
export function runEntry(entry: Uint8Array, family: Family, packet: Packet): Outcome {
  const e = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
  const s = SHAPES[family];
  const outcome: Outcome = { asked: [], matched: false, target: '' };
  const inv = e[s.invflags]!;
  const not = (bit: number) => (inv & bit) !== 0;
  const interfaceFits = (nameAt: number, maskAt: number, device: string) =>
    name16(device).every((byte, i) => ((byte ^ e[nameAt + i]!) & e[maskAt + i]!) === 0);
  const addressFits = (at: number, maskAt: number, from: number) => {
    for (let i = 0; i < s.address; i++) if ((packet.network[from + i]! & e[maskAt + i]!) !== e[at + i]) return false;
    return true;
  };
  const [source, destination] = family === 'ipv4' ? [12, 16] : [8, 24];
  const flags = e[s.flags]!;
  const protocol = e.readUInt16LE(s.proto);
  const said = family === 'ipv4' ? protocol !== 0 : (flags & s.protoFlag) !== 0;
  const head =
    addressFits(s.src, s.smsk, source) !== not(8) &&
    addressFits(s.dst, s.dmsk, destination) !== not(16) &&
    interfaceFits(s.iniface, s.iniface_mask, packet.iif) !== not(1) &&
    interfaceFits(s.outiface, s.outiface_mask, packet.oif) !== not(2) &&
    (!said || protocol === 0 || (protocol === packet.protocol) !== not(0x40)) &&
    ((flags & s.fragFlag) === 0 || packet.isLaterFragment !== not(0x20));
  if (!head) return outcome;
  const element = (at: number) => ({
    size: e.readUInt16LE(at),
    name: text(e.subarray(at + 2, at + 31)),
    revision: e[at + 31]!,
    data: e.subarray(at + 32, at + e.readUInt16LE(at)),
  });
  const target = e.readUInt16LE(s.targetOffset);
  try {
    for (let at = s.size; at < target; ) {
      const { size, name, revision, data } = element(at);
      askMatch(outcome, name, revision, data, packet);
      at += size;
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return outcome;
  }
  outcome.matched = true;
  const { name, revision, data } = element(target);
  const verdicts: Readonly<Record<string, string>> = { ACCEPT: '1 ', DROP: '0 ', RETURN: '-5 ' };
  if (revision !== 255) outcome.target = extensionTarget(name, revision, data);
  else if (name !== '') outcome.target = verdicts[name] ?? `${(flags & s.gotoFlag) === 0 ? -3 : -4} ${name}`;
  return outcome;
}

/** A packet that has something of what the rule looks for. */
export function packetFor(r: Random, list: Buffer, family: Family): Packet {
  const network = Uint8Array.from({ length: family === 'ipv4' ? 20 : 40 }, () => r.below(4));
  const transport = Uint8Array.from({ length: 20 }, () => r.below(4));
  const packet = {
    iif: r.pick(['', 'eth0', 'lo', 'eth', 'eth0x']),
    oif: r.pick(['', 'eth0', 'lo', 'eth1']),
    protocol: r.pick([1, 6, 17, 58, 47]),
    mark: r.below(4),
    pkttype: r.below(4),
    isLaterFragment: r.below(6) === 0,
  };
  let load: { base: number; offset: number } | { key: number } | undefined;
  const small = (bytes: Buffer | undefined) => (bytes !== undefined && bytes.length >= 4 ? bytes.readUInt32BE() : 0);
  try {
    for (const [, element] of attributes(list)) {
      const parts = new Map(attributes(element));
      const a = new Map(attributes(parts.get(2) ?? Buffer.alloc(0)));
      const name = text(parts.get(1));
      if (name === 'payload') load = { base: small(a.get(2)), offset: small(a.get(3)) };
      else if (name === 'meta') load = { key: small(a.get(2)) };
      else if ((name === 'cmp' || name === 'range') && r.below(5) > 0) {
        const value = attributes(a.get(3) ?? Buffer.alloc(0))[0]?.[1];
        if (value === undefined || load === undefined) continue;
        const near = Buffer.from(value);
        if (r.below(4) === 0 && near.length > 0) near[near.length - 1]! += r.pick([1, 255]);
        if ('base' in load) near.copy(load.base === 1 ? network : transport, load.offset);
        else if (load.key === 16) packet.protocol = near[0] ?? 0;
        else if (load.key === 3 && near.length >= 4) packet.mark = near.readUInt32LE();
        else if (load.key === 19) packet.pkttype = near[0] ?? 0;
        else if (load.key === 6) packet.iif = text(near);
        else if (load.key === 7) packet.oif = text(near);
      }
    }
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
  }
  if (family === 'ipv4') {
    network[9] = packet.protocol;
    network[6] = 0;
    network[7] = packet.isLaterFragment ? 1 : 0;
  }
  return { ...packet, network, transport };
}
