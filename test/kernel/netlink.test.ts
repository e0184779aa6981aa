import { closeSync, openSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { NativeNetlink, NativeNetlinkAnswer } from '../../lib/backend/addon';
import { NFTA_GEN, NFTA_LIST, NFTA_RULE } from '../../lib/backend/nft/constants';
import { Cursor, pathTo } from '../../lib/netlink/attributes';
import { NFNLGRP, NLM_F, NLMSG } from '../../lib/netlink/constants';
import { Messages, NFGENMSG_SIZE, NLMSG_HDRLEN, type Reply, repliesIn } from '../../lib/netlink/messages';
import { afterAll, afterEach, beforeAll, beforeEach, describeWith, expect, test, testWith } from '../harness';
import { batch, get, nft, openNetlink } from '../harness/netlink';
import { Netns } from '../harness/netns';

/** Node doesn't know it. */
const ERESTART = 85;
const { EBADF, ECANCELED, EINVAL, EMSGSIZE, ENOENT, EPROTONOSUPPORT } = constants.errno;

const namespaceOf = (socket: NativeNetlink) => readlinkSync(`/proc/self/task/${socket.thread}/ns/net`);
/** What came: the name of each message, or its number. */
function types(answer: NativeNetlinkAnswer): (string | number)[] {
  const names = new Map<number, string>([
    [NLMSG.ERROR, 'ERROR'],
    [NLMSG.DONE, 'DONE'],
    ...(['NEWTABLE', 'NEWCHAIN', 'NEWRULE', 'NEWGEN'] as const).map((name) => [nft(name), name] as const),
  ]);
  const found: (string | number)[] = [];
  for (const m = new Messages(answer.messages); m.next(); ) found.push(names.get(m.type) ?? m.type);
  return found;
}
const replies = (answer: NativeNetlinkAnswer): Reply[] => repliesIn(answer.messages);

describeWith(['netns', 'addon'], 'a netlink socket', () => {
  test('is opened in the namespace of a path, a descriptor, its own, or that of the process', async () => {
    const netns = new Netns();
    const descriptor = openSync(netns.path, 'r');
    const sockets = [netns.path, descriptor, 'new', undefined].map((namespace) => openNetlink({ namespace }));
    closeSync(descriptor);
    const [byPath, byDescriptor, fresh, own] = sockets as [NativeNetlink, NativeNetlink, NativeNetlink, NativeNetlink];
    expect(namespaceOf(byPath)).toBe(namespaceOf(byDescriptor));
    expect(namespaceOf(own)).toBe(readlinkSync('/proc/self/ns/net'));
    expect(new Set(sockets.map(namespaceOf)).size).toBe(3);
    byPath.transactSync(
      batch((w) => w.newTable('there')),
      3,
    );
    const tables = sockets.map((socket) => types(socket.requestSync(get('GETTABLE', NLM_F.DUMP))));
    expect(tables.slice(0, 3)).toEqual([['NEWTABLE', 'DONE'], ['NEWTABLE', 'DONE'], ['DONE']]);
    await Promise.all(sockets.map((socket) => socket.close()));
    void fresh;
    netns.close();
  });

  test('keeps pieces, which are sent beside others, and can be read', async () => {
    const socket = openNetlink({ namespace: 'new' });
    const [whole] = batch((w) => w.newTable('t', NLM_F.ECHO)) as [Uint8Array];
    const kept = socket.keep(whole.subarray(0, 28));
    expect(Buffer.from(socket.kept(kept)).equals(whole.subarray(0, 28))).toBe(true);
    const pieces = [kept, whole.subarray(28)];
    expect(types(await socket.transact(pieces, 3))).toEqual(['NEWTABLE', 'NEWGEN']);
    expect(types(socket.transactSync(pieces, 3))).toEqual([]); // it is there
    for (const wrong of ['x', {}, undefined, new Uint8Array(4)])
      expect(() => socket.kept(wrong as never)).toThrow(TypeError);
    expect(() => socket.keep('x' as never)).toThrow(TypeError);
    await socket.close();
  });

  test('is refused where there is none to be had', () => {
    const open = (options: object) => () => openNetlink(options);
    const failure = (stage: string, errno: number) => expect.objectContaining({ stage, errno });
    expect(open({ namespace: '/run/netns/no-such-namespace' })).toThrow(failure('namespace', ENOENT));
    expect(open({ namespace: '/dev/null' })).toThrow(failure('namespace', EINVAL));
    expect(open({ protocol: 21 + 10 })).toThrow(failure('open', EPROTONOSUPPORT));
    expect(open({ namespace: 'new', groups: [4000] })).toThrow(expect.objectContaining({ stage: 'open' }));
    for (const wrong of [{ protocol: 'x' }, { namespace: {} }, { groups: ['x'] }, { receiveBuffer: 'x' }])
      expect(open(wrong)).toThrow(TypeError);
  });

  test('says what it was closed for', async () => {
    const socket = openNetlink({ namespace: 'new' });
    const last = socket.request(get('GETGEN', NLM_F.ACK));
    const waiting = socket.receive();
    const closed = socket.close();
    const failure = expect.objectContaining({ stage: 'closed', errno: EBADF });
    await expect(socket.request(get('GETGEN', NLM_F.ACK))).rejects.toEqual(failure);
    await expect(socket.receive()).rejects.toEqual(failure);
    await expect(socket.close()).rejects.toEqual(failure);
    expect(() => socket.requestSync(get('GETGEN', NLM_F.ACK))).toThrow(failure);
    await expect(waiting).rejects.toMatchObject({ stage: 'closed', errno: ECANCELED });
    expect(types(await last)).toEqual(['NEWGEN', 'ERROR']);
    await closed;
    expect(() => socket.port).toThrow(failure);
  });
});

describeWith(['netns', 'addon'], 'over a netlink socket', () => {
  let socket: NativeNetlink;
  beforeEach(() => {
    socket = openNetlink({ namespace: 'new' });
  });
  afterEach(() => socket.close());

  for (const way of ['request', 'requestSync'] as const) {
    const request = async (...messages: Uint8Array[]) => socket[way](new Uint8Array(Buffer.concat(messages)));

    test(`${way}() asks one thing after another, and gives all that came`, async () => {
      socket.transactSync(
        batch((w) => {
          w.newTable('t');
          for (let i = 0; i < 3000; i++) w.newChain('t', `chain-${i}`);
        }),
        3003,
      );
      const answer = await request(
        get('GETGEN', NLM_F.ACK, 5),
        get('GETCHAIN', NLM_F.DUMP, 6), // in many datagrams
        get('GETTABLE', NLM_F.ACK, 7), // without a name
        get('GETGEN', NLM_F.ACK, 8),
      );
      const chains = types(answer).filter((type) => type === 'NEWCHAIN');
      expect(chains).toHaveLength(3000);
      expect(types(answer).filter((type) => type !== 'NEWCHAIN')).toEqual([
        ...['NEWGEN', 'ERROR', 'DONE', 'ERROR', 'NEWGEN', 'ERROR'],
      ]);
      expect(replies(answer)).toMatchObject([
        { sequence: 5, errno: 0 },
        { sequence: 6, errno: 0 },
        { sequence: 7, errno: EINVAL },
        { sequence: 8, errno: 0 },
      ]);
      expect(answer).toMatchObject({ interrupted: false, lost: false });
    });

    test(`${way}() refuses what would have no answer`, async () => {
      const whole = get('GETGEN', NLM_F.ACK);
      const failure = { stage: 'send', errno: EINVAL };
      await expect(request(whole.subarray(0, 19))).rejects.toMatchObject(failure);
      await expect(request(whole, whole.subarray(0, 8))).rejects.toMatchObject(failure);
      await expect(request(new Uint8Array(16))).rejects.toMatchObject(failure);
      await expect(request(get('GETGEN', 0))).rejects.toMatchObject(failure);
      expect(types(await request())).toEqual([]);
      expect(types(await request(whole))).toEqual(['NEWGEN', 'ERROR']);
    });
  }

  for (const way of ['transact', 'transactSync'] as const) {
    const transact = async (pieces: Uint8Array[], answers = 10) => socket[way](pieces, answers);
    const tables = () => types(socket.requestSync(get('GETTABLE', NLM_F.DUMP))).slice(0, -1);

    test(`${way}() sends all of a batch, or nothing, and tells each error`, async () => {
      expect(types(await transact(batch((w) => w.newTable('t'))))).toEqual([]);
      let second = 0;
      const pieces = batch((w) => {
        w.newTable('u');
        w.newChain('nowhere', 'c'); // 43
        w.newChain('t', 'c');
        second = w.newRule('t', 'c', ['counter', 'no-such-expression', 'counter']);
      }, 41);
      const found = replies(await transact(pieces));
      expect(found).toMatchObject([
        { sequence: 43, errno: ENOENT },
        { sequence: second, errno: ENOENT },
      ]);
      expect(tables()).toEqual(['NEWTABLE']);
      // The offset is that of the second expression.
      const message = new Messages(Buffer.concat(pieces));
      while (message.sequence !== second) message.next();
      const head = message.start - NLMSG_HDRLEN;
      const path = pathTo(message, message.start + NFGENMSG_SIZE, message.end, head + found[1]!.offset!);
      expect(path.slice(0, 2)).toEqual([
        { type: NFTA_RULE.EXPRESSIONS, index: 2 },
        { type: NFTA_LIST.ELEM, index: 1 },
      ]);
    });

    test(`${way}() gives back what echoes`, async () => {
      const chain = batch((w) => {
        w.newTable('t');
        w.newChain('t', 'c', NLM_F.ECHO);
      });
      expect(types(await transact(chain))).toEqual(['NEWCHAIN']);
      // The first message brings the generation, too.
      const answer = await transact(batch((w) => w.newTable('u', NLM_F.ECHO)));
      expect(types(answer)).toEqual(['NEWTABLE', 'NEWGEN']);
      expect(replies(answer)).toEqual([]);
    });

    test(`${way}() is refused when somebody else was faster`, async () => {
      socket.transactSync(
        batch((w) => w.newTable('t')),
        3,
      );
      const messages = new Messages(socket.requestSync(get('GETGEN', NLM_F.ACK)).messages);
      messages.next();
      const cursor = messages.attributes(new Cursor());
      while (cursor.next() && cursor.type !== NFTA_GEN.ID);
      const generation = cursor.u32();
      const add = (name: string) => batch((w) => w.newTable(name), 7, generation);
      expect(replies(await transact(add('u')))).toEqual([]);
      expect(replies(await transact(add('v')))).toEqual([{ sequence: 7, errno: ERESTART }]);
      expect(tables()).toHaveLength(2);
    });

    test(`${way}() takes pieces as they come`, async () => {
      const whole = Buffer.concat(batch((w) => w.newTable('t')));
      const pieces = Array.from(whole, (_, i) => new Uint8Array(whole.subarray(i, i + 1)));
      expect(types(await transact([new Uint8Array(0), ...pieces]))).toEqual([]);
      expect(tables()).toEqual(['NEWTABLE']);
      await expect(transact(Array(2000).fill(new Uint8Array(1)))).rejects.toMatchObject({
        stage: 'send',
        errno: EMSGSIZE,
      });
      await expect(transact('no' as never)).rejects.toThrow(TypeError);
      await expect(transact([1] as never)).rejects.toThrow(TypeError);
    });

    testWith(['root'], `${way}() grows the buffers to the batch`, async () => {
      const rules = 40_000;
      const long = Array(10).fill('counter');
      const pieces = batch((w) => {
        w.newTable('t');
        w.newChain('t', 'c');
        for (let i = 0; i < rules; i++) w.newRule('t', i % 8 === 0 ? 'nowhere' : 'c', long);
      });
      expect(pieces.length).toBeGreaterThan(2);
      const answer = await transact(pieces, rules + 4);
      expect(answer.lost).toBe(false);
      expect(replies(answer).filter(({ errno }) => errno === ENOENT)).toHaveLength(rules / 8);
    });
  }

  test('calls are done in their order, whether they wait or not', async () => {
    const order: string[] = [];
    const add = (name: string) => batch((w) => w.newTable(name));
    const first = Array.from({ length: 20 }, (_, i) =>
      socket.transact(add(`t${i}`), 3).then(() => order.push(`t${i}`)),
    );
    const count = types(socket.requestSync(get('GETTABLE', NLM_F.DUMP))).length - 1;
    expect(count).toBe(20);
    await Promise.all(first);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => `t${i}`));
  });

  test('a dump tells that it was interrupted', async () => {
    socket.transactSync(
      batch((w) => {
        w.newTable('t');
        for (let i = 0; i < 20_000; i++) w.newChain('t', `chain-${i}`);
      }),
      1,
    );
    const rival = openNetlink({ namespace: `/proc/self/task/${socket.thread}/ns/net` });
    let interrupted = false;
    for (let i = 0; i < 50 && !interrupted; i++) {
      let dumping = true;
      const dump = socket.request(get('GETCHAIN', NLM_F.DUMP)).finally(() => {
        dumping = false;
      });
      for (let j = 0; dumping; j++)
        await rival.transact(
          batch((w) => w.newTable(`u${i}-${j}`)),
          3,
        );
      ({ interrupted } = await dump);
    }
    expect(interrupted).toBe(true);
    await rival.close();
  });
});

