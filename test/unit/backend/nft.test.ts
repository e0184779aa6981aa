import { constants } from 'node:os';
import {
  NFTA_COUNTER,
  NFTA_DATA,
  NFTA_EXPR,
  NFTA_IMMEDIATE,
  NFTA_LIST,
  NFTA_RULE,
} from '../../../lib/backend/nft/constants';
import { RuleDecoder } from '../../../lib/backend/nft/decode/rule';
import { RuleEncoder } from '../../../lib/backend/nft/encode/rule';
import { OPAQUE } from '../../../lib/backend/nft/opaque';
import { Refusal } from '../../../lib/backend/nft/refusal';
import { anyKernel } from '../../../lib/codec/kernel';
import { Memory } from '../../../lib/codec/struct';
import { Block } from '../../../lib/net/block';
import { Messages, NFGENMSG_SIZE } from '../../../lib/netlink/messages';
import { MessageWriter } from '../../../lib/netlink/writer';
import { EntryCodec } from '../../../lib/rule/entry';
import { ENTRY_MAX, SHAPES } from '../../../lib/rule/layout';
import { describe, expect, test } from '../../harness';
import { entryOf } from '../../harness/program';

const { E2BIG, EINVAL, ENOENT, EOPNOTSUPP } = constants.errno;
const encoder = new RuleEncoder('ipv4');
const decoder = new RuleDecoder('ipv4');
const shape = SHAPES.ipv4;
const kernel = anyKernel('ipv4');
const codec = new EntryCodec(kernel);

/** One rule's message. */
function message(write: (w: MessageWriter) => void): Messages {
  const writer = new MessageWriter();
  writer.begin(0, 0, 0);
  write(writer);
  writer.end();
  const messages = new Messages(writer.pieces[0]!.slice());
  messages.next();
  return messages;
}
const written = (entry: Uint8Array) => message((w) => encoder.write(w, new Block(entry), 0));
function read(m: Messages): Uint8Array {
  const room = new Block(new Uint8Array(2 * (ENTRY_MAX + 1)));
  return room.bytes.slice(0, decoder.decode(m, m.start + NFGENMSG_SIZE, m.end, room, 0));
}
const said = (m: Messages) => Buffer.from(m.bytes.subarray(m.start + NFGENMSG_SIZE, m.end)).toString('hex');
const entry = (rule: string) => entryOf('ipv4', rule).entry;
/** What a refusal says. */
function refused(act: () => unknown): Refusal | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return undefined;
}
function foreign(names: readonly string[], counters?: readonly [bigint, bigint], userdata?: Uint8Array): Messages {
  return message((w) => {
    const list = w.nest(NFTA_RULE.EXPRESSIONS);
    for (const name of names) {
      const element = w.nest(NFTA_LIST.ELEM);
      w.text(NFTA_EXPR.NAME, name);
      const data = w.nest(NFTA_EXPR.DATA);
      if (name === 'counter') {
        w.u64(NFTA_COUNTER.BYTES, Number(counters?.[1] ?? 0n));
        w.u64(NFTA_COUNTER.PACKETS, Number(counters?.[0] ?? 0n));
      } else w.u32(1, 7);
      w.close(data);
      w.close(element);
    }
    w.close(list);
    if (userdata !== undefined) w.data(NFTA_RULE.USERDATA, userdata);
  });
}

