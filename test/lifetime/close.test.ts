import { join } from 'node:path';
import { beforeAll, describeWith, expect, test } from '../harness';
import { Netns, vethPair } from '../harness/netns';
import { programOf } from '../harness/program';
import { temporaryFolder } from '../harness/temporary';
import { Child, hex } from './child';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Found by the lines of a child, and of its workers. No garbage is collected unless they ask for it. */
const PRELUDE = `
  const quiet = () => {};
  const thrown = (call) => { try { call(); } catch {} };
  /** Everything that a session can be asked, of which some is still to be done when this ends. */
  const use = async (session) => {
    const program = bytes(edits);
    await session.apply('filter', program, options);
    session.applySync('filter', program, options);
    await session.snapshot('filter');
    session.snapshotSync('filter');
    session.revision(false, 'tcp', 0);
    session.setByName(Buffer.from('none'));
    session.setByIndex(7);
    const stream = session.begin('filter', { ...options, idle: 60000 });
    await stream.opened();
    await stream.snapshot();
    stream.write(program);
    await stream.end();
    await session.begin('filter', { ...options, idle: 60000 }).abort();
    await session.begin('no-such-table', { ...options, idle: 60000 }).opened().catch(quiet);
    await session.apply('filter', program.subarray(0, 44), options).catch(quiet);
    session.apply('filter', program, { ...options, id: 1, wait: -1 }).catch(quiet);
    session.cancel(1);
    session.snapshot('filter');
  };
  const counts = () => ({ threads: fs.readdirSync('/proc/self/task').length, descriptors: fs.readdirSync('/proc/self/fd').length });
`;