describeWith(['netns', 'addon'], 'a netlink socket that listens', () => {
  let writer: NativeNetlink;
  let listener: NativeNetlink;
  beforeAll(() => {
    writer = openNetlink({ namespace: 'new' });
    listener = openNetlink({
      namespace: `/proc/self/task/${writer.thread}/ns/net`,
      groups: [NFNLGRP.NFTABLES],
    });
  });
  afterAll(() => Promise.all([writer.close(), listener.close()]));

  test('hears what happens, in order, and who did it', async () => {
    expect(types(listener.receiveNow())).toEqual([]);
    const heard = listener.receive();
    await writer.transact(
      batch((w) => w.newTable('t')),
      3,
    );
    const answer = await heard;
    expect(types(answer)).toEqual(['NEWTABLE', 'NEWGEN']);
    const messages = new Messages(answer.messages);
    messages.next();
    expect(messages.port).toBe(writer.port);
    expect(messages.port).not.toBe(listener.port);

    const both = [listener.receive(), listener.receive()];
    writer.transactSync(
      batch((w) => w.newChain('t', 'a')),
      3,
    );
    expect(types(await both[0]!)).toEqual(['NEWCHAIN', 'NEWGEN']);
    writer.transactSync(
      batch((w) => w.newChain('t', 'b')),
      3,
    );
    writer.transactSync(
      batch((w) => w.newChain('t', 'c')),
      3,
    );
    const rest = [...types(await both[1]!), ...types(listener.receiveNow())];
    expect(rest).toEqual(['NEWCHAIN', 'NEWGEN', 'NEWCHAIN', 'NEWGEN']);
  });

  test('tells that something was lost, and hears what comes later', async () => {
    const deaf = openNetlink({
      namespace: `/proc/self/task/${writer.thread}/ns/net`,
      groups: [NFNLGRP.NFTABLES],
      receiveBuffer: 1,
    });
    for (let i = 0; i < 100; i++)
      writer.transactSync(
        batch((w) => w.newTable(`lost-${i}`)),
        3,
      );
    const answer = await deaf.receive();
    expect(answer.lost).toBe(true);
    expect(types(answer).length).toBeLessThan(200);
    while (types(deaf.receiveNow()).length > 0);
    const heard = deaf.receive();
    writer.transactSync(
      batch((w) => w.newTable('later')),
      3,
    );
    expect(await heard).toMatchObject({ lost: false });
    await deaf.close();
  });

  test('answers questions meanwhile', async () => {
    while (types(listener.receiveNow()).length > 0); // what the tests before have left
    const heard = listener.receive();
    expect(types(await listener.request(get('GETGEN', NLM_F.ACK)))).toEqual(['NEWGEN', 'ERROR']);
    expect(types(listener.requestSync(get('GETGEN', NLM_F.ACK)))).toEqual(['NEWGEN', 'ERROR']);
    writer.transactSync(
      batch((w) => w.newTable('meanwhile')),
      3,
    );
    expect(types(await heard)).toContain('NEWTABLE');
  });
});