describe('a rule that nf_tables has no words for is refused', () => {
  const cases: readonly (readonly [string, number, unknown, RegExp])[] = [
    ['-j QUEUE', ENOENT, 'target', /NFQUEUE/],
    ['! -s 0.0.0.0/0', EINVAL, undefined, /never match/],
    [
      '-j CLUSTERIP --new --hashmode sourceip --clustermac 01:02:03:04:05:06 --total-nodes 2 --local-node 1',
      EOPNOTSUPP,
      'target',
      /CLUSTERIP/,
    ],
  ];
  for (const [rule, errno, element, words] of cases)
    test(rule, () => {
      const refusal = refused(() => written(entry(rule)));
      expect(refusal).toMatchObject({ errno, element });
      expect(refusal!.message).toMatch(words);
      expect(refusal!.hint).toMatch(/backend: 'legacy'/);
    });

  test('as is one whose match needs another protocol', () => {
    for (const name of ['tcp', 'udp']) {
      const bytes = entry(`-p ${name} -m ${name} --dport 1`).slice();
      bytes[shape.proto] = 47;
      expect(refused(() => written(bytes))).toMatchObject({ errno: EINVAL });
      bytes[shape.proto] = name === 'tcp' ? 6 : 17;
      bytes[shape.invflags]! |= 0x40;
      expect(refused(() => written(bytes))).toMatchObject({ errno: EINVAL });
    }
  });

  test('or of more expressions than it takes', () => {
    const marks = (count: number) => entry(Array(count).fill('-m mark --mark 1').join(' '));
    expect(said(written(marks(63))).length).toBeGreaterThan(0);
    expect(refused(() => written(marks(64)))).toMatchObject({ errno: E2BIG });
  });

  test('or an entry whose sizes are wrong', () => {
    const right = entry('-p tcp -m tcp --dport 1 -m comment --comment x -j ACCEPT');
    for (const at of [shape.targetOffset, shape.nextOffset, shape.size, shape.size + 48, right.length - 40])
      for (const value of [0, 1, 8, 31, 0xff]) {
        const bytes = right.slice();
        if (bytes[at] === value && bytes[at + 1] === 0) continue;
        bytes[at] = value;
        bytes[at + 1] = 0;
        expect(
          refused(() => written(bytes)),
          `${at} ${value}`,
        ).toMatchObject({ errno: EINVAL });
      }
    for (const length of [0, 8, shape.size, right.length - 8])
      expect(refused(() => written(right.slice(0, length)))).toMatchObject({ errno: EINVAL });
    const unnamed = right.slice();
    unnamed.fill(0x41, shape.size + 2, shape.size + 31);
    expect(refused(() => written(unnamed))).toMatchObject({ errno: EINVAL });
  });
});

test('whose an expression is can be told', () => {
  written(entry('-s 10.0.0.1 -p tcp -m tcp --dport 1 -m comment --comment x -j LOG'));
  // meta cmp payload cmp | payload cmp | match | counter target
  const whose = Array.from({ length: 9 }, (_, i) => encoder.elementOf(i));
  expect(whose).toEqual([undefined, undefined, undefined, undefined, 0, 0, 1, 'target', 'target']);
});

describe('an opaque rule', () => {
  const userdata = Uint8Array.of(0, 2, 0x78, 0, 1, 1, 0);

  test('is kept as it is, and counts', () => {
    const m = foreign(['fib', 'counter', 'ct'], [3n, 400n], userdata);
    const bytes = read(m);
    expect(decoder.isOpaque).toBe(true);
    const view = new DataView(bytes.buffer);
    expect([view.getBigUint64(shape.counters, true), view.getBigUint64(shape.counters + 8, true)]).toEqual([3n, 400n]);
    // What it counted makes no other rule of it.
    const other = read(foreign(['fib', 'counter', 'ct'], [5n, 6n], userdata));
    expect(other.fill(0, shape.counters, shape.size)).toEqual(bytes.slice().fill(0, shape.counters, shape.size));
    expect(read(written(bytes))).toEqual(bytes);
    const rule = codec.decode(new Memory(bytes, 0, kernel), 0);
    expect(Object.keys(rule.match![0]!)).toEqual([OPAQUE]);
    const again = codec.encode(rule);
    expect(again).toEqual(bytes);
  });

  test('that uses a set or an object of its table is not written again', () => {
    for (const name of ['lookup', 'dynset', 'objref']) {
      const bytes = read(foreign(['ct', name]));
      expect(refused(() => written(bytes))).toMatchObject({ errno: EOPNOTSUPP });
      expect(refused(() => written(read(foreign([name, 'ct']))))).toMatchObject({ errno: EOPNOTSUPP });
    }
  });

  test('says nothing else, and is whole', () => {
    const bytes = read(foreign(['ct']));
    const withSource = bytes.slice();
    withSource[shape.src] = 10;
    expect(refused(() => written(withSource))).toMatchObject({ errno: EINVAL });
    const short = bytes.slice();
    short[shape.size + 32 + 1] = 1; // 256 bytes more than there are
    expect(refused(() => written(short))).toMatchObject({ errno: EINVAL });
  });
});

test('a verdict in a list of several is not the rule’s', () => {
  const twice = message((w) => {
    const list = w.nest(NFTA_RULE.EXPRESSIONS);
    for (let i = 0; i < 2; i++) {
      const element = w.nest(NFTA_LIST.ELEM);
      w.text(NFTA_EXPR.NAME, 'immediate');
      const data = w.nest(NFTA_EXPR.DATA);
      w.u32(NFTA_IMMEDIATE.DREG, 0);
      const immediate = w.nest(NFTA_IMMEDIATE.DATA);
      const verdict = w.nest(NFTA_DATA.VERDICT);
      w.u32(1, 1);
      for (const nest of [verdict, immediate, data, element]) w.close(nest);
    }
    w.close(list);
  });
  read(twice);
  expect(decoder.isOpaque).toBe(true);
});