describeWith(['netns', 'addon'], 'a session that is closed', () => {
  let values: Record<string, unknown>;
  beforeAll(() => {
    // Of both families: there are no entries in it.
    values = {
      gyp: require.resolve('node-gyp-build'),
      root: join(__dirname, '../..'),
      edits: hex(programOf('ipv4', ['-N a', '-N b', '-X a', '-X b'])),
      file: join(temporaryFolder('close'), 'lock'),
    };
  });

  /** Runs lines to their end in a process that has opened a namespace, and goes on living; is the namespace gone then? */
  async function lets(code: string): Promise<void> {
    const [here, there] = [new Netns(), new Netns()];
    vethPair({ netns: here, device: 'near', addresses: [] }, { netns: there, device: 'far', addresses: [] });
    const isThere = () => here.execSync('ip', ['link', 'show', 'near']).status === 0;
    const child = new Child(
      `${PRELUDE}
       process.stdin.resume();
       (async () => {
         ${code}
         console.log('closed');
       })();`,
      { ...values, path: there.path, prelude: PRELUDE },
    );
    expect(await child.line()).toBe('closed');
    expect(isThere()).toBe(true);
    there.close();
    for (let i = 0; i < 200 && isThere(); i++) await pause(50);
    expect(isThere()).toBe(false);
    child.hush();
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    here.close();
  }

  test('lets go of its namespace, whatever it was used for', () =>
    lets(`
      const kept = [];
      for (const family of [4, 6]) {
        for (const more of [{}, { lockFile: file, lockSocket: true }]) {
          const session = open({ family, namespace: path, ...more });
          await use(session);
          kept.push(session);
          await session.close();
        }
      }
      globalThis.kept = kept;
    `));

  test('lets go of a namespace that it was given by a descriptor', () =>
    lets(`
      const descriptor = fs.openSync(path);
      const session = open({ namespace: descriptor });
      fs.closeSync(descriptor);
      await session.close();
      globalThis.kept = session;
    `));

  test('lets go of it after a stream that timed out, or that nobody ended', () =>
    lets(`
      const session = open({ namespace: path, lockFile: file });
      const stream = session.begin('filter', { ...options, idle: 20 });
      await stream.opened();
      const other = open({ namespace: path, lockFile: file });
      await other.begin('filter', { ...options, idle: 60000 }).opened().catch(quiet);
      await Promise.all([session.close(), other.close()]);
      await stream.end().catch(quiet);
      globalThis.kept = [session, stream, other];
    `));

  test('had nothing to let go of, if it could not be opened', () =>
    lets(`
      for (let i = 0; i < 20; i++) {
        thrown(() => open({ namespace: path, family: 5 }));
        thrown(() => open({ namespace: path, lockFile: '' }));
        thrown(() => open({ namespace: path, lockFile: 'x\\0' }));
        thrown(() => open({ namespace: path, lockSocket: 1 }));
        thrown(() => open({ namespace: path + '\\0' }));
        thrown(() => open({ get namespace() { throw new Error('no'); } }));
      }
    `));

  test('is closed by the end of its worker', () =>
    lets(`
      const worker = new Worker(\`
        const { workerData, parentPort } = require('node:worker_threads');
        const { gyp, root, path, file, edits } = workerData;
        const { Session } = require(gyp)(root);
        const fs = require('node:fs');
        const bytes = (hex) => Buffer.from(hex, 'hex');
        const options = { wait: 0, interval: 10, keepPolicyCounters: true, chainsCapture: false };
        \${prelude}
        const session = new Session({ family: 4, namespace: path, lockFile: file });
        const stream = new Session({ family: 6, namespace: path }).begin('filter', { ...options, idle: 60000 });
        Promise.all([use(session), stream.opened()]).then(() => parentPort.postMessage('used'));
      \`, { eval: true, workerData: { gyp, root, path, file, edits } });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      await worker.terminate();
    `));

  test('has no thread and no descriptor any more', async () => {
    const child = new Child(
      `${PRELUDE}
       (async () => {
         const first = open({ namespace: 'new' });
         await use(first);
         await sleep(100);
         const before = counts();
         const kept = [];
         for (let i = 0; i < 40; i++) {
           const session = open({ family: i % 2 ? 4 : 6, namespace: i % 3 ? 'new' : undefined, lockFile: i % 5 ? file : undefined });
           if (i % 7) await use(session);
           kept.push(session);
           await session.close();
         }
         for (const namespace of ['/nowhere', '/dev/null', 1 << 20, -1, 'x\\0', '', {}, NaN]) thrown(() => open({ namespace }));
         console.log(JSON.stringify({ before, after: counts() }));
         await first.close();
       })();`,
      values,
    );
    const { before, after } = await child.json<{ before: object; after: object }>();
    expect(after).toEqual(before);
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('settles every promise, in whatever order it was used and closed', async () => {
    const child = new Child(
      `${PRELUDE}
       const seed = { state: 1 };
       const below = (n) => (seed.state = (seed.state * 48271) % 2147483647) % n;
       (async () => {
         let [issued, settled] = [0, 0];
         const count = (promise) => {
           issued++;
           promise.then(quiet, quiet).finally(() => settled++);
         };
         for (let i = 0; i < 300; i++) {
           const session = open({ namespace: 'new', lockFile: file });
           const streams = [];
           for (let n = 3 + below(12); n > 0; n--) {
             const stream = streams[below(streams.length + 1)];
             switch (below(stream ? 10 : 6)) {
               case 0: count(session.snapshot('filter')); break;
               case 1: count(session.apply('filter', bytes(edits), { ...options, id: n, wait: below(2) - 1 })); break;
               case 2: session.cancel(1 + below(15)); break;
               case 3: try { streams.push(session.begin(below(6) ? 'filter' : 'none', { ...options, id: n, wait: -1, idle: below(30) })); } catch {} break;
               case 4: await sleep(below(4)); break;
               case 5: if (below(6) === 0) count(session.close()); break;
               case 6: count(stream.opened()); break;
               case 7: count(stream.write(bytes(edits).subarray(0, below(4) ? undefined : 44))); break;
               case 8: count(below(2) ? stream.end() : stream.abort()); break;
               case 9: count(stream.snapshot()); break;
             }
           }
           count(session.close());
           for (const stream of streams) {
             count(stream.write(bytes(edits)));
             count(below(2) ? stream.end() : stream.abort());
             count(stream.opened());
           }
         }
         while (settled < issued) await sleep(1);
         console.log('all');
       })();`,
      values,
    );
    expect(await child.line()).toBe('all');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);
});
