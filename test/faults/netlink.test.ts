import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { NativeNetlink } from '../../lib/backend/addon';
import { NLM_F } from '../../lib/netlink/constants';
import { Messages, repliesIn } from '../../lib/netlink/messages';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { batch, get, openNetlink } from '../harness/netlink';

const { EMSGSIZE, ENOENT } = constants.errno;

const chains = (socket: NativeNetlink) => {
  let count = 0;
  for (const m = new Messages(socket.requestSync(get('GETCHAIN', NLM_F.DUMP)).messages); m.next(); count++);
  return count - 1;
};

describeWith(['netns', 'addon'], 'a netlink socket', () => {
  let socket: NativeNetlink;
  beforeEach(() => {
    socket = openNetlink({ namespace: 'new' });
  });
  afterEach(() => socket.close());

  test('tells when more errors came than it could keep', async () => {
    const errors = 5000;
    const wrong = batch((w) => {
      for (let i = 0; i < errors; i++) w.newChain('nowhere', 'c');
    });
    for (const answer of [await socket.transact(wrong, 1), socket.transactSync(wrong, 1)]) {
      expect(answer.lost).toBe(true);
      const replies = repliesIn(answer.messages);
      expect(replies.length).toBeGreaterThan(0);
      expect(replies.length).toBeLessThan(errors);
    }
    const whole = await socket.transact(wrong, errors);
    expect(whole.lost).toBe(false);
    expect(repliesIn(whole.messages).filter(({ errno }) => errno === ENOENT)).toHaveLength(errors);
    expect(chains(socket)).toBe(0);
  });

  test('refuses more than a user may send in one, and sends nothing of it', () => {
    const script = `
      const { Netlink } = require(${JSON.stringify(require.resolve('node-gyp-build'))})(${JSON.stringify(join(__dirname, '../..'))});
      const socket = new Netlink({ protocol: 12, namespace: 'new' });
      const [table, dump] = process.argv.slice(1).map((hex) => Buffer.from(hex, 'hex'));
      const piece = new Uint8Array(1 << 20);
      const much = Array(64).fill(piece);
      (async () => {
        const tries = [() => socket.transactSync([table, ...much], 3), () => socket.transact([table, ...much], 3)];
        for (const attempt of tries) {
          try {
            await attempt();
          } catch ({ stage, errno, reason }) {
            console.log(JSON.stringify({ stage, errno, reason }));
          }
        }
        const { messages } = socket.requestSync(dump);
        console.log(messages.byteLength);
        socket.transactSync([table], 3);
        console.log(socket.requestSync(dump).messages.byteLength > messages.byteLength);
      })();`;
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const args = [hex(Buffer.concat(batch((w) => w.newTable('t')))), hex(get('GETTABLE', NLM_F.DUMP))];
    const user = ['--user', '--map-root-user', '--', process.execPath, '-e', script, ...args];
    const { stdout, stderr } = spawnSync('unshare', user, { encoding: 'utf8', timeout: 20_000 });
    expect(stderr).toBe('');
    const [sync, later, empty, works] = stdout.trim().split('\n');
    for (const failure of [sync, later]) {
      expect(JSON.parse(failure!)).toEqual({
        stage: 'send',
        errno: EMSGSIZE,
        reason: expect.stringMatching(/^6710\d{4} bytes at once, where the socket takes \d+$/),
      });
    }
    expect([empty, works]).toEqual(['20', 'true']);
  });
});
