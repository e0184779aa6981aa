import { LITTLE } from '../../../lib/net/endian';
import { aligned, Cursor, Malformed, NLA_HDRLEN, pathTo } from '../../../lib/netlink/attributes';
import { NFNL_SUBSYS, NFPROTO, NLM_F, NLMSG, NLMSGERR_ATTR } from '../../../lib/netlink/constants';
import { Messages, NFGENMSG_SIZE, NLMSG_HDRLEN, repliesIn } from '../../../lib/netlink/messages';
import { MessageWriter, NLA_MAX } from '../../../lib/netlink/writer';
import { describe, expect, test } from '../../harness';

const all = (writer: MessageWriter) => new Uint8Array(Buffer.concat(writer.pieces));
/** One message, of what is written into it. */
function written(write: (writer: MessageWriter) => void): Messages {
  const writer = new MessageWriter();
  writer.begin(0xa06, 0, NFPROTO.IPV6);
  write(writer);
  writer.end();
  const messages = new Messages(all(writer));
  messages.next();
  return messages;
}
/** What is left of a message when it is cut behind so many bytes of attributes, with its length right. */
function cut(messages: Messages, size: number): Messages {
  const bytes = messages.bytes.slice(0, NLMSG_HDRLEN + NFGENMSG_SIZE + size);
  new DataView(bytes.buffer).setUint32(0, bytes.length, LITTLE);
  const short = new Messages(bytes);
  short.next();
  return short;
}

describe('attributes', () => {
  test('are read as they were written', () => {
    const message = written((w) => {
      w.u8(1, 0xab);
      w.u16(2, 0xabcd);
      w.u32(3, 0xfedcba98);
      w.u64(4, 2 ** 53 - 1);
      w.text(5, 'größe');
      w.data(6, Uint8Array.of(1, 2, 3, 4, 5));
      w.u32(7, -5);
    });
    expect(message.family).toBe(NFPROTO.IPV6);
    const read: unknown[] = [];
    const c = message.attributes(new Cursor());
    const values = [
      () => c.u8(),
      () => c.u16(),
      () => c.u32(),
      () => [c.u64(), c.bigU64()],
      () => [c.text(), c.size],
      () => [...message.bytes.subarray(c.start, c.end)],
      () => c.u32() | 0,
    ];
    while (c.next()) read.push([c.type, values[c.type - 1]!()]);
    expect(read).toEqual([
      [1, 0xab],
      [2, 0xabcd],
      [3, 0xfedcba98],
      [4, [2 ** 53 - 1, 2n ** 53n - 1n]],
      [5, ['größe', 8]],
      [6, [1, 2, 3, 4, 5]],
      [7, -5],
    ]);
  });

  test('are zero between one and the next, whatever was there before', () => {
    const writer = new MessageWriter();
    writer.bytes.fill(0xee);
    writer.begin(1, 0, 0);
    writer.u8(1, 1);
    writer.u16(2, 2);
    writer.text(3, 'x');
    writer.data(4, Uint8Array.of(4));
    const nest = writer.nest(5);
    writer.close(nest);
    writer.end();
    expect(Buffer.from(all(writer).subarray(NLMSG_HDRLEN)).toString('hex')).toBe(
      LITTLE
        ? '00000000' + '0500010001000000' + '0600020000020000' + '0600030078000000' + '0500040004000000' + '04000580'
        : expect.any(String),
    );
  });

  test('nest, and are gone over level by level', () => {
    const message = written((w) => {
      w.u32(1, 11);
      const outer = w.nest(2);
      w.u32(1, 21);
      const inner = w.nest(3);
      w.u32(1, 31);
      w.close(inner);
      w.u32(4, 24);
      w.close(outer);
      w.u32(5, 15);
    });
    const [top, second, third] = [new Cursor(), new Cursor(), new Cursor()];
    const seen: number[] = [];
    for (message.attributes(top); top.next(); ) {
      if (top.type !== 2) seen.push(top.u32());
      else
        for (second.inside(top); second.next(); ) {
          if (second.type !== 3) seen.push(second.u32());
          else for (third.inside(second); third.next(); ) seen.push(third.u32());
        }
    }
    expect(seen).toEqual([11, 21, 31, 24, 15]);

    const from = NLMSG_HDRLEN + NFGENMSG_SIZE;
    const at = (offset: number) =>
      pathTo(message, from, message.end, from + offset).map(({ type, index }) => `${type}#${index}`);
    expect(at(0)).toEqual(['1#0']);
    expect(at(8)).toEqual(['2#1']);
    expect(at(8 + 4)).toEqual(['2#1', '1#0']);
    expect(at(8 + 4 + 8)).toEqual(['2#1', '3#1']);
    expect(at(8 + 4 + 8 + 4 + 5)).toEqual(['2#1', '3#1', '1#0']);
    expect(at(1000)).toEqual([]);
  });

  test('that are cut off are refused', () => {
    const message = written((w) => {
      w.u32(1, 1);
      w.data(2, new Uint8Array(5));
    });
    const read = (short: Messages) => {
      const c = short.attributes(new Cursor());
      while (c.next());
    };
    for (const size of [0, 8, 8 + NLA_HDRLEN + 5]) expect(() => read(cut(message, size))).not.toThrow();
    for (const size of [1, 3, 7, 9, 12, 16]) expect(() => read(cut(message, size))).toThrow(Malformed);
    const c = message.attributes(new Cursor());
    c.next();
    expect(() => c.u64()).toThrow(Malformed);
    expect(() => c.bigU64()).toThrow(Malformed);
    expect(
      () =>
        written((w) => w.u8(1, 1))
          .attributes(c)
          .next() && c.u32(),
    ).toThrow(Malformed);
  });

  test('have a longest length', () => {
    const most = NLA_MAX - NLA_HDRLEN;
    expect(written((w) => w.data(1, new Uint8Array(most))).end).toBe(NLMSG_HDRLEN + NFGENMSG_SIZE + aligned(NLA_MAX));
    expect(() => written((w) => w.data(1, new Uint8Array(most + 1)))).toThrow(Malformed);
    expect(() => written((w) => w.text(1, 'x'.repeat(most)))).toThrow(Malformed);
    expect(() =>
      written((w) => {
        const nest = w.nest(1);
        for (let i = 0; i < 2; i++) w.data(1, new Uint8Array(NLA_MAX / 2));
        w.close(nest);
      }),
    ).toThrow(Malformed);
  });
});

