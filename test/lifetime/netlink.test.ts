import { join } from 'node:path';
import { NLM_F } from '../../lib/netlink/constants';
import { describeWith, expect, test } from '../harness';
import { batch, get, openNetlink } from '../harness/netlink';
import { Netns, vethPair } from '../harness/netns';
import { Child, hex } from './child';

const ROOT = join(__dirname, '../..');
const add = batch((w) => w.newTable('t'));
const values = {
  gyp: require.resolve('node-gyp-build'),
  root: ROOT,
  getgen: hex(get('GETGEN', NLM_F.ACK)),
  dump: hex(get('GETCHAIN', NLM_F.DUMP)),
  add: hex(Buffer.concat(add)),
  // A commit that takes a while.
  much: hex(
    Buffer.concat(
      batch((w) => {
        w.newTable('t');
        for (let i = 0; i < 500; i++) w.newChain('t', `chain-${i}`);
      }),
    ),
  ),
};
/** Found by the lines of a child, and of its workers. */
const PRELUDE = `
  const bind = (more) => new Netlink({ protocol: 12, ...more });
  const there = (socket) => '/proc/self/task/' + socket.thread + '/ns/net';
  const commit = (socket, hex) => socket.transact([bytes(hex)], 10);
  const use = () => ({ threads: fs.readdirSync('/proc/self/task').length, descriptors: fs.readdirSync('/proc/self/fd').length });
`;
const child = (code: string, flags: string[] = []) => new Child(PRELUDE + code, values, {}, flags);

describeWith(['netns', 'addon'], 'a netlink socket', () => {
  test('lets go of its namespace when it is closed', async () => {
    const [here, there] = [new Netns(), new Netns()];
    vethPair({ netns: here, device: 'near', addresses: [] }, { netns: there, device: 'far', addresses: [] });
    const isThere = () => here.execSync('ip', ['link', 'show', 'near']).status === 0;
    const socket = openNetlink({ namespace: there.path, groups: [7] });
    const heard = socket.receive();
    there.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isThere()).toBe(true);
    const closed = socket.close();
    await expect(heard).rejects.toMatchObject({ stage: 'closed' });
    await closed;
    for (let i = 0; i < 100 && isThere(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isThere()).toBe(false);
    here.close();
  });

  test('leaves nothing open when it is closed', async () => {
    const lines = child(
      `(async () => {
         const first = bind({ namespace: 'new' });
         await first.request(bytes(getgen));
         const before = use();
         for (let i = 0; i < 100; i++) {
           const socket = bind({ namespace: there(first), groups: i % 2 ? [7] : [] });
           const heard = socket.receive().catch(() => {});
           if (i % 3) await commit(socket, add);
           if (i % 5) socket.requestSync(bytes(getgen));
           await Promise.all([socket.request(bytes(getgen)), socket.close(), heard]);
         }
         console.log(JSON.stringify({ before, after: use() }));
         await first.close();
       })();`,
    );
    const { before, after } = await lines.json<{ before: object; after: object }>();
    expect(after).toEqual(before);
    expect(await lines.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('that nobody holds goes, with its thread and its descriptors', async () => {
    const lines = child(
      `(async () => {
         const first = bind({ namespace: 'new' });
         await first.request(bytes(getgen));
         const before = use();
         const open = async (i) => {
           const socket = bind({ namespace: i % 2 ? 'new' : there(first), groups: i % 3 ? [7] : [] });
           if (i % 2) await commit(socket, add);
         };
         for (let i = 0; i < 100; i++) await open(i);
         for (let i = 0; i < 100 && use().threads > before.threads; i++) {
           await sleep(10);
           gc();
         }
         console.log(JSON.stringify({ before, after: use() }));
         await first.close();
       })();`,
      ['--expose-gc'],
    );
    const { before, after } = await lines.json<{ before: object; after: object }>();
    expect(after).toEqual(before);
    expect(await lines.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('stays as long as it has something to do, and so do the bytes', async () => {
    const lines = child(
      `const promises = [
         bind({ namespace: 'new' }).transact([bytes(much), bytes(getgen)], 10),
         bind({ namespace: 'new' }).request(bytes(getgen)),
       ];
       for (let i = 0; i < 10; i++) gc();
       Promise.all(promises).then(async (answers) => {
         for (let i = 0; i < 10; i++) { gc(); await sleep(1); }
         console.log(answers.map(({ messages }) => messages.byteLength > 0));
       });`,
      ['--expose-gc'],
    );
    expect(await lines.line()).toBe('[ false, true ]');
    expect(await lines.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('does not keep the process, unless something is to come', async () => {
    const idle = child(`bind({ namespace: 'new' }); bind({ namespace: 'new', groups: [7] }).receiveNow();`);
    expect(await idle.ending).toMatchObject({ status: 0, stderr: '' });

    const waits = child(
      `const socket = bind({ namespace: 'new', groups: [7] });
       socket.receive().then(() => console.log('heard'));
       process.stdin.unref();
       setTimeout(() => commit(bind({ namespace: there(socket) }), add), 100).unref();
       setTimeout(() => commit(bind({ namespace: there(socket) }), add), 200);`,
    );
    expect(await waits.line()).toBe('heard');
    expect(await waits.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('is no obstacle to process.exit()', async () => {
    for (const busy of [
      `socket.receive();`,
      `commit(socket, much); commit(socket, add);`,
      `commit(socket, much).then(() => { for (let i = 0; i < 100; i++) socket.request(bytes(dump)); process.exit(3); });`,
    ]) {
      const ends = child(
        `const socket = bind({ namespace: 'new', groups: [7] });
         ${busy}
         setTimeout(() => process.exit(3), 50);`,
      );
      const { after, ...ending } = await ends.ending;
      expect(ending).toMatchObject({ status: 3, stderr: '' });
      expect(after).toBeLessThan(10_000);
    }
  });

  test('survives the end of its worker at any moment', async () => {
    const lines = child(
      `const code = ${JSON.stringify(PRELUDE)} + \`
         const { workerData, parentPort } = require('node:worker_threads');
         const { gyp, root, getgen, dump, add, much } = workerData;
         const fs = require('node:fs');
         const { Netlink } = require(gyp)(root);
         const bytes = (hex) => Buffer.from(hex, 'hex');
         const socket = bind({ namespace: 'new' });
         const listener = bind({ namespace: there(socket), groups: [7] });
         const none = () => {};
         const next = () => {
           commit(socket, Math.random() < 0.1 ? much : add).then(next, none);
           socket.request(bytes(dump)).then(none, none);
           if (Math.random() < 0.1) socket.requestSync(bytes(getgen));
         };
         const hear = () => listener.receive().then(hear, none);
         next();
         hear();
         parentPort.postMessage('started');
       \`;
       (async () => {
         let before;
         for (let i = 0; i < 30; i++) {
           const worker = new Worker(code, { eval: true, workerData: { gyp, root, getgen, dump, add, much } });
           await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
           await sleep(i % 7);
           await worker.terminate();
           before ??= use(); // what Node needs for its first worker stays
         }
         for (let i = 0; i < 100 && use().threads > before.threads; i++) await sleep(10);
         const left = fs.readdirSync('/proc/self/task').filter((task) => fs.readFileSync('/proc/self/task/' + task + '/comm', 'utf8') === 'libiptc\\n');
         console.log(left.length, use().descriptors - before.descriptors);
       })();`,
    );
    expect(await lines.line()).toBe('0 0');
    expect(await lines.ending).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);
});