describe('messages', () => {
  test('are gone over, each with its header', () => {
    const writer = new MessageWriter(41);
    expect(writer.begin(0x10, 0, NFPROTO.UNSPEC, NFNL_SUBSYS.NFTABLES)).toBe(41);
    writer.end();
    expect(writer.begin(0xa00, NLM_F.CREATE | NLM_F.ECHO, NFPROTO.IPV4)).toBe(42);
    writer.text(1, 'filter');
    writer.end();
    const m = new Messages(all(writer));
    expect(m.next()).toBe(true);
    expect([m.type, m.flags, m.sequence, m.port]).toEqual([0x10, NLM_F.REQUEST, 41, 0]);
    expect([...m.bytes.subarray(m.start, m.end)]).toEqual([0, 0, 0, NFNL_SUBSYS.NFTABLES]);
    expect(m.next()).toBe(true);
    expect([m.type, m.flags, m.sequence]).toEqual([0xa00, NLM_F.REQUEST | NLM_F.CREATE | NLM_F.ECHO, 42]);
    expect(m.next()).toBe(false);
  });

  test('that are cut off are refused', () => {
    const writer = new MessageWriter();
    writer.begin(1, 0, 0);
    writer.end();
    const bytes = all(writer);
    for (const size of [1, 15, 16, 19]) expect(() => new Messages(bytes.subarray(0, size)).next()).toThrow(Malformed);
    bytes.fill(0, 0, 4);
    expect(() => new Messages(bytes).next()).toThrow(Malformed);
    const m = new Messages(
      cut(
        written(() => {}),
        -1,
      ).bytes,
    );
    m.next();
    expect(() => m.attributes(new Cursor())).toThrow(Malformed);
  });

  test('go into as many pieces as they need, and the memory is used again', () => {
    const writer = new MessageWriter();
    const big = new Uint8Array(60_000).fill(7);
    for (let round = 0; round < 2; round++) {
      const sequence = writer.sequence;
      for (let i = 0; i < 200; i++) {
        writer.begin(1, 0, 0);
        for (let j = 0; j < 3; j++) writer.data(1, big);
        writer.end();
      }
      expect(writer.count).toBe(200);
      expect(writer.pieces.length).toBeGreaterThan(5);
      const sequences: number[] = [];
      for (const piece of writer.pieces) {
        for (const m = new Messages(piece); m.next(); sequences.push(m.sequence)) {
          const c = m.attributes(new Cursor());
          while (c.next()) expect(c.size).toBe(big.length);
        }
      }
      expect(sequences).toEqual(Array.from({ length: 200 }, (_, i) => sequence + i));
      const first = writer.pieces[0]!.buffer;
      writer.reset();
      expect(writer.bytes.buffer).toBe(first);
      expect(writer.pieces).toEqual([new Uint8Array(0)]);
    }
  });
});

describe('replies', () => {
  const header = (type: number, flags: number, sequence: number, body: Buffer) => {
    const bytes = Buffer.alloc(NLMSG_HDRLEN + aligned(body.length));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setUint32(0, NLMSG_HDRLEN + body.length, LITTLE);
    view.setUint16(4, type, LITTLE);
    view.setUint16(6, flags, LITTLE);
    view.setUint32(8, sequence, LITTLE);
    body.copy(bytes, NLMSG_HDRLEN);
    return bytes;
  };
  const int = (value: number) => {
    const bytes = Buffer.alloc(4);
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, value, LITTLE);
    return bytes;
  };
  const attribute = (type: number, value: Buffer) => {
    const bytes = Buffer.alloc(4 + aligned(value.length));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setUint16(0, 4 + value.length, LITTLE);
    view.setUint16(2, type, LITTLE);
    value.copy(bytes, 4);
    return bytes;
  };
  const original = header(0xa06, NLM_F.REQUEST, 3, Buffer.from('odd')); // of 19 bytes
  const blame = Buffer.concat([
    attribute(NLMSGERR_ATTR.MSG, Buffer.from('no such thing\0')),
    attribute(NLMSGERR_ATTR.OFFS, int(188)),
  ]);

  test('are told apart from what else came', () => {
    const answer = Buffer.concat([
      header(0xa06, 0, 9, Buffer.from('0000')),
      header(NLMSG.ERROR, NLM_F.CAPPED, 1, Buffer.concat([int(0), original.subarray(0, NLMSG_HDRLEN)])),
      header(NLMSG.ERROR, 0, 2, Buffer.concat([int(-2), original])),
      header(NLMSG.ERROR, NLM_F.ACK_TLVS, 3, Buffer.concat([int(-22), original, blame])),
      header(
        NLMSG.ERROR,
        NLM_F.CAPPED | NLM_F.ACK_TLVS,
        4,
        Buffer.concat([int(-1), original.subarray(0, NLMSG_HDRLEN), blame]),
      ),
      header(NLMSG.DONE, NLM_F.MULTI, 5, int(0)),
      header(NLMSG.DONE, NLM_F.MULTI, 6, int(-4)),
      header(NLMSG.DONE, NLM_F.MULTI, 7, Buffer.alloc(0)),
    ]);
    expect(repliesIn(new Uint8Array(answer))).toEqual([
      { sequence: 1, errno: 0 },
      { sequence: 2, errno: 2 },
      { sequence: 3, errno: 22, offset: 188, words: 'no such thing' },
      { sequence: 4, errno: 1, offset: 188, words: 'no such thing' },
      { sequence: 5, errno: 0 },
      { sequence: 6, errno: 4 },
      { sequence: 7, errno: 0 },
    ]);
  });
});
